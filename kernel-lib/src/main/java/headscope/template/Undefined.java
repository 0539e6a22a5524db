package headscope.template;

/** The value of a name or an item that does not exist; the message is what its use would say. */
record Undefined(String message) {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  /** Of an attribute that exists in Python but is barred by the sandbox. */
  static Undefined barred(Object owner, String attribute) {
    return new Undefined(
        "access to attribute '%s' of '%s' object is unsafe."
            .formatted(attribute, Values.typeName(owner)));
  }

  static Undefined attribute(Object owner, String attribute) {
    return new Undefined("'%s' has no attribute '%s'".formatted(describe(owner), attribute));
  }

  static Undefined element(Object owner, Object key) {
    String which = key instanceof Number ? " has no element " + key : " has no such element";
    return new Undefined(describe(owner) + which);
  }

  private static String describe(Object owner) {
    return owner == null ? "None" : Values.typeName(owner) + " object";
  }

  Failure failure() {
    return new Failure(TemplateException.Kind.UNDEFINED, message);
  }
}
