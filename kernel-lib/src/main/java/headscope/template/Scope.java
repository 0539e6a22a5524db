package headscope.template;

import java.util.HashMap;
import java.util.Map;

/** The variables of a template, a loop, a macro or a block, and those around it. */
final class Scope {
  final Run run;
  private final Scope outer;
  private final Map<String, Object> values = new HashMap<>();

  private Scope(Run run, Scope outer, Body body) {
    this.run = run;
    this.outer = outer;
    body.names().unset().forEach(name -> values.put(name, Missing.MISSING));
  }

  static Scope of(Run run, Body body) {
    return new Scope(run, null, body);
  }

  Scope inner(Body body) {
    return new Scope(run, this, body);
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      if (scope.values.containsKey(name)) {
        Object value = scope.values.get(name);
        return value == Missing.MISSING ? Undefined.name(name) : value;
      }
    }
    if (run.variables.containsKey(name)) {
      return run.variables.get(name);
    }
    Function function = Function.named(name);
    return function == null ? Undefined.name(name) : function;
  }

  Object eval(Expression expression) {
    run.enter();
    Object value = expression.eval(this);
    run.leave();
    return value;
  }
}
