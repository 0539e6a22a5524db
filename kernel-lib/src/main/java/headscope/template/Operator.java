package headscope.template;

/** An operator of arithmetic. */
enum Operator {
  ADD("+"),
  SUBTRACT("-"),
  MULTIPLY("*"),
  DIVIDE("/"),
  FLOOR_DIVIDE("//"),
  MODULO("%");

  final String symbol;

  Operator(String symbol) {
    this.symbol = symbol;
  }
}
