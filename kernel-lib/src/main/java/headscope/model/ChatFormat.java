package headscope.model;

import java.util.List;
import java.util.Map;

/** The chat template of a checkpoint and the special tokens it may name. */
record ChatFormat(String template, String beginToken) {
  static ChatFormat load(CheckpointFiles files) {
    return new ChatFormat("", "");
  }

  boolean hasTemplate() {
    return !template.isEmpty();
  }

  String render(List<Map<String, Object>> messages) {
    throw new UnsupportedOperationException();
  }
}
