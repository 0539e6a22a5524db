package headscope.template;

import java.util.Map;

/** The one kind of value that a template can change. */
final class Namespace {
  final Map<Object, Object> attributes;

  Namespace(Map<Object, Object> attributes) {
    this.attributes = attributes;
  }
}
