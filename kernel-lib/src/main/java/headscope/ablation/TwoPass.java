package headscope.ablation;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.Continuation;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.model.RunOptions;
import headscope.model.Steering;
import headscope.model.StopRule;
import headscope.model.Stopping;
import headscope.score.Score;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * The two-pass protocol of section 5: at each step a clean pass finds the heads that retrieve, its
 * token is thrown away, and the step is run again with heads masked; that token is kept, and its
 * keys and values overwrite the clean ones. So the clean pass of a step sees what the masked passes
 * before it left behind.
 *
 * <pre>
 *   var protocol = TwoPass.of(CopyPasteScore.standard());
 *   Trace trace = protocol.run(model, trial.prompt(), MaskingPolicy.dynamic());
 *   trace.clean();                       // the discarded first passes
 *   Compensation.of(trace, score, ranking.top(20));
 * </pre>
 *
 * <p>One class of some length: half of it is what a run is asked for and leaves.
 *
 * @param score what makes a head retrieve
 * @param treatment what masking does to a head, whatever its heads are: zero, uniform or mean
 * @param capture what is recorded of every pass; what the score needs is added
 * @param maxNewTokens the most tokens that are generated
 * @param forced tokens, [steps], that are taken whatever the model prefers, and after which it
 *     ends; none: the model's own
 * @param reading with which token the heads of a clean pass are found
 * @param allLook whether a policy that needs no clean pass has one as well, for what is recorded
 */
