package headscope.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls of methods, macros and global functions. */
final class Calls {
  private Calls() {}

  static Object call(Run run, Object callee, Arguments arguments) {
    Values.requireDefined(callee);
    if (callee instanceof Method method) {
      return method.self() instanceof String text
          ? TextMethods.call(run, text, method.name(), arguments)
          : dict(run, Values.map(method.self()), method.name(), arguments);
    }
    if (callee instanceof Macro macro) {
      return macro.call(run, arguments);
    }
    if (callee instanceof Function function) {
      return function.call(run, arguments);
    }
    if (callee instanceof Loop) {
      throw Failure.unsupported("a recursive loop is not supported");
    }
    throw Failure.value("'" + Values.typeName(callee) + "' object is not callable");
  }

  private static Object dict(Run run, Map<Object, Object> self, String name, Arguments arguments) {
    run.spend(self.size());
    if (name.equals("get")) {
      Object[] given = arguments.bindUnnamed("get()", 1, 2);
      Object key = Comparison.key(run, given[0]);
      Object absent = given[1] == Missing.MISSING ? null : given[1];
      return self.containsKey(key) ? self.get(key) : absent;
    }
    arguments.bindUnnamed(name + "()", 0, 0);
    switch (name) {
      case "keys":
        return new View("dict_keys", new ArrayList<>(self.keySet()));
      case "values":
        return new View("dict_values", new ArrayList<>(self.values()));
      case "items":
        return new View("dict_items", pairs(self));
      default:
        return new LinkedHashMap<>(self);
    }
  }

  static List<Object> pairs(Map<Object, Object> map) {
    List<Object> pairs = new ArrayList<>();
    map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
    return pairs;
  }
}
