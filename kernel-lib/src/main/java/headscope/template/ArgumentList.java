package headscope.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The expressions of one call. */
record ArgumentList(List<Expression> positional, Map<String, Expression> named) {
  static final ArgumentList EMPTY = new ArgumentList(List.of(), Map.of());

  Arguments eval(Scope scope) {
    List<Object> values = new ArrayList<>();
    for (Expression argument : positional) {
      Object value = scope.eval(argument);
      if (argument instanceof Expression.Spread) {
        values.addAll(Values.list(scope.run, value));
      } else {
        values.add(value);
      }
    }
    Map<String, Object> namedValues = new LinkedHashMap<>();
    named.forEach((name, argument) -> namedValues.put(name, scope.eval(argument)));
    return new Arguments(values, namedValues);
  }
}
