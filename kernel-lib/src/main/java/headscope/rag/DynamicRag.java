package headscope.rag;

import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.model.Session;
import headscope.model.Steering;
import headscope.task.SentenceEnd;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Algorithm 1: the model answers with its context hidden, a sentence at a time; where RIND says
 * that a drafted sentence needs the context, it is dropped, a few heads that see the whole context
 * tell where to look, and the sentence is written again with only these windows visible.
 *
 * <pre>
 *   var rag = DynamicRag.of(HeadSelector.probe(probe, 5)).withRind(Rind.standard());
 *   RagRun run = rag.run(model, trial.prompt());
 * </pre>
 *
 * <p>Hidden is hidden from every row, and what could have seen it is computed again: nothing of it
 * leaks (DEFINITIONS.md, 25). Question and generated text are always visible. A rewritten sentence
 * is accepted unseen. Every run ends: a draft has at least one token, and a sentence is written
 * again at most {@code rechecks + 1} times.
 *
 * <p>One class of some length: half of it is options; the loop is one state that drafting,
 * retrieving and going back share.
 *
 * @param selector which heads are asked
 * @param rind when they are asked
 * @param retriever what is made of their answer
 * @param closing how long the windows of a retrieval stay open
 * @param rechecks how often a rewritten sentence is checked again and, if it triggers, written once
 *     more: 0, 1 or 2
 * @param maxTokens the most tokens that are kept, the end token included
 */
