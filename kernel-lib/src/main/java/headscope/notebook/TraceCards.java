package headscope.notebook;

import headscope.figure.Numbers;
import headscope.head.HeadSet;
import headscope.html.Card;
import headscope.html.Flow;
import headscope.html.Tint;
import headscope.page.TraceExplorer;
import headscope.score.AttentionRow;
import headscope.score.CopyPasteScore;
import headscope.score.ScoreMatrix;
import headscope.template.Markup;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/** Cards of prompts and of what generations leave behind. */
final class TraceCards {
  /** Positions shown at the ends of a prompt and around the ends of its spans. */
  private static final int AROUND = 60;

  /** Of a span up to this length all is shown. */
  private static final int WHOLE = 300;

  /** Characters of an explorer above which it is not put into the output of a trace. */
  private static final int EXPLORER = 400_000;

  private static final int STEPS = 400;

  /** Of an attention row: weights from which on a place is shown, tinted and numbered. */
  private static final double LIT = .01;

  private static final double FAINT = .002;
  private static final double NUMBERED = .05;

  /** Tokens shown on either side of such a place. */
  private static final int NEAR = 6;

  private static final int TOP = 12;

  private TraceCards() {}

  static void register() {
    Displays.card(Prompt.class, TraceCards::of);
    Displays.card(Trace.class, TraceCards::of);
    Displays.card(Step.class, TraceCards::of);
    Displays.card(AttentionRow.class, TraceCards::of);
  }

  private static Card of(Prompt prompt) {
    Card card = Card.of("Prompt", "").fact("tokens", count(prompt.length()));
    for (Map.Entry<String, Spans> span : prompt.spans().entrySet()) {
      card =
          card.fact(
              "span " + span.getKey(),
              span.getValue() + "  (" + count(span.getValue().length()) + " tokens)");
    }
    return card.part(text(prompt));
  }

  /** The text with its spans on tints; of a long one what lies around the ends of spans. */
  private static Markup text(Prompt prompt) {
    List<String> texts = prompt.texts();
    boolean[] shown = shown(prompt);
    Flow flow = new Flow();
    for (int from = 0; from < prompt.length(); ) {
      String name = span(prompt, from);
      int to = from + 1;
      while (to < prompt.length()
          && shown[to] == shown[from]
          && (!shown[from] || span(prompt, to).equals(name))) {
        to++;
      }
      if (shown[from]) {
        String piece = String.join("", texts.subList(from, to));
        double strength = name.isEmpty() ? 0 : name.equals(Prompt.CONTEXT) ? .2 : .6;
        flow.text(
            piece,
            (name.isEmpty() ? "" : name + ", ") + "positions " + from + " to " + (to - 1),
            Tint.ofSpan(name),
            strength);
      } else {
        flow.gap(count(to - from) + " tokens");
      }
      from = to;
    }
    return flow.html();
  }

  private static boolean[] shown(Prompt prompt) {
    int n = prompt.length();
    boolean[] shown = new boolean[n];
    show(shown, 0, AROUND);
    show(shown, n - AROUND, n);
    for (Spans spans : prompt.spans().values()) {
      for (Span span : spans.list()) {
        if (span.to() - span.from() <= WHOLE) {
          show(shown, span.from() - AROUND, span.to() + AROUND);
        } else {
          show(shown, span.from() - AROUND, span.from() + AROUND);
          show(shown, span.to() - AROUND, span.to() + AROUND);
        }
      }
    }
    return shown;
  }

  private static void show(boolean[] shown, int from, int to) {
    for (int i = Math.max(0, from); i < Math.min(shown.length, to); i++) {
      shown[i] = true;
    }
  }

