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
import headscope.score.Score;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

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
 * @param score what makes a head retrieve
 * @param treatment what masking does to a head, whatever its heads are: zero, uniform or mean
 * @param capture what is recorded of every pass
 * @param maxNewTokens the most tokens that are generated
 * @param forced tokens, [steps], that are taken whatever the model prefers, and after which it
 *     ends; none: the model's own
 */
public record TwoPass(
    Score score, HeadMask treatment, Capture capture, int maxNewTokens, int[] forced) {

  public TwoPass {
    if (!capture.attention()) {
      throw Section.MASKING.wrong(
          "the clean pass must see the heads: use Capture.heads(), not Capture.tokens()");
    }
    if (maxNewTokens < 1) {
      throw Section.MASKING.wrong("at least 1 token is generated, got " + maxNewTokens);
    }
    forced = forced.clone();
  }

  /** Zeroed heads, at most 100 tokens, the standard windows. */
  public static TwoPass of(Score score) {
    return new TwoPass(
        score, HeadMask.none(), Capture.heads(), GenerateOptions.MAX_NEW_TOKENS, new int[0]);
  }

  /** With another treatment of masked heads, such as {@code HeadMask.uniform(HeadSet.empty())}. */
  public TwoPass withTreatment(HeadMask mask) {
    return new TwoPass(score, mask, capture, maxNewTokens, forced);
  }

  public TwoPass withCapture(Capture other) {
    return new TwoPass(score, treatment, other, maxNewTokens, forced);
  }

  public TwoPass withMaxNewTokens(int tokens) {
    return new TwoPass(score, treatment, capture, tokens, forced);
  }

  /** Makes the model say these tokens: their log-probabilities tell how far it is from them. */
  public TwoPass withForced(int... tokens) {
    return new TwoPass(score, treatment, capture, Math.max(1, tokens.length), tokens);
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
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public List<Trace> run(LanguageModel model, Prompt prompt, List<MaskingPolicy> policies) {
    return masked(model, prompt, policies).stream().map(Masked::trace).toList();
  }

  /**
   * Answers a prompt under several policies, as {@link #run(LanguageModel, Prompt, List)} does, and
   * keeps which heads each masked.
   *
   * @return one for each policy, in order
   */
  public List<Masked> masked(LanguageModel model, Prompt prompt, List<MaskingPolicy> policies) {
    Conditions conditions = new Conditions(model, policies);
    Continuation row = Continuation.of(prompt, conditions, capture);
    try (Generation generation = Generation.of(model, Collections.nCopies(policies.size(), row))) {
      while (generation.going()) {
        generation.advance();
      }
      return generation.rows().stream()
          .map(r -> new Masked(generation.trace(r, conditions.options(r)), conditions.masked(r)))
          .toList();
    }
  }

  /**
   * An answer with masked heads.
   *
   * @param trace its option {@code masked} has the heads, too
   * @param heads those that were masked, [steps]
   */
  public record Masked(Trace trace, List<HeadSet> heads) {
    public Masked {
      heads = List.copyOf(heads);
    }

    /** The mean number of masked heads a step; 0 without a step. */
    public double meanHeads() {
      return heads.stream().mapToInt(HeadSet::size).average().orElse(0);
    }
  }

  /** The policies as the rows of a batch. */
  private final class Conditions implements Steering {
    private final LanguageModel model;
    private final List<MaskingPolicy> policies;
    private final List<List<HeadSet>> masked = new ArrayList<>();

    Conditions(LanguageModel model, List<MaskingPolicy> policies) {
      this.model = model;
      this.policies = List.copyOf(policies);
      policies.forEach(p -> masked.add(new ArrayList<>()));
    }

    @Override
    public HeadMask mask(Generation.Row row) {
      int layers = model.config().layers();
      int headsPerLayer = model.config().heads();
      MaskingPolicy policy = policies.get(row.index());
      List<HeadId> dynamic =
          policy.needsCleanPass()
              ? score.rankedDynamicHeads(row.prompt(), row.seen().orElseThrow(), headsPerLayer)
              : List.of();
      HeadSet heads =
          policy.heads(new MaskingPolicy.At(row.step(), dynamic, layers, headsPerLayer));
      masked.get(row.index()).add(heads);
      return treatment.withHeads(heads);
    }

    @Override
    public OptionalInt forced(Generation.Row row) {
      return row.step() < forced.length ? OptionalInt.of(forced[row.step()]) : OptionalInt.empty();
    }

    @Override
    public boolean looksFirst(Generation.Row row) {
      return policies.stream().anyMatch(MaskingPolicy::needsCleanPass);
    }

    @Override
    public boolean stops(Generation.Row row) {
      return row.step() == forced.length;
    }

    @Override
    public boolean ignoresEndTokens() {
      return forced.length > 0;
    }

    @Override
    public int maxNewTokens() {
      return maxNewTokens;
    }

    RunOptions options(Generation.Row row) {
      return new Options(TwoPass.this, policies.get(row.index()), masked(row));
    }

    List<HeadSet> masked(Generation.Row row) {
      return List.copyOf(masked.get(row.index()));
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
      options.put("ignoreEndTokens", isForced);
      options.put("masked", masked.stream().map(HeadSet::toString).toList());
      return options;
    }
  }
}
