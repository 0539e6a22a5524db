package headscope.template;

import java.util.HashMap;
import java.util.List;
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
    plain("callable", (run, x, a) -> isCallable(x));
    plain("defined", (run, x, a) -> !(x instanceof Undefined));
    plain("escaped", (run, x, a) -> x instanceof Markup);
    plain("even", (run, x, a) -> remainderIs(run, x, 2L, 0L));
    plain("false", (run, x, a) -> Boolean.FALSE.equals(x));
    plain("filter", (run, x, a) -> Values.key(run, x) instanceof String s && Filters.exists(s));
    plain("float", (run, x, a) -> x instanceof Double);
    plain("integer", (run, x, a) -> Numbers.isInt(x) && !(x instanceof Boolean));
    plain("iterable", (run, x, a) -> Values.isIterable(x));
    plain("lower", (run, x, a) -> Text.hasCase(run.paid(Printer.str(run, x)), false));
    plain("mapping", (run, x, a) -> x instanceof Map);
    plain("none", (run, x, a) -> x == null);
    plain("number", (run, x, a) -> Numbers.isNumber(x));
    plain("odd", (run, x, a) -> remainderIs(run, x, 2L, 1L));
    plain("sequence", (run, x, a) -> isSequence(x));
    plain("string", (run, x, a) -> Values.isText(x));
    plain("test", (run, x, a) -> Values.key(run, x) instanceof String s && exists(s));
    plain("true", (run, x, a) -> Boolean.TRUE.equals(x));
    plain("undefined", (run, x, a) -> x instanceof Undefined);
    plain("upper", (run, x, a) -> Text.hasCase(run.paid(Printer.str(run, x)), true));
    of("divisibleby", (run, x, a) -> remainderIs(run, x, a, 0L));
    of("in", (run, x, a) -> Values.contains(run, a, x));
    of("sameas", Tests::sameAs);
    for (String name : List.of("==", "eq", "equalto")) {
      of(name, (run, x, a) -> Values.equal(run, x, a));
    }
    for (String name : List.of("!=", "ne")) {
      of(name, (run, x, a) -> !Values.equal(run, x, a));
    }
    order("<", "lt", "lessthan");
    order("<=", "le");
    order(">", "gt", "greaterthan");
    order(">=", "ge");
  }

  private Tests() {}

  private static void plain(String name, Check check) {
    TESTS.put(name, new Test(false, check));
  }

  private static void of(String name, Check check) {
    TESTS.put(name, new Test(true, check));
  }

  private static void order(String operator, String... names) {
    Check check = (run, x, a) -> Values.ordered(run, operator, x, a);
    of(operator, check);
    for (String name : names) {
      of(name, check);
    }
  }

  /** Whether Jinja has a test of this name; all of its are here. */
  static boolean exists(String name) {
    return TESTS.containsKey(name);
  }

  static void require(String name) {
    if (!exists(name)) {
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

  private static boolean isCallable(Object value) {
    return value instanceof Method
        || value instanceof Function
        || value instanceof Macro
        || value instanceof Undefined
        || value instanceof Loop;
  }

  private static boolean isSequence(Object value) {
    return Values.isText(value)
        || value instanceof Map
        || Values.items(value) != null && !(value instanceof View);
  }

  private static boolean remainderIs(Run run, Object value, Object divisor, Object wanted) {
    Object remainder = Values.arithmetic(run, Operator.MODULO, value, divisor);
    return Values.equal(run, remainder, wanted);
  }

  /** Python's {@code is}, where it does not depend on what the Python program happens to share. */
  private static boolean sameAs(Run run, Object value, Object other) {
    boolean single = value == null || value instanceof Boolean || value instanceof Undefined;
    if (single || value instanceof Map || value instanceof List || other == null) {
      return value == other || value instanceof Boolean && value.equals(other);
    }
    if (!Values.equal(run, value, other)) {
      return false;
    }
    throw Failure.unsupported(
        "sameas between two equal " + Values.typeName(value) + " is not supported");
  }
}
