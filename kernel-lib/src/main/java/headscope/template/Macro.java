package headscope.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro and the scope that it was defined in. */
record Macro(Statement.MacroDefinition definition, Scope scope) {

  Object call(Run run, Arguments arguments) {
    run.enter();
    List<String> parameters = definition.parameters();
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    Scope inner = scope.inner(definition.body());
    if (definition.readsCaller()) {
      Object caller = named.remove("caller");
      inner.set("caller", caller == null ? new Undefined("No caller defined") : caller);
    }
    Object[] given =
        new Arguments(arguments.positional(), named)
            .bind("macro '" + definition.name() + "'", 0, parameters.toArray(String[]::new));
    for (int i = 0; i < given.length; i++) {
      inner.set(parameters.get(i), given[i]);
    }
    // Defaults may use the parameters before them.
    int required = parameters.size() - definition.defaults().size();
    for (int i = 0; i < given.length; i++) {
      if (given[i] == Missing.MISSING) {
        Object absent =
            i < required
                ? new Undefined("parameter '" + parameters.get(i) + "' was not provided")
                : inner.eval(definition.defaults().get(i - required));
        inner.set(parameters.get(i), absent);
      }
    }
    Output text = new Output(run);
    definition.body().run(inner, text);
    run.leave();
    return text.value();
  }
}