  /** The span that a position lies in; of several the smallest. */
  private static String span(Prompt prompt, int position) {
    return prompt.spans().entrySet().stream()
        .filter(e -> e.getValue().contains(position))
        .min(Comparator.comparingInt(e -> e.getValue().length()))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  private static Card of(Trace trace) {
    Card card =
        Card.of("Trace", trace.model())
            .fact("prompt", count(trace.prompt().length()) + " tokens")
            .fact("generated", count(trace.steps().size()) + " tokens" + end(trace))
            .fact("layers × heads", trace.layers() + " × " + trace.headsPerLayer());
    if (!trace.clean().isEmpty()) {
      card = card.fact("passes", "two a step: the clean ones are trace.clean()");
    }
    boolean looked = !trace.steps().isEmpty() && trace.steps().get(0).argmaxIndex().length > 0;
    boolean scored = looked && !trace.prompt().span(Prompt.NEEDLE).isEmpty();
    if (!scored) {
      return withExplorer(card.part("answer", answer(trace)), trace, looked);
    }
    ScoreMatrix scores = CopyPasteScore.of(trace);
    int[] counts =
        IntStream.range(0, scores.steps()).map(s -> scores.dynamicHeads(s).size()).toArray();
    card =
        card.fact("retrieval heads a step", Numbers.text(mean(counts)) + " in the mean (Eq. 1)")
            .part(
                "answer, with the number of heads that retrieve each token", answer(trace, scores));
    if (scores.steps() > 0) {
      card = card.folded("heatmap: which heads retrieve when", ScoreCards.map(scores));
    }
    return withExplorer(card, trace, true);
  }

  private static String end(Trace trace) {
    return trace.ended() ? ", the last one ends the answer" : "";
  }

  private static double mean(int[] counts) {
    return IntStream.of(counts).average().orElse(0);
  }

  private static Card withExplorer(Card card, Trace trace, boolean looked) {
    if (!looked) {
      return card.note("No heads were recorded: generate with Capture.heads() to see them.");
    }
    String explorer = TraceExplorer.of(trace).frame();
    return explorer.length() <= EXPLORER
        ? card.folded("explorer: where every head looks, step by step", new Markup(explorer))
        : card.note("TraceExplorer.of(trace).save(…) writes a page to walk through it.");
  }

  private static Markup answer(Trace trace) {
    Flow flow = new Flow();
    steps(flow, trace, step -> flow.token(token(trace, step), hint(trace, step), Tint.LIT, 0));
    return flow.html();
  }

  /** A token is the more lit the more heads retrieve it; how many stands above it. */
  private static Markup answer(Trace trace, ScoreMatrix scores) {
    int most =
        IntStream.range(0, scores.steps()).map(s -> scores.dynamicHeads(s).size()).max().orElse(0);
    Flow flow = new Flow();
    steps(
        flow,
        trace,
        step -> {
          HeadSet heads = step < scores.steps() ? scores.dynamicHeads(step) : HeadSet.empty();
          String hint = hint(trace, step) + (heads.isEmpty() ? "" : "; " + heads);
          double strength = most == 0 ? 0 : (double) heads.size() / most;
          flow.token(token(trace, step), hint, Tint.LIT, strength);
          if (!heads.isEmpty()) {
            flow.above("" + heads.size());
          }
        });
    return flow.html();
  }

  private static void steps(Flow flow, Trace trace, java.util.function.IntConsumer each) {
    int n = trace.steps().size();
    IntStream.range(0, Math.min(n, STEPS)).forEach(each);
    if (n > STEPS) {
      flow.gap(count(n - STEPS) + " more tokens");
    }
  }

  private static String token(Trace trace, int step) {
    return trace.tokens().isEmpty()
        ? trace.steps().get(step).token() + " "
        : trace.tokens().get(step);
  }

  private static String hint(Trace trace, int step) {
    Step s = trace.steps().get(step);
    return "step " + step + ", log-probability " + Numbers.text(s.logprob());
  }

  /** The text that a head saw, tinted by the square roots of its weights. */
  private static Card of(AttentionRow row) {
    int n = row.weights().size();
    boolean[] shown = new boolean[n];
    for (int i = 0; i < n; i++) {
      if (row.weights().get(i) >= LIT || row.spans().get(i).equals(Prompt.NEEDLE)) {
        show(shown, i - NEAR, i + NEAR + 1);
      }
    }
    Flow flow = new Flow();
    for (int i = 0; i < n; ) {
      if (shown[i]) {
        double weight = row.weights().get(i);
        String span = row.spans().get(i);
        String hint =
            "position "
                + i
                + (span.isEmpty() ? "" : ", " + span)
                + ", weight "
                + Numbers.text(weight);
        flow.token(row.tokens().get(i), hint, Tint.LIT, weight >= FAINT ? Math.sqrt(weight) : 0);
        if (weight >= NUMBERED) {
          flow.above(Numbers.text(Math.round(100 * weight) / 100.0));
        }
        i++;
      } else {
        int from = i;
        while (i < n && !shown[i]) {
          i++;
        }
        flow.gap(count(i - from) + " tokens");
      }
    }
    double needle =
        IntStream.range(0, n)
            .filter(i -> row.spans().get(i).equals(Prompt.NEEDLE))
            .mapToDouble(i -> row.weights().get(i))
            .sum();
    return Card.of("AttentionRow", row.head() + " at step " + row.step())
        .fact("writes", row.writes())
        .fact("on the needle", Numbers.text(needle))
        .part("what it looks at: the stronger the tint, the more weight", flow.html());
  }

  private static Card of(Step step) {
    Card card =
        Card.of("Step", "")
            .fact("token", "id " + step.token())
            .fact("log-probability", Numbers.text(step.logprob()) + " nats")
            .fact("entropy", Numbers.text(step.entropy()) + " nats")
            .fact("masses", String.join(", ", step.mass().keySet()))
            .fact(
                "hidden state", step.hidden().length == 0 ? "" : step.hidden().length + " numbers")
            .fact("attention rows of", PlainCards.fact(step.rows().keySet()))
            .fact("logits", step.logits().length == 0 ? "" : count(step.logits().length));
    return step.argmaxIndex().length == 0
        ? card.note("No heads were recorded: generate with Capture.heads() to see them.")
        : card.part("heads by their greatest weight", Displays.part(heads(step)));
  }

  /** The heads that look most firmly, by their index, for a step does not know its model. */
  private static Table heads(Step step) {
    int[] order =
        IntStream.range(0, step.argmaxIndex().length)
            .boxed()
            .sorted(Comparator.comparing(h -> -step.argmaxWeight()[h]))
            .limit(TOP)
            .mapToInt(Integer::intValue)
            .toArray();
    Table table =
        Table.create(
            "heads",
            IntColumn.create("head index", order),
            IntColumn.create(
                "looks at position", IntStream.of(order).map(h -> step.argmaxIndex()[h]).toArray()),
            column("weight", order, step.argmaxWeight()));
    step.mass()
        .forEach(
            (name, mass) -> {
              if (mass.length == step.argmaxIndex().length) {
                table.addColumns(column("mass on " + name, order, mass));
              }
            });
    return table;
  }

  private static DoubleColumn column(String name, int[] order, float[] values) {
    return DoubleColumn.create(name, IntStream.of(order).mapToDouble(h -> values[h]).toArray());
  }

  static String count(long n) {
    return String.format(java.util.Locale.ROOT, "%,d", n);
  }
}
