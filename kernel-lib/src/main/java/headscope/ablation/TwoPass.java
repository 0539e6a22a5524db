package headscope.ablation;

import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.Session;
import headscope.score.Score;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

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
      throw new IllegalArgumentException(
          "the clean pass must see the heads: use Capture.heads(), not Capture.tokens()");
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("at least 1 token is generated, got " + maxNewTokens);
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
   * @return a trace a policy, in order; its option {@code masked} has the masked heads of each step
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public List<Trace> run(LanguageModel model, Prompt prompt, List<MaskingPolicy> policies) {
    List<Row> rows = policies.stream().map(Row::new).toList();
    List<HeadMask> unmasked = Collections.nCopies(rows.size(), HeadMask.none());
    boolean clean = policies.stream().anyMatch(MaskingPolicy::needsCleanPass);
    try (Session base = model.session(prompt, capture);
        // a single policy needs no batch, and so equals a plain run to the last bit
        Session session = policies.size() == 1 ? base : base.fork(policies.size())) {
      int[] tokens = new int[rows.size()];
      Arrays.fill(tokens, prompt.ids()[prompt.length() - 1]);
      for (int s = 0; s < maxNewTokens && session.hasRoom(); s++) {
        int step = s;
        List<Step> first = clean ? session.step(tokens, unmasked) : List.of();
        List<HeadSet> masked =
            IntStream.range(0, rows.size())
                .mapToObj(b -> rows.get(b).heads(model, prompt, step, first, b))
                .toList();
        List<Step> kept = first;
        if (!clean || masked.stream().anyMatch(h -> !h.isEmpty()) || forced.length > 0) {
          session.rollBack(clean ? 1 : 0);
          kept =
              session.step(
                  tokens,
                  masked.stream().map(treatment::withHeads).toList(),
                  wanted(s, rows.size()));
        }
        boolean going = false;
        for (int b = 0; b < rows.size(); b++) {
          tokens[b] = kept.get(b).token();
          rows.get(b).add(kept.get(b), first.isEmpty() ? null : first.get(b), masked.get(b));
          rows.get(b).ended |= forced.length == 0 && model.config().endTokens().contains(tokens[b]);
          going |= !rows.get(b).ended;
        }
        if (!going || forced.length > 0 && s + 1 == forced.length) {
          break;
        }
      }
    }
    return rows.stream().map(row -> row.trace(model, prompt)).toList();
  }

  /** The forced token of a step for every sequence; none where it is the model's own. */
  private int[] wanted(int step, int batch) {
    int[] tokens = new int[step < forced.length ? batch : 0];
    if (tokens.length > 0) {
      Arrays.fill(tokens, forced[step]);
    }
    return tokens;
  }

  /** One policy's sequence of the batch. */
  private final class Row {
    private final MaskingPolicy policy;
    private final List<Step> kept = new ArrayList<>();
    private final List<Step> clean = new ArrayList<>();
    private final List<HeadSet> masked = new ArrayList<>();
    private boolean ended;

    Row(MaskingPolicy policy) {
      this.policy = policy;
    }

    HeadSet heads(LanguageModel model, Prompt prompt, int step, List<Step> first, int b) {
      int headsPerLayer = model.config().heads();
      List<HeadId> dynamic =
          policy.needsCleanPass()
              ? score.rankedDynamicHeads(prompt, first.get(b), headsPerLayer)
              : List.of();
      return policy.heads(
          new MaskingPolicy.At(step, dynamic, model.config().layers(), headsPerLayer));
    }

    void add(Step second, Step first, HeadSet heads) {
      if (!ended) {
        kept.add(second);
        masked.add(heads);
        if (first != null) {
          clean.add(first);
        }
      }
    }

    Trace trace(LanguageModel model, Prompt prompt) {
      Map<String, Object> options = new LinkedHashMap<>();
      options.put("protocol", "two-pass");
      options.put("policy", policy.name());
      options.put("score", score.name());
      options.put("threshold", score.threshold());
      options.put("maskMode", treatment.mode().name().toLowerCase(Locale.ROOT));
      options.put("maxNewTokens", (long) maxNewTokens);
      options.put("forced", forced.length > 0);
      options.put("ignoreEndTokens", forced.length > 0);
      options.put("masked", masked.stream().map(HeadSet::toString).toList());
      return model.trace(prompt, kept, clean, capture, options);
    }
  }
}
