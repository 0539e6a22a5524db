package headscope.rag;

import headscope.task.SentenceEnd;
import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.ArrayList;
import java.util.List;

/** The sentences of a context as tokens; DEFINITIONS.md, 26. */
final class Sentences {
  private Sentences() {}

  /**
   * The sentences in their order; what stands behind the last end is one, too.
   *
   * @param texts what each position shows, {@link headscope.trace.Prompt#texts}
   */
  static List<Span> of(List<String> texts, Spans context) {
    List<Span> sentences = new ArrayList<>();
    for (Span stretch : context.list()) {
      int from = stretch.from();
      for (int i = stretch.from(); i < stretch.to(); i++) {
        if (SentenceEnd.isAt(texts.get(i)) || i == stretch.to() - 1) {
          sentences.add(new Span(from, i + 1));
          from = i + 1;
        }
      }
    }
    return sentences;
  }
}
