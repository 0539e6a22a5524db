package headscope.rag;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.probe.HeadPredictor;
import java.util.List;

/**
 * Which heads are asked where the context holds what is missing: the rows of Table 4.
 *
 * <pre>
 *   HeadSelector.probe(probe, 5);                          // Dynamic
 *   HeadSelector.fixed("static", ranking.top(5));          // Static
 *   HeadSelector.randomPerRetrieval(5, seed);              // Dynamic Random
 *   HeadSelector.randomPerRun(5, seed);                    // Fixed Random
 *   HeadSelector.none();                                   // w/o RAG
 *   HeadSelector.wholeContext();                           // the upper bound: nothing is hidden
 *   HeadSelector.watched();                                // the same, with RIND of its sentences
 * </pre>
 */
public sealed interface HeadSelector extends Finder {
  /** How many heads are asked in the paper. */
  int HEADS = 5;

  /**
   * The heads that are asked.
   *
   * @param at what is known at the query
   * @return at least one head of the model
   */
  HeadSet heads(At at);

  /**
   * What is known at the query of a retrieval.
   *
   * @param retrieval how many retrievals came before it in this generation
   * @param hidden the hidden state after the final norm at the query, the whole context visible:
   *     [hidden size]
   * @param layers the model's layers
   * @param headsPerLayer its query heads a layer
   */
  record At(int retrieval, float[] hidden, int layers, int headsPerLayer) {}

  /** The n heads of which the probe of Table 3 expects most; ties lower layer, then lower head. */
  static HeadSelector probe(HeadPredictor predictor, int n) {
    return new Probe("dynamic", predictor, n);
  }

  /** The same heads always, such as the first five of a static ranking. */
  static HeadSelector fixed(String name, HeadSet heads) {
    return new Fixed(name, heads);
  }

  /** n random heads, others at every retrieval; the seed is of one generation. */
  static HeadSelector randomPerRetrieval(int n, long seed) {
    return randomPerRetrieval("dynamic random", n, seed);
  }

  /** The same under another name, for several draws. */
  static HeadSelector randomPerRetrieval(String name, int n, long seed) {
    return new RandomHeads(name, n, false, seed);
  }

  /** n random heads, the same at every retrieval; the seed is of all generations of a run. */
  static HeadSelector randomPerRun(int n, long seed) {
    return new RandomHeads("fixed random", n, true, seed);
  }

  /**
   * The heads that another run asked, retrieval by retrieval, whoever chose them there; behind the
   * last of them the same again.
   *
   * @param asked [retrievals], at least one
   */
  static HeadSelector replayed(String name, List<HeadSet> asked) {
    return new Replayed(name, asked);
  }

  /** No retrieval, the context stays hidden. */
  static HeadSelector none() {
    return new None("w/o RAG", false, false);
  }

  /** No retrieval, the whole context is visible: plain generation. */
  static HeadSelector wholeContext() {
    return new None("whole context", true, false);
  }

  /** Plain generation of which RIND is computed: what its threshold is chosen by. */
  static HeadSelector watched() {
    return new None("whole context", true, true);
  }

  private static void checkCount(int n) {
    if (n < 1) {
      throw Section.RAG.wrong("at least 1 head is asked, got " + n);
    }
  }

  /**
   * The heads of which a probe expects most.
   *
   * @param name what results call it
   * @param predictor tells from the hidden state what each head's score will be
   * @param n how many heads
   */
  record Probe(String name, HeadPredictor predictor, int n) implements HeadSelector {
    public Probe {
      checkCount(n);
    }

    @Override
    public boolean retrieves() {
      return true;
    }

    @Override
    public HeadSet heads(At at) {
      if (predictor.layers() != at.layers() || predictor.headsPerLayer() != at.headsPerLayer()) {
        throw Section.RAG.wrong(
            String.format(
                "the probe knows a model of %d x %d heads, this one has %d x %d: train one for it",
                predictor.layers(), predictor.headsPerLayer(), at.layers(), at.headsPerLayer()));
      }
      HeadSet heads = HeadSet.top(predictor.predict(at.hidden()), at.headsPerLayer(), n);
      if (heads.isEmpty()) {
        throw Section.RAG.failed("the probe gave no number for any head; train it again");
      }
      return heads;
    }
  }

  /**
   * The same heads always.
   *
   * @param name what results call it
   * @param asked the heads
   */
  record Fixed(String name, HeadSet asked) implements HeadSelector {
    public Fixed {
      checkCount(asked.size());
    }

    @Override
    public boolean retrieves() {
      return true;
    }

    @Override
    public HeadSet heads(At at) {
      return asked.checkWithin(at.layers(), at.headsPerLayer());
    }
  }

  /**
   * Random heads, drawn among all of the model.
   *
   * @param name what results call it
   * @param n how many; all where there are fewer
   * @param once whether one draw serves all retrievals
   * @param seed the same seed gives the same heads
   */
  record RandomHeads(String name, int n, boolean once, long seed) implements HeadSelector {
    public RandomHeads {
      checkCount(n);
    }

    @Override
    public boolean retrieves() {
      return true;
    }

    @Override
    public HeadSet heads(At at) {
      Draws draws = new Draws(seed);
      for (int r = 0; !once && r < at.retrieval(); r++) {
        draws = new Draws(draws.next()); // a stream of its own for each
      }
      return HeadSet.all(at.layers(), at.headsPerLayer()).drawn(n, draws);
    }
  }

  /**
   * The heads that another run asked.
   *
   * @param name what results call it
   * @param asked [retrievals]
   */
  record Replayed(String name, List<HeadSet> asked) implements HeadSelector {
    public Replayed {
      asked = List.copyOf(asked);
      checkCount(asked.size());
    }

    @Override
    public boolean retrieves() {
      return true;
    }

    @Override
    public HeadSet heads(At at) {
      return asked.get(at.retrieval() % asked.size());
    }
  }

  /**
   * No retrieval.
   *
   * @param name what results call it
   * @param contextVisible whether the whole context is visible throughout, or hidden throughout
   * @param watched whether RIND is computed all the same
   */
  record None(String name, boolean contextVisible, boolean watched) implements HeadSelector {
    @Override
    public boolean retrieves() {
      return false;
    }

    @Override
    public HeadSet heads(At at) {
      return HeadSet.empty();
    }
  }
}