public record TwoPass(
    Score score,
    HeadMask treatment,
    Capture capture,
    int maxNewTokens,
    int[] forced,
    Reading reading,
    boolean allLook) {

  /** With which token the heads that retrieve in a clean pass are found. */
  public enum Reading {
    /** With the one that the clean pass prefers; DEFINITIONS.md, 17. The default. */
    OWN_TOKEN,
    /** With the one that is forced; DEFINITIONS.md, 34. */
    FORCED_TOKEN
  }

  public TwoPass {
    capture = score.capture(capture);
    if (!capture.attention()) {
      throw Section.MASKING.wrong(
          "the clean pass must see the heads: use Capture.heads(), not Capture.tokens()");
    }
    if (maxNewTokens < 1) {
      throw Section.MASKING.wrong("at least 1 token is generated, got " + maxNewTokens);
    }
    if (reading == Reading.FORCED_TOKEN && forced.length == 0) {
      throw Section.MASKING.wrong(
          "heads are read by forced tokens, but none is forced; use withForced before");
    }
    forced = forced.clone();
  }

  /** Zeroed heads, at most 100 tokens, the standard windows. */
  public static TwoPass of(Score score) {
    return new TwoPass(
        score,
        HeadMask.none(),
        Capture.heads(),
        GenerateOptions.MAX_NEW_TOKENS,
        new int[0],
        Reading.OWN_TOKEN,
        false);
  }

  /** With another treatment of masked heads, such as {@code HeadMask.uniform(HeadSet.empty())}. */
  public TwoPass withTreatment(HeadMask mask) {
    return new TwoPass(score, mask, capture, maxNewTokens, forced, reading, allLook);
  }

  public TwoPass withCapture(Capture other) {
    return new TwoPass(score, treatment, other, maxNewTokens, forced, reading, allLook);
  }

  public TwoPass withMaxNewTokens(int tokens) {
    return new TwoPass(score, treatment, capture, tokens, forced, reading, allLook);
  }

  /** Makes the model say these tokens: their log-probabilities tell how far it is from them. */
  public TwoPass withForced(int... tokens) {
    return new TwoPass(
        score, treatment, capture, Math.max(1, tokens.length), tokens, reading, allLook);
  }

  /** Finds the heads of clean passes with the forced tokens. */
  public TwoPass readByForced() {
    return new TwoPass(
        score, treatment, capture, maxNewTokens, forced, Reading.FORCED_TOKEN, allLook);
  }

  /** With a clean pass, and so with m, under every policy. */
  public TwoPass withAllLooking() {
    return new TwoPass(score, treatment, capture, maxNewTokens, forced, reading, true);
  }

  /** Answers a prompt under one policy. */
  public Trace run(LanguageModel model, Prompt prompt, MaskingPolicy policy) {
    return run(model, prompt, List.of(policy)).get(0);
  }

  /**
   * Answers a prompt under several policies, which share the computed prompt and go on as a batch.
   *
   * @return a trace per policy, in order; its option {@code masked} has the masked heads of each
   *     step
   * @throws IllegalArgumentException if a policy follows another that is not among them
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public List<Trace> run(LanguageModel model, Prompt prompt, List<MaskingPolicy> policies) {
    return masked(model, prompt, policies).stream().map(Masked::trace).toList();
  }

  /**
   * Answers a prompt under several policies, as {@link #run(LanguageModel, Prompt, List)} does, and
   * keeps which heads each masked. Where one of them needs a clean pass all have one.
   *
   * @return one for each policy, in order
   */
  public List<Masked> masked(LanguageModel model, Prompt prompt, List<MaskingPolicy> policies) {
    boolean looks = policies.stream().anyMatch(MaskingPolicy::needsCleanPass);
    TwoPass protocol = looks ? withAllLooking() : this;
    return together(model, List.of(new Asked(protocol, prompt, policies)), g -> {}).get(0);
  }

  /**
   * A prompt that is answered under several policies, which advance in step.
   *
   * @param protocol how
   * @param prompt what is continued
   * @param policies who is masked; a policy that follows another stands anywhere beside it
   * @param stop when a row has said enough; forced rows say all they are to say
   */
  public record Asked(
      TwoPass protocol, Prompt prompt, List<MaskingPolicy> policies, StopRule stop) {
    public Asked {
      policies = List.copyOf(policies);
      for (MaskingPolicy policy : policies) {
        if (policy.leader().isPresent() && !policies.contains(policy.leader().get())) {
          throw Section.MASKING.wrong(
              String.format(
                  "%s masks as many heads as %s, which is not run beside it; run both, or take"
                      + " another count",
                  policy.name(), policy.leader().get().name()));
        }
      }
    }

    /** Rows that go on to their end. */
    public Asked(TwoPass protocol, Prompt prompt, List<MaskingPolicy> policies) {
      this(protocol, prompt, policies, StopRule.NEVER);
    }

    private Conditions conditions(LanguageModel model) {
      return protocol.new Conditions(model, this);
    }
  }

  /**
   * Answers several prompts together, all of their policies in step.
   *
   * @param listener is told of every step
   * @return of each what its policies came to, in their order
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public static List<List<Masked>> together(
      LanguageModel model, List<Asked> asked, Consumer<Generation> listener) {
    if (asked.isEmpty()) {
      return List.of();
    }
    List<Conditions> conditions = asked.stream().map(a -> a.conditions(model)).toList();
    List<Continuation> rows =
        conditions.stream().flatMap(c -> c.rows.stream()).map(Row::continuation).toList();
    try (Generation generation = Generation.of(model, rows)) {
      listener.accept(generation);
      while (generation.going()) {
        generation.advance();
        listener.accept(generation);
      }
      Iterator<Generation.Row> answers = generation.rows().iterator();
      return conditions.stream().map(c -> c.masked(generation, answers)).toList();
    }
  }

  /**
   * An answer with masked heads.
   *
   * @param trace its option {@code masked} has the heads, too
   * @param heads those that were masked, [steps]
   * @param asked how many were to be masked, [steps]
   */
  public record Masked(Trace trace, List<HeadSet> heads, List<Integer> asked) {
    public Masked {
      heads = List.copyOf(heads);
      asked = List.copyOf(asked);
    }

    /** The mean number of masked heads a step; 0 without a step. */
    public double meanHeads() {
      return heads.stream().mapToInt(HeadSet::size).average().orElse(0);
    }
  }

  /** The policies of a prompt as rows, those that others follow before these. */
  private final class Conditions {
    private final LanguageModel model;
    private final Asked asked;
    private final List<Row> rows;

    Conditions(LanguageModel model, Asked asked) {
      this.model = model;
      this.asked = asked;
      this.rows =
          asked.policies().stream()
              .sorted(Comparator.comparing(p -> p.leader().isPresent()))
              .map(p -> new Row(this, p))
              .toList();
    }

    Row rowOf(MaskingPolicy policy) {
      return rows.stream().filter(r -> r.policy.equals(policy)).findFirst().orElseThrow();
    }

    /** What its rows, which come next, came to, in the order in which policies were asked for. */
    List<Masked> masked(Generation generation, Iterator<Generation.Row> answers) {
      Map<Row, Masked> all = new HashMap<>();
      for (Row row : rows) {
        Trace trace =
            generation.trace(answers.next(), new Options(TwoPass.this, row.policy, row.masked));
        all.put(row, new Masked(trace, row.masked, row.asked));
      }
      return asked.policies().stream().map(p -> all.get(rowOf(p))).toList();
    }
  }

  /** A policy as a row. */
  private final class Row implements Steering {
    private final Conditions beside;
    private final MaskingPolicy policy;
    private final Optional<Stopping> stopping;
    private final List<HeadSet> masked = new ArrayList<>();
    private final List<Integer> asked = new ArrayList<>();

    Row(Conditions beside, MaskingPolicy policy) {
      this.beside = beside;
      this.policy = policy;
      StopRule stop = beside.asked.stop();
      this.stopping =
          stop == StopRule.NEVER || forced.length > 0
              ? Optional.empty()
              : Optional.of(Stopping.of(beside.model, stop));
    }

    Continuation continuation() {
      return Continuation.of(beside.asked.prompt(), this, capture);
    }

    @Override
    public HeadMask mask(Generation.Row row) {
      MaskingPolicy.At at =
          new MaskingPolicy.At(
              row.step(),
              policy.needsCleanPass() ? dynamic(row) : List.of(),
              policy.leader().map(leader -> maskOf(leader, row.step())).orElse(HeadSet.empty()),
              beside.model.config().layers(),
              beside.model.config().heads());
      HeadSet heads = policy.heads(at);
      masked.add(heads);
      asked.add(policy.asked(at));
      return treatment.withHeads(heads);
    }

    private List<HeadId> dynamic(Generation.Row row) {
      Step seen = row.seen().orElseThrow();
      return score.rankedDynamicHeads(
          row.prompt(),
          reading == Reading.OWN_TOKEN ? seen : seen.saying(forced[row.step()]),
          beside.model.config().heads());
    }

    /** What a policy masked at a step; after its end, at that step modulo its length. */
    private HeadSet maskOf(MaskingPolicy leader, int step) {
      List<HeadSet> steps = beside.rowOf(leader).masked;
      return steps.get(step % steps.size());
    }

    @Override
    public OptionalInt forced(Generation.Row row) {
      return row.step() < forced.length ? OptionalInt.of(forced[row.step()]) : OptionalInt.empty();
    }

    @Override
    public boolean looksFirst(Generation.Row row) {
      return allLook || policy.needsCleanPass();
    }

    @Override
    public boolean stops(Generation.Row row) {
      return row.step() == forced.length || stopping.map(s -> s.after(row)).orElse(false);
    }

    @Override
    public boolean ignoresEndTokens() {
      return forced.length > 0;
    }

    @Override
    public int maxNewTokens() {
      return maxNewTokens;
    }
  }

  /**
   * What a trace records of its run.
   *
   * @param protocol how it was run
   * @param policy which heads were to be masked
   * @param masked those that were, [steps]
   */
  private record Options(TwoPass protocol, MaskingPolicy policy, List<HeadSet> masked)
      implements RunOptions {
    @Override
    public Map<String, Object> recorded() {
      boolean isForced = protocol.forced.length > 0;
      Map<String, Object> options = new LinkedHashMap<>();
      options.put("protocol", "two-pass");
      options.put("policy", policy.name());
      options.put("score", protocol.score.name());
      options.put("threshold", protocol.score.threshold());
      options.put("maskMode", protocol.treatment.mode().name().toLowerCase(Locale.ROOT));
      options.put("maxNewTokens", (long) protocol.maxNewTokens);
      options.put("forced", isForced);
      if (protocol.reading == Reading.FORCED_TOKEN) {
        options.put("reading", "forced token");
      }
      options.put("ignoreEndTokens", isForced);
      options.put("masked", masked.stream().map(HeadSet::toString).toList());
      return options;
    }
  }

  @Override
  public String toString() {
    return "TwoPass["
        + score.name()
        + ", masks "
        + treatment.mode().name().toLowerCase(Locale.ROOT)
        + ", at most "
        + maxNewTokens
        + " tokens"
        + (forced.length == 0 ? "]" : ", " + forced.length + " forced]");
  }
}
