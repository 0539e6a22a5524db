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
      return call(run, method, arguments);
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

  private static Object call(Run run, Method method, Arguments arguments) {
    Object self = method.self();
    if (self instanceof Loop loop) {
      return loop.call(method.name(), arguments);
    }
    if (self instanceof String text) {
      return TextMethods.call(run, text, method.name(), arguments);
    }
    return self instanceof Map
        ? dict(run, Values.map(self), method.name(), arguments)
        : sequence(run, self, method.name(), arguments);
  }

  private static Object dict(Run run, Map<Object, Object> self, String name, Arguments arguments) {
    run.spend(self.size());
    if (name.equals("get")) {
      Object[] given = arguments.bindUnnamed("get()", 1, 2);
      Object key = Values.key(run, given[0]);
      Object absent = given[1] == Missing.MISSING ? null : given[1];
      return self.containsKey(key) ? self.get(key) : absent;
    }
    if (name.equals("fromkeys")) {
      throw Failure.unsupported("the method 'fromkeys' of a dict is not supported");
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

  private static Object sequence(Run run, Object self, String name, Arguments arguments) {
    List<Object> items = Values.items(self);
    if (name.equals("copy")) {
      arguments.bindUnnamed("copy()", 0, 0);
      return Values.list(run, self);
    }
    if (name.equals("index") && arguments.positional().size() > 1) {
      throw Failure.unsupported("index() with a start is not supported");
    }
    Object wanted = arguments.bindUnnamed(name + "()", 1, 1)[0];
    long count = 0;
    for (int i = 0; i < items.size(); i++) {
      run.spend(1);
      if (items.get(i) == wanted || Values.equal(run, items.get(i), wanted)) {
        if (name.equals("index")) {
          return (long) i;
        }
        count++;
      }
    }
    if (name.equals("index")) {
      throw Failure.value("the value is not in the " + Values.typeName(self));
    }
    return count;
  }
}
