package headscope.template;

import java.util.Set;

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

  /** The value of a word that is a literal, or {@link Missing}. */
  Object literal() {
    switch (text) {
      case "true":
      case "True":
        return true;
      case "false":
      case "False":
        return false;
      case "none":
      case "None":
        return null;
      default:
        return Missing.MISSING;
    }
  }

  /** Whether the argument of a test follows without brackets. */
  boolean beginsArgument() {
    switch (type) {
      case NAME:
        return !Set.of("else", "or", "and").contains(text);
      case STRING:
      case INTEGER:
      case FLOAT:
        return true;
      default:
        return isOperator("[") || isOperator("{");
    }
  }
}
