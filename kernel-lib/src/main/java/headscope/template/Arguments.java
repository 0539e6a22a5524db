package headscope.template;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The values of one call. */
record Arguments(List<Object> positional, Map<String, Object> named) {

  /** These without the first positional ones. */
  Arguments after(int count) {
    return new Arguments(positional.subList(count, positional.size()), named);
  }

  /**
   * Sorts the arguments by parameter; those not given are {@link Missing}.
   *
   * @param what the function, for the message
   * @param required so many of the parameters must be given
   */
  Object[] bind(String what, int required, String... parameters) {
    Object[] bound = new Object[parameters.length];
    Arrays.fill(bound, Missing.MISSING);
    if (positional.size() > parameters.length) {
      throw Failure.value(what + " takes at most " + parameters.length + " arguments");
    }
    for (int i = 0; i < positional.size(); i++) {
      bound[i] = positional.get(i);
    }
    List<String> names = Arrays.asList(parameters);
    named.forEach(
        (name, value) -> {
          int i = names.indexOf(name);
          if (i < 0 || bound[i] != Missing.MISSING) {
            throw Failure.value(
                what + (i < 0 ? " takes no argument '" : " is given twice '") + name + "'");
          }
          bound[i] = value;
        });
    for (int i = 0; i < required; i++) {
      if (bound[i] == Missing.MISSING) {
        throw Failure.value(what + " needs the argument '" + parameters[i] + "'");
      }
    }
    return bound;
  }

  /** As {@link #bind}, for functions of Python that take no argument by name. */
  Object[] bindUnnamed(String what, int required, int allowed) {
    if (!named.isEmpty()) {
      throw Failure.value(what + " takes no keyword arguments");
    }
    if (positional.size() < required || positional.size() > allowed) {
      String count = required == allowed ? "" + allowed : required + " to " + allowed;
      throw Failure.value(what + " takes " + count + " arguments, not " + positional.size());
    }
    Object[] bound = new Object[allowed];
    Arrays.fill(bound, Missing.MISSING);
    for (int i = 0; i < positional.size(); i++) {
      bound[i] = positional.get(i);
    }
    return bound;
  }
}
