package headscope.rag;

import headscope.draw.Draws;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What windows of heads are compared with: the right sentences, places at random, and BM25 over
 * sentences, which is what somebody would take who knows nothing of heads.
 *
 * <pre>
 *   DynamicRag.of(PassageFinder.bm25()).withTokensOf("dynamic");
 * </pre>
 */
public sealed interface PassageFinder extends Finder {
  @Override
  default boolean retrieves() {
    return true;
  }

  /** Whether it has to be told how many tokens it may show. */
  boolean needsTokens();

  /**
   * The windows of a retrieval.
   *
   * @param asked what is known at the query
   */
  Passages passages(Asked asked);

  /**
   * What is known at the query of a retrieval.
   *
   * @param prompt with its context, and the needle where it has one
   * @param words the question, what is kept of the answer, and the sentence that was dropped
   * @param retrieval how many retrievals came before it in this generation
   * @param retriever the sizes of windows
   * @param tokens how many tokens of the context are to be shown; empty: as many as it likes
   */
  record Asked(
      Prompt prompt,
      String words,
      int retrieval,
      InContextRetriever retriever,
      OptionalInt tokens) {
    /** The positions that may be shown. */
    Spans context() {
      return prompt.span(Prompt.CONTEXT);
    }
  }

  /** The supporting sentences, whatever was asked: what no finder can know. */
  static PassageFinder oracle() {
    return new Oracle();
  }

  /** Windows round places drawn at random, others at every retrieval. */
  static PassageFinder randomPlaces(long seed) {
    return new RandomPlaces(seed);
  }

  /** The sentences that {@linkplain Bm25 BM25} ranks highest, up to the number of tokens. */
  static PassageFinder bm25() {
    return new BySentence();
  }

  /** The supporting sentences. */
  record Oracle() implements PassageFinder {
    @Override
    public String name() {
      return "oracle windows";
    }

    @Override
    public boolean needsTokens() {
      return false;
    }

    @Override
    public Passages passages(Asked asked) {
      List<Integer> first = asked.prompt().needle().list().stream().map(Span::from).toList();
      return new Passages(first, first, asked.prompt().needle());
    }
  }

  /**
   * Windows round places drawn at random.
   *
   * @param seed the same seed gives the same places
   */
  record RandomPlaces(long seed) implements PassageFinder {
    @Override
    public String name() {
      return "random places";
    }

    @Override
    public boolean needsTokens() {
      return true;
    }

    @Override
    public Passages passages(Asked asked) {
      Draws draws = new Draws(Draws.at(seed, asked.retrieval()));
      double[] weights = new double[asked.context().end()];
      for (Span span : asked.context().list()) {
        for (int i = span.from(); i < span.to(); i++) {
          weights[i] = draws.share();
        }
      }
      return asked.retriever().passages(weights, asked.context(), asked.tokens().orElseThrow());
    }
  }

  /** Whole sentences in the order of BM25; of the last one the tokens at its start. */
  record BySentence() implements PassageFinder {
    @Override
    public String name() {
      return "BM25";
    }

    @Override
    public boolean needsTokens() {
      return true;
    }

    @Override
    public Passages passages(Asked asked) {
      List<String> tokens = asked.prompt().texts();
      List<Span> sentences = Sentences.of(tokens, asked.context());
      List<String> texts =
          sentences.stream().map(s -> String.join("", tokens.subList(s.from(), s.to()))).toList();
      List<Integer> first = new ArrayList<>();
      List<Span> shown = new ArrayList<>();
      int left = asked.tokens().orElseThrow();
      for (int i : new Bm25(texts).ranked(asked.words())) {
        Span sentence = sentences.get(i);
        int to = Math.min(sentence.to(), sentence.from() + left);
        if (to > sentence.from()) {
          first.add(sentence.from());
          shown.add(new Span(sentence.from(), to));
          left -= to - sentence.from();
        }
      }
      return new Passages(first, first, Spans.of(shown));
    }
  }
}
