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
    positional.forEach(argument -> values.add(scope.eval(argument)));
    Map<String, Object> namedValues = new LinkedHashMap<>();
    named.forEach((name, argument) -> namedValues.put(name, scope.eval(argument)));
    return new Arguments(values, namedValues);
  }
}
