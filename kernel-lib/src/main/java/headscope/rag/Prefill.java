package headscope.rag;

import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.LanguageModel;
import headscope.model.Session;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rows of a prompt, computed once with its context hidden and once with it visible. */
final class Prefill implements AutoCloseable {
  private final LanguageModel model;
  private final Prompt prompt;
  private final HeadSet lastLayer;

  /** What rows saw that were asked before: ways that have written the same ask for the same. */
  private final Map<List<Integer>, Step> asked = new HashMap<>();

  private Session hidden;
  private Session visible;

  Prefill(LanguageModel model, Prompt prompt) {
    this.model = model;
    this.prompt = prompt;
    model.tokenizer(); // fails early where there is none
    int layers = model.config().layers();
    lastLayer = HeadSet.all(layers, model.config().heads()).where(h -> h.layer() == layers - 1);
  }

  LanguageModel model() {
    return model;
  }

  Prompt prompt() {
    return prompt;
  }

  /** The heads whose attention RIND is made of. */
  HeadSet lastLayer() {
    return lastLayer;
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

  /** A session of one's own that saw all of it; its steps keep the last layer, where asked. */
  Session whole(boolean watched) {
    Capture capture = Capture.tokens();
    return model.session(prompt, watched ? capture.withRows(lastLayer) : capture);
  }

  /** What a row saw that was given more tokens behind the prompt's, the context visible. */
  Step seenFrom(List<Integer> tokens) {
    return asked.computeIfAbsent(List.copyOf(tokens), this::see);
  }

  private Step see(List<Integer> tokens) {
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

  static int[] array(List<Integer> list) {
    return list.stream().mapToInt(i -> i).toArray();
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
