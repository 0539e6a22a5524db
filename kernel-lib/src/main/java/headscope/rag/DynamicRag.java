package headscope.rag;

import headscope.failure.Section;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.trace.Prompt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

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
 * @param selector who finds the windows: which heads are asked
 * @param rind when they are asked
 * @param retriever what is made of their answer
 * @param closing how long the windows of a retrieval stay open
 * @param rechecks how often a rewritten sentence is checked again and, if it triggers, written once
 *     more: 0, 1 or 2
 * @param maxTokens the most tokens that are kept, the end token included
 * @param tokensOf the name of a selector: at its r-th retrieval this way shows as many tokens of
 *     the context as that one did at its own on the same prompt (after its last one, as at r mod
 *     their number); empty: as many as the retriever finds
 */
public record DynamicRag(
    Finder selector,
    Rind rind,
    InContextRetriever retriever,
    Closing closing,
    int rechecks,
    int maxTokens,
    Optional<String> tokensOf) {

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
    if (tokensOf.isEmpty() && selector instanceof PassageFinder finder && finder.needsTokens()) {
      throw Section.RAG.wrong(
          finder.name()
              + " shows as many tokens as it is told: say whose, such as withTokensOf(\"dynamic\")");
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
        GenerateOptions.MAX_NEW_TOKENS,
        Optional.empty());
  }

  public DynamicRag withSelector(Finder other) {
    return new DynamicRag(other, rind, retriever, closing, rechecks, maxTokens, tokensOf);
  }

  /** With another selector, which shows as many tokens as one of another name. */
  public DynamicRag withSelector(Finder other, String tokensOfName) {
    return new DynamicRag(
        other, rind, retriever, closing, rechecks, maxTokens, Optional.of(tokensOfName));
  }

  public DynamicRag withRind(Rind other) {
    return new DynamicRag(selector, other, retriever, closing, rechecks, maxTokens, tokensOf);
  }

  public DynamicRag withRetriever(InContextRetriever other) {
    return new DynamicRag(selector, rind, other, closing, rechecks, maxTokens, tokensOf);
  }

  public DynamicRag withClosing(Closing other) {
    return new DynamicRag(selector, rind, retriever, other, rechecks, maxTokens, tokensOf);
  }

  public DynamicRag withRechecks(int times) {
    return new DynamicRag(selector, rind, retriever, closing, times, maxTokens, tokensOf);
  }

  public DynamicRag withMaxTokens(int tokens) {
    return new DynamicRag(selector, rind, retriever, closing, rechecks, tokens, tokensOf);
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
    tokensOf.ifPresent(name -> map.put("tokensOf", name));
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
   * Answers a prompt in several ways, such as the rows of Table 4, which share the computed prompt
   * and advance together.
   *
   * @return a run each, in order
   * @see #run(LanguageModel, Prompt)
   */
  public static List<RagRun> run(LanguageModel model, Prompt prompt, List<DynamicRag> ways) {
    return run(model, List.of(new Asked(prompt, ways)), generation -> {}).get(0);
  }

  /**
   * A prompt and the ways in which it is answered.
   *
   * @param prompt with the span {@code context}
   * @param ways one run each
   */
  public record Asked(Prompt prompt, List<DynamicRag> ways) {
    public Asked {
      ways = List.copyOf(ways);
      for (DynamicRag way : ways) {
        Optional<String> leader = way.tokensOf();
        if (leader.isPresent()
            && ways.stream()
                .noneMatch(
                    w -> w.tokensOf().isEmpty() && w.selector().name().equals(leader.get()))) {
          throw Section.RAG.wrong(
              String.format(
                  "%s shows as many tokens as \"%s\", which is not among the ways of this prompt: %s",
                  way.selector().name(),
                  leader.get(),
                  ways.stream().map(w -> w.selector().name()).toList()));
        }
      }
    }
  }

  /**
   * Answers several prompts in several ways each, all of which advance together.
   *
   * @param watch is shown the rows behind every step
   * @return for each prompt a run each way, in order
   * @see #run(LanguageModel, Prompt)
   */
  public static List<List<RagRun>> run(
      LanguageModel model, List<Asked> asked, Consumer<Generation> watch) {
    try (Writers writers = new Writers(model, asked)) {
      return writers.run(watch);
    }
  }
}
