package headscope.template;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** The tests ({@code value is name}), by name. */
final class Tests {
  private interface Check {
    boolean holds(Run run, Object value, Object argument);
  }

  /** A test and whether it takes an argument. */
  private record Test(boolean takesArgument, Check check) {}

  private static final Map<String, Test> TESTS = new HashMap<>();

  static {
    plain("boolean", (run, x, a) -> x instanceof Boolean);
    plain("defined", (run, x, a) -> !(x instanceof Undefined));
    plain("even", (run, x, a) -> remainder(run, x) == 0);
    plain("false", (run, x, a) -> Boolean.FALSE.equals(x));
    plain("float", (run, x, a) -> x instanceof Double);
    plain("integer", (run, x, a) -> PythonNumbers.isInt(x) && !(x instanceof Boolean));
    plain("iterable", (run, x, a) -> Values.isIterable(x));
    plain("mapping", (run, x, a) -> x instanceof Map);
    plain("none", (run, x, a) -> x == null);
    plain("number", (run, x, a) -> PythonNumbers.isNumber(x));
    plain("odd", (run, x, a) -> remainder(run, x) == 1);
    plain("sequence", (run, x, a) -> isSequence(x));
    plain("string", (run, x, a) -> Values.isText(x));
    plain("true", (run, x, a) -> Boolean.TRUE.equals(x));
    plain("undefined", (run, x, a) -> x instanceof Undefined);
    comparison("in", "in");
    comparison("==", "==", "eq", "equalto");
    comparison("!=", "!=", "ne");
    comparison("<", "<", "lt", "lessthan");
    comparison("<=", "<=", "le");
    comparison(">", ">", "gt", "greaterthan");
    comparison(">=", ">=", "ge");
  }

  private Tests() {}

  private static void plain(String name, Check check) {
    TESTS.put(name, new Test(false, check));
  }

  private static void comparison(String operator, String... names) {
    for (String name : names) {
      TESTS.put(name, new Test(true, (run, x, a) -> Comparison.holds(run, operator, x, a)));
    }
  }

  static void require(String name) {
    if (!TESTS.containsKey(name)) {
      throw Failure.unsupported(
          "the test '%s' is not supported; supported are %s"
              .formatted(name, String.join(", ", new TreeSet<>(TESTS.keySet()))));
    }
  }

  static boolean apply(Run run, String name, Object value, Arguments arguments) {
    require(name);
    Test test = TESTS.get(name);
    int count = test.takesArgument() ? 1 : 0;
    Object[] given = arguments.bindUnnamed("the test '" + name + "'", count, count);
    return test.check().holds(run, value, count == 1 ? given[0] : null);
  }

  private static boolean isSequence(Object value) {
    return Values.isText(value)
        || value instanceof Map
        || Values.items(value) != null && !(value instanceof View);
  }

  private static long remainder(Run run, Object value) {
    return PythonNumbers.integer(Arithmetic.apply(run, Operator.MODULO, value, 2L), "a remainder");
  }
}
