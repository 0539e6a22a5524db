package headscope.verify;

import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import headscope.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How far a checkpoint computed here is from transformers.
 *
 * <p>In float32 what is allowed is {@link #TOLERANCE}. In another type it is twice what that type
 * costs transformers against its own float32, and the tolerance of float32 more: sums are rounded
 * in another order there.
 *
 * @param model what was computed
 * @param copy what transformers loaded instead; empty where it is the same checkpoint
 * @param weights where transformers had the weights from
 * @param versions of transformers and torch
 * @param prompts what was computed on
 * @param results one for each type
 */
public record VerifyReport(
    Model model,
    String copy,
    String weights,
    Map<String, String> versions,
    List<PromptLine> prompts,
    List<Result> results) {

  /** The files of a report. */
  public static final String JSON = "verify.json";

  public static final String HTML = "verify.html";

  /**
   * What is allowed in float32. hidden: the difference over the length of the vector; weight: of
   * attention; logits: over the largest logit; weightLead, tokenLead: a weight or a logit that is
   * ahead by less may change places with the second.
   */
  public static final Map<String, Double> TOLERANCE =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.of(
                  "hidden", 2e-4,
                  "weight", 1e-5,
                  "logits", 1e-4,
                  "weightLead", 1e-5,
                  "tokenLead", 1e-4)));

  public VerifyReport {
    versions = Collections.unmodifiableMap(new TreeMap<>(versions));
    prompts = List.copyOf(prompts);
    results = List.copyOf(results);
  }

  /**
   * What was computed here.
   *
   * @param name of the checkpoint
   * @param hash of its files
   * @param adapters their hashes
   * @param windows of the layers, 0 for none; empty where no layer has one
   * @param environment versions and machine
   */
  public record Model(
      String name,
      String hash,
      List<String> adapters,
      List<Integer> windows,
      Map<String, Object> environment) {
    static Model of(LanguageModel m) {
      return new Model(
          m.name(),
          m.checkpointHash(),
          m.adapters().stream().map(a -> a.name() + " " + a.sha256()).toList(),
          m.config().windows(),
          m.environment());
    }

    int window() {
      return windows.stream().mapToInt(w -> w).max().orElse(0);
    }
  }

  /**
   * A prompt.
   *
   * @param name what it is
   * @param tokens its length
   * @param rows how many were compared
   */
  public record PromptLine(String name, int tokens, int rows) {}

  /**
   * The heads of a layer, over all prompts and rows.
   *
   * @param weight the largest difference of an attention weight: [heads]
   * @param same rows whose argmax is the same: [heads]
   * @param apart rows whose argmax is another although it leads: [heads]
   * @param rows in all
   * @param weightAllowed of the difference
   */
  public record Heads(double[] weight, int[] same, int[] apart, int rows, double weightAllowed) {
    double worst() {
      double worst = 0;
      for (double w : weight) {
        worst = Math.max(worst, w);
      }
      return worst;
    }

    private int sum(int[] of) {
      int sum = 0;
      for (int n : of) {
        sum += n;
      }
      return sum;
    }

    int allSame() {
      return sum(same);
    }

    int allApart() {
      return sum(apart);
    }

    int of() {
      return rows * weight.length;
    }

    boolean within() {
      return worst() <= weightAllowed && allApart() == 0;
    }
  }

  /**
   * The embedding or a layer.
   *
   * @param name of the place
   * @param hidden the difference of the residual stream behind it, over its length
   * @param hiddenAllowed of that
   * @param heads of a layer; those of the embedding are none
   */
  public record Place(String name, double hidden, double hiddenAllowed, Heads heads) {
    Optional<Heads> itsHeads() {
      return Optional.of(heads).filter(h -> h.weight().length > 0);
    }

    boolean within() {
      return hidden <= hiddenAllowed && itsHeads().map(Heads::within).orElse(true);
    }
  }

  /**
   * The logits of all rows, over the largest of them.
   *
   * @param difference the largest
   * @param allowed of it
   */
  public record Logits(double difference, double allowed) {
    boolean within() {
      return difference <= allowed;
    }
  }

  /**
   * The tokens that follow greedily: at each step what transformers says behind the tokens that
   * were said here.
   *
   * @param same how many
   * @param of all
   * @param apart those that differ although the best logit leads
   */
  public record Tokens(int same, int of, int apart) {
    boolean within() {
      return apart == 0;
    }
  }

  /**
   * What was found in one type.
   *
   * @param dtype the type
   * @param places the embedding and the layers, in order
   * @param logits their difference
   * @param tokens what followed
   */
  public record Result(String dtype, List<Place> places, Logits logits, Tokens tokens) {
    public Result {
      places = List.copyOf(places);
    }

    /** The first place that is over what is allowed; empty where all is within. */
    public String finding() {
      for (Place p : places) {
        if (p.hidden() > p.hiddenAllowed()) {
          return first(p, "the residual stream differs by", p.hidden(), p.hiddenAllowed());
        }
        if (!p.within()) {
          Heads h = p.itsHeads().orElseThrow();
          return h.worst() > h.weightAllowed()
              ? first(p, "attention weights differ by", h.worst(), h.weightAllowed())
              : dtype
                  + ": "
                  + p.name()
                  + " is the first that differs: "
                  + h.allApart()
                  + " argmax positions are others";
        }
      }
      if (!logits.within()) {
        return String.format(
            Locale.ROOT,
            "%s: all layers agree, the logits differ by %s, allowed are %s: final norm or output"
                + " matrix",
            dtype,
            number(logits.difference()),
            number(logits.allowed()));
      }
      return tokens.within()
          ? ""
          : dtype + ": " + tokens.apart() + " of " + tokens.of() + " tokens are others";
    }

    private String first(Place p, String what, double found, double allowed) {
      return String.format(
          "%s: %s is the first that differs: %s %s, allowed are %s",
          dtype, p.name(), what, number(found), number(allowed));
    }
  }

  /** What the script says. */
  record Found(Map<String, String> versions, List<Result> results) {}

  /** What is over what is allowed, in one line; empty where nothing is. */
  public String finding() {
    return String.join(
        "; ", results.stream().map(Result::finding).filter(f -> !f.isEmpty()).toList());
  }

  /** Whether all is within what is allowed. */
  public boolean within() {
    return finding().isEmpty();
  }

  /** A number as reports have it: two digits. */
  static String number(double x) {
    return x == Double.MAX_VALUE ? "no number" : String.format(Locale.ROOT, "%.1e", x);
  }

  /** The report as a table a type, in Markdown. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Result r : results) {
      text.append(String.format("%s, %s%n", r.dtype(), String.join(", ", words())));
      text.append("| behind | stream | allowed | weight | allowed | argmax the same | others |\n");
      text.append("|---|---|---|---|---|---|---|\n");
      for (Place p : r.places()) {
        text.append(
            String.format(
                "| %-9s | %s | %s | %s |%n",
                p.name(),
                number(p.hidden()),
                number(p.hiddenAllowed()),
                p.itsHeads()
                    .map(
                        h ->
                            String.format(
                                "%s | %s | %d of %d | %d",
                                number(h.worst()),
                                number(h.weightAllowed()),
                                h.allSame(),
                                h.of(),
                                h.allApart()))
                    .orElse("| | |")));
      }
      text.append(
          String.format(
              "logits %s of the largest, allowed %s; tokens: %d of %d the same, %d others although"
                  + " the best leads%n",
              number(r.logits().difference()),
              number(r.logits().allowed()),
              r.tokens().same(),
              r.tokens().of(),
              r.tokens().apart()));
    }
    return text.toString();
  }

  private List<String> words() {
    return versions.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
  }

  /** The report as an HTML document that asks for nothing else. */
  public String html() {
    return VerifyPage.of(this).html();
  }

  /**
   * Writes {@link #JSON} and {@link #HTML} into a folder, which is made if it is not there.
   *
   * @throws java.io.UncheckedIOException if they cannot be written
   */
  public void save(Path folder) {
    try {
      Files.createDirectories(folder);
      WholeFile.write(
          folder.resolve(JSON), part -> Files.writeString(part, Json.page(this) + "\n"));
    } catch (IOException e) {
      throw Section.FILES.io("cannot write " + folder + ": " + FileFault.of(e), e);
    }
    VerifyPage.of(this).save(folder.resolve(HTML));
  }
}
