package headscope.template;

/** A word of the language; {@code value} is that of a number or a text. */
record Token(Type type, String text, Object value, Position at) {

  enum Type {
    DATA("text"),
    VARIABLE_BEGIN("'{{'"),
    VARIABLE_END("'}}'"),
    BLOCK_BEGIN("'{%'"),
    BLOCK_END("'%}'"),
    NAME("a name"),
    STRING("a string"),
    INTEGER("an integer"),
    FLOAT("a float"),
    OPERATOR("an operator"),
    END("the end of the template");

    final String words;

    Type(String words) {
      this.words = words;
    }
  }

  boolean isName(String name) {
    return type == Type.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return type == Type.OPERATOR && text.equals(operator);
  }

  /** What an error says was found. */
  String words() {
    return type == Type.NAME || type == Type.OPERATOR ? "'" + text + "'" : type.words;
  }
}