public record DynamicRag(
    HeadSelector selector,
    Rind rind,
    InContextRetriever retriever,
    Closing closing,
    int rechecks,
    int maxTokens) {

  /** How long the windows of a retrieval stay open. */
  public enum Closing {
    /** For the rewritten sentence alone. */
    AFTER_REWRITING,
    /** For the draft behind it, too; when a draft is kept that triggered nothing. The default. */
    AFTER_NEXT_DRAFT,
    /** Until the next retrieval opens others. */
    NEVER;

    /** What results call it. */
    public String title() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** The most rechecks of a rewritten sentence. */
  public static final int MOST_RECHECKS = 2;

  public DynamicRag {
    Objects.requireNonNull(selector, "selector");
    Objects.requireNonNull(rind, "rind");
    Objects.requireNonNull(retriever, "retriever");
    Objects.requireNonNull(closing, "closing");
    if (rechecks < 0 || rechecks > MOST_RECHECKS) {
      throw Section.RAG.wrong(
          "a rewritten sentence is checked again 0 to 2 times, got " + rechecks);
    }
    if (maxTokens < 1) {
      throw Section.RAG.wrong("an answer has at least 1 token, got " + maxTokens);
    }
  }

  /** The loop with everything else as the definitions have it: at most 100 kept tokens. */
  public static DynamicRag of(HeadSelector selector) {
    return new DynamicRag(
        selector,
        Rind.standard(),
        InContextRetriever.standard(),
        Closing.AFTER_NEXT_DRAFT,
        0,
        GenerateOptions.MAX_NEW_TOKENS);
  }

  public DynamicRag withSelector(HeadSelector other) {
    return new DynamicRag(other, rind, retriever, closing, rechecks, maxTokens);
  }

  public DynamicRag withRind(Rind other) {
    return new DynamicRag(selector, other, retriever, closing, rechecks, maxTokens);
  }

  public DynamicRag withRetriever(InContextRetriever other) {
    return new DynamicRag(selector, rind, other, closing, rechecks, maxTokens);
  }

  public DynamicRag withClosing(Closing other) {
    return new DynamicRag(selector, rind, retriever, other, rechecks, maxTokens);
  }

  public DynamicRag withRechecks(int times) {
    return new DynamicRag(selector, rind, retriever, closing, times, maxTokens);
  }

  public DynamicRag withMaxTokens(int tokens) {
    return new DynamicRag(selector, rind, retriever, closing, rechecks, tokens);
  }

  /** Everything that decides a run, as it is written with results. */
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("selector", selector.name());
    map.put("rind", rind.form().title());
    map.put("threshold", threshold());
    map.putAll(retrieval());
    return map;
  }

  /** The same whatever the selector, with the threshold named as an experiment of more has it. */
  public Map<String, Object> optionsOfAnySelector() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("rind", rind.form().title());
    map.putAll(retrieval());
    map.put("rindThreshold", threshold());
    return map;
  }

  private Object threshold() {
    return Double.isInfinite(rind.threshold()) ? "infinity" : (Object) rind.threshold();
  }

  private Map<String, Object> retrieval() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("k", retriever.k());
    map.put("gap", retriever.gap());
    map.put("radius", retriever.radius());
    map.put("query", retriever.query().title());
    map.put("closing", closing.title());
    map.put("rechecks", rechecks);
    map.put("maxTokens", maxTokens);
    return map;
  }

  /**
   * Answers a prompt.
   *
   * @param prompt with the span {@code context}; without it there is nothing to hide or to find
   * @throws headscope.model.CheckpointException if the model has no tokenizer
   * @throws IllegalArgumentException if the prompt or a head does not fit the model
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public RagRun run(LanguageModel model, Prompt prompt) {
    return run(model, prompt, List.of(this)).get(0);
  }

  /**
   * Answers a prompt in several ways, such as the rows of Table 4, which share the computed prompt.
   *
   * @return a run each, in order
   * @see #run(LanguageModel, Prompt)
   */
  public static List<RagRun> run(LanguageModel model, Prompt prompt, List<DynamicRag> ways) {
    try (Prefill prefill = new Prefill(model, prompt)) {
      List<RagRun> runs = new ArrayList<>();
      for (DynamicRag way : ways) {
        try (Writing writing = way.new Writing(model, prefill)) {
          runs.add(writing.run());
        }
      }
      return runs;
    }
  }

  /** The rows of a prompt, computed once with its context hidden and once with it visible. */
  private static final class Prefill implements AutoCloseable {
    private final LanguageModel model;
    private final Prompt prompt;
    private final HeadSet lastLayer;
    private Session hidden;
    private Session visible;

    Prefill(LanguageModel model, Prompt prompt) {
      this.model = model;
      this.prompt = prompt;
      model.tokenizer(); // fails early where there is none
      int layers = model.config().layers();
      lastLayer = HeadSet.all(layers, model.config().heads()).where(h -> h.layer() == layers - 1);
    }

    /** A session of one's own that saw nothing of the context; its steps keep the last layer. */
    Session hidden() {
      if (hidden == null) {
        hidden =
            model.session(
                prompt,
                Capture.tokens().withRows(lastLayer),
                HeadMask.none(),
                prompt.span(Prompt.CONTEXT));
      }
      return hidden.fork();
    }

    /** What a row saw that was given more tokens behind the prompt's, the context visible. */
    Step seenFrom(List<Integer> tokens) {
      int query = tokens.size() - 1;
      if (visible == null) {
        visible =
            model.session(
                prompt,
                Capture.tokens()
                    .withHidden(Capture.Hidden.AFTER_NORM)
                    .withRows(HeadSet.all(model.config().layers(), model.config().heads())));
      }
      visible.rollBack(visible.nextStep());
      visible.append(array(tokens.subList(visible.length(), query)));
      return visible.step(tokens.get(query), HeadMask.none());
    }

    @Override
    public void close() {
      if (hidden != null) {
        hidden.close();
      }
      if (visible != null) {
        visible.close();
      }
    }
  }

  private static int[] array(List<Integer> list) {
    return list.stream().mapToInt(i -> i).toArray();
  }

  /** One answer being written. */
  private final class Writing implements AutoCloseable {
    private final LanguageModel model;
    private final Prefill prefill;
    private final Prompt prompt;
    private final Spans context;
    private final List<Draft> drafts = new ArrayList<>();

    /** The ids of the prompt and of what is kept. */
    private final List<Integer> tokens = new ArrayList<>();

    /** Sees of the context what is open. */
    private Session session;

    /** Writes in that session behind what is kept. */
    private Generation generation;

    private Spans visible = Spans.none();
    private String text = "";

    /** What the row of the last token saw, which gives the next token; null: no row is left. */
    private Step next;

    Writing(LanguageModel model, Prefill prefill) {
      this.model = model;
      this.prefill = prefill;
      prompt = prefill.prompt;
      context = prompt.span(Prompt.CONTEXT);
      for (int id : prompt.ids()) {
        tokens.add(id);
      }
      if (selector instanceof HeadSelector.None none && none.contextVisible()) {
        visible = context;
        session = model.session(prompt, Capture.tokens());
      } else {
        session = prefill.hidden();
      }
    }

    RagRun run() {
      boolean ended = false;
      goOn();
      while (!ended && next != null && kept() < maxTokens) {
        Draft draft = draft(0);
        while (!draft.kept()) {
          drafts.add(draft);
          show(draft.retrieval().get().passages().windows());
          draft = draft(draft.rewriting() + 1);
        }
        drafts.add(draft);
        for (int id : draft.ids()) {
          tokens.add(id);
        }
        text += String.join("", draft.tokens());
        ended = draft.ended();
        boolean closes =
            selector.retrieves()
                && closing != Closing.NEVER
                && (draft.rewriting() == 0 || closing == Closing.AFTER_REWRITING);
        if (closes && !visible.isEmpty() && !ended && next != null && kept() < maxTokens) {
          show(Spans.none());
        }
      }
      int[] answer = array(tokens.subList(prompt.length(), tokens.size()));
      Map<String, Object> options = options();
      options.put("model", model.name());
      options.put("dtype", model.options().dtype().toString());
      options.putAll(model.choosing());
      return new RagRun(prompt, drafts, model.tokenizer().decode(answer), options);
    }

    private int kept() {
      return tokens.size() - prompt.length();
    }

    /** Goes back to the end of what is kept, with these windows of the context visible. */
    private void show(Spans windows) {
      int last = tokens.size() - 1;
      if (windows.isEmpty()) {
        session.close();
        session = prefill.hidden();
        session.append(array(tokens.subList(session.length(), last)));
      } else {
        session.rollBack(session.length() - last);
        session.hide(context.minus(windows));
      }
      visible = windows;
      goOn();
    }

    /** Begins to write behind what is kept. */
    private void goOn() {
      int[] kept = array(tokens.subList(prompt.length(), tokens.size()));
      Steering steering =
          new Steering() {
            @Override
            public HeadMask mask(Generation.Row row) {
              return HeadMask.none();
            }

            @Override
            public int maxNewTokens() {
              return maxTokens;
            }
          };
      generation = Generation.behind(model, session, kept, steering);
      next = write();
    }

    private Step write() {
      Generation.Row row = generation.rows().get(0);
      if (row.going()) {
        generation.advance();
        return row.last();
      }
      // at the limit of tokens RIND still looks at the row of the last one
      int last = row.steps().isEmpty() ? tokens.get(tokens.size() - 1) : row.last().token();
      return session.step(last, HeadMask.none());
    }

    /** Writes the next sentence, and checks it if that is due. */
    private Draft draft(int rewriting) {
      List<Step> steps = new ArrayList<>(); // steps.get(i) chose token i
      List<String> pieces = new ArrayList<>();
      List<Integer> all = new ArrayList<>(tokens.subList(prompt.length(), tokens.size()));
      String done = text;
      boolean ended = false;
      boolean going = true;
      while (going) {
        Step step = next;
        int token = step.token();
        steps.add(step);
        all.add(token);
        String now = model.tokenizer().decode(array(all), false);
        // a character split over several tokens is added by its last one
        boolean whole = !now.endsWith("\ufffd") && now.startsWith(done);
        pieces.add(whole ? now.substring(done.length()) : "");
        done = whole ? now : done;
        ended = model.generationConfig().endTokens().contains(token);
        next = !ended && session.hasRoom() ? write() : null;
        going =
            next != null
                && kept() + steps.size() < maxTokens
                && !SentenceEnd.isAt(pieces.get(pieces.size() - 1));
      }
      List<Rind.Word> words = List.of();
      int trigger = -1;
      if (selector.retrieves() && rewriting <= rechecks) {
        int n = steps.size() - (ended ? 1 : 0);
        words = words(steps, pieces.subList(0, n));
        trigger = rind.trigger(words);
      }
      return new Draft(
          steps.stream().mapToInt(Step::token).toArray(),
          pieces,
          visible,
          rewriting,
          words,
          trigger,
          trigger < 0 ? Optional.empty() : Optional.of(retrieve(steps, words.get(trigger))),
          ended);
    }

    private List<Rind.Word> words(List<Step> steps, List<String> pieces) {
      int n = pieces.size();
      double[] entropies = new double[n];
      for (int i = 0; i < n; i++) {
        entropies[i] = steps.get(i).entropy();
      }
      // the row of token i chose token i + 1; without room the last token has none
      List<Step> rows = new ArrayList<>(steps.subList(Math.min(1, n), steps.size()));
      if (next != null) {
        rows.add(next);
      }
      int from = tokens.size();
      if (rind.form() == Rind.Form.DRAGIN) {
        rows = alone(steps.stream().limit(n).mapToInt(Step::token).toArray());
        from = 0;
      }
      double[][][] attention = new double[prefill.lastLayer.size()][n][n];
      for (int row = 0; row < Math.min(n, rows.size()); row++) {
        int h = 0;
        for (float[] seen : rows.get(row).rows().values()) { // heads in order
          for (int key = 0; key <= row; key++) {
            attention[h][row][key] = seen[from + key];
          }
          h++;
        }
      }
      return rind.words(pieces, entropies, attention);
    }

    /** The rows of a draft that stands alone, from position 0 on. */
    private List<Step> alone(int[] ids) {
      List<Step> rows = new ArrayList<>();
      if (ids.length > 0) {
        try (Session alone =
            model.session(Prompt.ofIds(ids[0]), Capture.tokens().withRows(prefill.lastLayer))) {
          for (int id : ids) {
            rows.add(alone.step(id, HeadMask.none()));
          }
        }
      }
      return rows;
    }

    /** Asks the heads where the context holds what the sentence, or its flagged word, needs. */
    private Retrieval retrieve(List<Step> draft, Rind.Word flagged) {
      List<Integer> all = new ArrayList<>(tokens);
      if (retriever.query() == InContextRetriever.Query.BEFORE_WORD) {
        draft.stream().limit(flagged.from()).forEach(step -> all.add(step.token()));
      }
      Step seen = prefill.seenFrom(all);
      int before = (int) drafts.stream().filter(d -> !d.kept()).count();
      HeadSet asked =
          selector.heads(
              new HeadSelector.At(
                  before, seen.hidden(), model.config().layers(), model.config().heads()));
      double[] weights = new double[all.size()];
      asked.forEach(
          head -> {
            float[] row = seen.rows().get(head);
            for (int i = 0; i < weights.length; i++) {
              weights[i] += (double) row[i] / asked.size();
            }
          });
      return new Retrieval(all.size() - 1, asked, retriever.passages(weights, context));
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
