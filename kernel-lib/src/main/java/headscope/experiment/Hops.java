package headscope.experiment;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.score.Estimate;
import headscope.score.ScoreMatrix;
import headscope.score.SpanScore;
import headscope.task.HotpotQa;
import headscope.task.SentenceEnd;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Which supporting sentence heads look at while they answer a question of two hops: Eq. 2 of each
 * sentence by itself, {@link SpanScore}. Questions are asked with {@link HotpotQa#withFactSpans}.
 *
 * <pre>
 *   Hops hops = Hops.of(traces, .5);
 *   hops.bySentence();           // heads on the first and second fact, by sentence of the answer
 *   hops.heads();                // each head's mean share of either
 * </pre>
 *
 * @param traces answers to questions with two supporting sentences each
 * @param threshold a head with more than this looks at a sentence
 */
public record Hops(List<Trace> traces, double threshold) {
  private static final List<Integer> FACTS = List.of(1, 2);

  public Hops {
    traces = List.copyOf(traces);
  }

  /**
   * The answers that have two facts.
   *
   * @throws IllegalArgumentException if none has
   */
  public static Hops of(List<Trace> all, double threshold) {
    List<Trace> two =
        all.stream()
            .filter(t -> !t.prompt().span(HotpotQa.fact(2)).isEmpty())
            .filter(t -> t.prompt().span(HotpotQa.fact(3)).isEmpty())
            .toList();
    if (two.isEmpty()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "hops are read from answers to questions of two supporting sentences, asked with"
              + " HotpotQa.withFactSpans(); of "
              + all.size()
              + " answers none is");
    }
    return new Hops(two, threshold);
  }

  private ScoreMatrix scores(Trace trace, int fact) {
    return new SpanScore(HotpotQa.fact(fact), threshold).matrix(trace);
  }

  /** The sentence that each counted step writes at, from 1 on: [steps]. */
  static int[] sentences(List<String> tokens) {
    int[] of = new int[tokens.size()];
    int sentence = 1;
    for (int s = 0; s < of.length; s++) {
      of[s] = sentence;
      sentence += SentenceEnd.isAt(tokens.get(s)) ? 1 : 0;
    }
    return of;
  }

  /**
   * One row a step of one answer.
   *
   * @return columns step, token, sentence (of the answer, from 1), first and second (heads that
   *     look at the first and second supporting sentence), both
   */
  public Table steps(int answer) {
    ScoreMatrix first = scores(traces.get(answer), 1);
    ScoreMatrix second = scores(traces.get(answer), 2);
    int[] sentences = sentences(first.tokens());
    int n = first.steps();
    int[] ofFirst = IntStream.range(0, n).map(i -> first.dynamicHeads(i).size()).toArray();
    int[] ofSecond = IntStream.range(0, n).map(i -> second.dynamicHeads(i).size()).toArray();
    int[] both =
        IntStream.range(0, n)
            .map(i -> first.dynamicHeads(i).intersect(second.dynamicHeads(i)).size())
            .toArray();
    return Table.create(
        "heads of the hops",
        IntColumn.create("step", IntStream.range(0, n).toArray()),
        StringColumn.create("token", first.tokens()),
        IntColumn.create("sentence", sentences),
        IntColumn.create("first", ofFirst),
        IntColumn.create("second", ofSecond),
        IntColumn.create("both", both));
  }

  /**
   * Heads that look at each supporting sentence, by the sentence of the answer that is being
   * written, with 95 % bootstrap intervals over answers; sentences behind the third are left out.
   *
   * @return columns sentence, fact, heads a step, low, high, n (answers)
   */
  public Table bySentence() {
    Table table =
        Table.create(
            "heads of the hops by sentence",
            IntColumn.create("sentence"),
            IntColumn.create("fact"),
            DoubleColumn.create("heads a step"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"),
            IntColumn.create("n"));
    for (int sentence = 1; sentence <= 3; sentence++) {
      for (int fact : FACTS) {
        List<Double> heads = new ArrayList<>();
        List<Double> steps = new ArrayList<>();
        for (Trace trace : traces) {
          ScoreMatrix scores = scores(trace, fact);
          int[] of = sentences(scores.tokens());
          int wanted = sentence;
          int[] at = IntStream.range(0, of.length).filter(s -> of[s] == wanted).toArray();
          if (at.length > 0) {
            heads.add(IntStream.of(at).mapToDouble(s -> scores.dynamicHeads(s).size()).sum());
            steps.add((double) at.length);
          }
        }
        Estimate e =
            Estimate.ratio(
                heads.stream().mapToDouble(x -> x).toArray(),
                steps.stream().mapToDouble(x -> x).toArray(),
                Estimate.RESAMPLES,
                Estimate.LEVEL,
                0,
                heads.size());
        table.intColumn("sentence").append(sentence);
        table.intColumn("fact").append(fact);
        table.doubleColumn("heads a step").append(e.value());
        table.doubleColumn("low").append(e.low());
        table.doubleColumn("high").append(e.high());
        table.intColumn("n").append(heads.size());
      }
    }
    return table;
  }

  /**
   * One row a head: its mean share of the first fact while the answer's first sentence is written,
   * and of the second while the second one is; heads that serve either hop lie on the diagonal.
   *
   * @return columns head, layer, first hop, second hop
   */
  public Table heads() {
    List<HeadId> heads = scores(traces.get(0), 1).heads();
    double[][] sums = new double[2][heads.size()];
    int[] steps = new int[2];
    for (Trace trace : traces) {
      for (int fact : FACTS) {
        ScoreMatrix scores = scores(trace, fact);
        int[] of = sentences(scores.tokens());
        for (int s = 0; s < of.length; s++) {
          if (of[s] == fact) {
            double[] now = scores.step(s);
            IntStream.range(0, now.length).forEach(h -> sums[fact - 1][h] += now[h]);
            steps[fact - 1]++;
          }
        }
      }
    }
    for (int fact : FACTS) {
      for (int h = 0; h < heads.size(); h++) {
        sums[fact - 1][h] /= Math.max(1, steps[fact - 1]);
      }
    }
    return Table.create(
        "heads by hop",
        StringColumn.create("head", heads.stream().map(HeadId::toString).toList()),
        IntColumn.create("layer", heads.stream().mapToInt(HeadId::layer).toArray()),
        DoubleColumn.create("first hop", sums[0]),
        DoubleColumn.create("second hop", sums[1]));
  }

  @Override
  public String toString() {
    return "Hops[" + traces.size() + " answers, threshold " + threshold + "]";
  }
}
