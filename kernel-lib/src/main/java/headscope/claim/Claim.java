package headscope.claim;

import headscope.failure.Section;
import headscope.score.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What the study says, so that it can be tested: a statistic lies above, or below, a rival;
 * DEFINITIONS.md, 37.
 *
 * <pre>
 *   Finding found = Claim.of("A2").found("smollm2", "UUID, zero", Paired.of(dynamic, random));
 *   Verdicts.of(List.of(found)).toTable();
 * </pre>
 *
 * @param id such as {@code D1}; an {@code H} before it: the same for Eq. 2 and questions
 * @param statement what is claimed
 * @param statistic what it is judged by
 * @param side where the statistic lies, seen from the rival, if the claim is true
 * @param rival what the statistic must pass
 * @param group claims whose tests are corrected together
 */
public record Claim(
    String id, String statement, String statistic, Side side, String rival, String group) {

  /** Where a statistic lies, seen from its rival. */
  public enum Side {
    /** It is greater. */
    ABOVE,
    /** It is less. */
    BELOW;

    /** Whether a number lies on this side of a rival, and not on the rival itself. */
    boolean has(double number, double rival) {
      return this == ABOVE ? number > rival : number < rival;
    }
  }

  /** The four measures of a head, DEFINITIONS.md, 38: its claims are of pairs of them. */
  public static final List<String> MEASURES = List.of("look", "write", "need", "carry");

  private static final List<String> WORDS =
      List.of("look", "write the answer", "the answer needs", "carry it");

  private static final List<Claim> ALL = List.copyOf(written());

  private static List<Claim> written() {
    List<Claim> all = new ArrayList<>();
    for (String h : List.of("", "H")) {
      all.add(
          new Claim(
              h + "D1",
              "the set of retrieval heads changes from step to step",
              "1 − adjacent Jaccard",
              Side.ABOVE,
              "half of two adjacent steps' heads (.5)",
              h + "D"));
      all.add(
          new Claim(
              h + "D2",
              "a fixed list misses most of a step's heads",
              "coverage by as many heads of the ranking as a set has on average",
              Side.BELOW,
              "half of a step's heads (.5)",
              h + "D"));
      all.add(
          new Claim(
              h + "D3",
              "yet successive sets belong together",
              "adjacent Jaccard",
              Side.ABOVE,
              "97.5 % of the order null",
              h + "D"));
      String[] others = {"static heads", "random heads", "layer-matched heads"};
      for (int i = 0; i < others.length; i++) {
        all.add(
            new Claim(
                h + "A" + (i + 1),
                "masking all heads of a step hurts more than as many " + others[i],
                "log-probability of the right response, dynamic less " + others[i],
                Side.BELOW,
                "no difference (0)",
                h + "A"));
      }
      all.add(
          new Claim(
              h + "K1",
              "static heads step in for masked ones",
              "static heads that step in, a step of forced runs, dynamic less random masks",
              Side.ABOVE,
              "no difference (0)",
              h + "K"));
      all.add(
          new Claim(
              h + "C1",
              "the state at a step tells the next step's heads beyond the position in the answer",
              "mean of the first 10 held-out correlations at offset 1",
              Side.ABOVE,
              "97.5 % of the exchange null",
              h + "C"));
      all.add(
          new Claim(
              h + "C2",
              "and beyond the generation",
              "mean of the first 10 held-out correlations of the partial CCA at offset 1",
              Side.ABOVE,
              "97.5 % of its exchange null",
              h + "C"));
      all.add(
          new Claim(
              h + "P1",
              "a probe predicts the next step's heads",
              h.isEmpty()
                  ? "micro F1 of the probe less that of the rival predictor"
                  : "variance-weighted R² of the probe less that of the rival predictor",
              Side.ABOVE,
              "no difference (0) from the best competing predictor",
              h + "P"));
    }
    String[] windows = {
      "at random places",
      "of static heads",
      "of random heads (mean of three draws)",
      "of BM25 over sentences"
    };
    for (int i = 0; i < windows.length; i++) {
      all.add(
          new Claim(
              "R" + (i + 1),
              "windows chosen by the probe's heads help more than those " + windows[i],
              "F1 with windows of the probe less F1 with those " + windows[i],
              Side.ABOVE,
              "no difference (0) from as many tokens",
              "R"));
    }
    for (int i = 0; i < MEASURES.size(); i++) {
      for (int j = i + 1; j < MEASURES.size(); j++) {
        String first = MEASURES.get(i);
        String second = MEASURES.get(j);
        all.add(
            new Claim(
                "W" + (all.stream().filter(c -> c.group().equals("W")).count() + 1),
                "heads that " + WORDS.get(i) + " are those that " + WORDS.get(j),
                "Spearman's correlation of " + first + " and " + second + " over heads",
                Side.ABOVE,
                "97.5 % of heads permuted within their layers",
                "W"));
      }
    }
    return all;
  }

  /** The claims of the study, in the order of DEFINITIONS.md, 37. */
  public static List<Claim> all() {
    return ALL;
  }

  /**
   * The claim of an id.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Claim of(String id) {
    return ALL.stream()
        .filter(c -> c.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                Section.CLAIMS.wrong(
                    "there is no claim \""
                        + id
                        + "\"; there are "
                        + String.join(", ", ALL.stream().map(Claim::id).toList())));
  }

  /**
   * One row a claim: columns {@code claim}, {@code statement}, {@code statistic}, {@code rival}.
   */
  public static Table table() {
    return Table.create(
        "claims",
        StringColumn.create("claim", ALL.stream().map(Claim::id).toList()),
        StringColumn.create("statement", ALL.stream().map(Claim::statement).toList()),
        StringColumn.create("statistic", ALL.stream().map(Claim::statistic).toList()),
        StringColumn.create(
            "rival",
            ALL.stream()
                .map(c -> (c.side() == Side.ABOVE ? "above " : "below ") + c.rival())
                .toList()));
  }

  /**
   * What its statistic came to, without a test: D, C and P.
   *
   * @param model what it was found on
   * @param setting under which of the stated settings, such as {@code UUID}
   * @param statistic with its interval over samples
   * @param rival what it must pass
   * @param samples the interval is over
   */
  public Finding found(
      String model, String setting, Estimate statistic, double rival, int samples) {
    return new Finding(
        this,
        model,
        setting,
        statistic.value(),
        statistic.low(),
        statistic.high(),
        rival,
        samples,
        OptionalDouble.empty());
  }

  /**
   * What its statistic came to, a difference of two conditions over the same trials: A, K and R.
   */
  public Finding found(String model, String setting, Paired paired) {
    Estimate difference = paired.difference();
    return new Finding(
        this,
        model,
        setting,
        difference.value(),
        difference.low(),
        difference.high(),
        0,
        paired.trials(),
        OptionalDouble.of(paired.p()));
  }
}
