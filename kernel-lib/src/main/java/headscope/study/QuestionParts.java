package headscope.study;

import java.util.List;

/** The parts of the study that ask questions over several paragraphs. */
final class QuestionParts {
  private QuestionParts() {}

  static List<Part<?, ?>> of(String subject, Sizes sizes, int positions) {
    return List.of();
  }
}
