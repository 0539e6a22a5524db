package headscope.notebook;

import headscope.failure.Section;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The notebook kernel this runs in. The Java kernels share their methods, but under class names of
 * their own, so the methods are looked up: no kernel is needed to compile, and none to run.
 */
final class Kernel {
  /** Class and static method that give the running kernel: JJava, then IJava. */
  private static final List<String[]> KNOWN =
      List.of(
          new String[] {"org.dflib.jjava.jupyter.kernel.BaseKernel", "notebookKernel"},
          new String[] {"io.github.spencerpark.ijava.IJava", "getKernelInstance"});

  private final Object kernel;

  private Kernel(Object kernel) {
    this.kernel = kernel;
  }

  static Kernel of(Object kernel) {
    return new Kernel(kernel);
  }

  /** The running kernel; empty in any other Java program. */
  static Optional<Kernel> running() {
    for (String[] known : KNOWN) {
      try {
        Object kernel = Class.forName(known[0]).getMethod(known[1]).invoke(null);
        if (kernel != null) {
          return Optional.of(of(kernel));
        }
      } catch (ReflectiveOperationException | LinkageError e) {
        // not this one
      }
    }
    return Optional.empty();
  }

  /** Whether both are the same kernel. */
  boolean is(Object other) {
    return kernel == other;
  }

  Object identity() {
    return kernel;
  }

  /** Shows values of a class, and of its subclasses, as a bundle; the first type is preferred. */
  <T> void register(Class<T> type, List<String> mimeTypes, Function<T, Bundle> show) {
    Object renderer = call(kernel, "getRenderer");
    Object registration = call(renderer, "createRegistration", type);
    call(registration, "preferring", (Object) mimeTypes.toArray(String[]::new));
    Method register = method(registration, "register", 1, null);
    Class<?> functionType = register.getParameterTypes()[0];
    Object function =
        Proxy.newProxyInstance(
            functionType.getClassLoader(),
            new Class<?>[] {functionType},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "equals":
                  return proxy == arguments[0];
                case "hashCode":
                  return System.identityHashCode(proxy);
                case "toString":
                  return "headscope renderer of " + type.getName();
                default:
                  fill(
                      call(arguments[1], "getOutputContainer"),
                      show.apply(type.cast(arguments[0])));
                  return null;
              }
            });
    invoke(register, registration, function);
  }

  /** Shows a text that can be replaced later under its id. */
  void display(String id, String text) {
    Method display = method(kernel, "display", 1, null);
    invoke(display, kernel, data(display.getParameterTypes()[0], id, text));
  }

  /** Replaces a text shown before. */
  void update(String id, String text) {
    Object stream = displayStream();
    Method update = method(stream, "updateDisplay", 2, String.class);
    invoke(update, stream, id, data(update.getParameterTypes()[1], id, text));
  }

  private Object displayStream() {
    Object io = call(kernel, "getIO");
    try {
      return io.getClass().getField("display").get(io);
    } catch (ReflectiveOperationException e) {
      throw unknown("field display", io, e);
    }
  }

  private static Object data(Class<?> type, String id, String text) {
    try {
      Object data = type.getConstructor().newInstance();
      fill(data, Bundle.text(text));
      call(data, "setDisplayId", id);
      return data;
    } catch (ReflectiveOperationException e) {
      throw unknown("constructor", type, e);
    }
  }

  private static void fill(Object container, Bundle bundle) {
    for (Map.Entry<String, String> entry : bundle.data().entrySet()) {
      call(container, "putData", entry.getKey(), entry.getValue());
    }
    for (Map.Entry<String, Map<String, Object>> entry : bundle.metadata().entrySet()) {
      call(container, "putMetaData", entry.getKey(), entry.getValue());
    }
  }

  private static Object call(Object target, String name, Object... arguments) {
    Class<?> first = arguments.length == 0 ? null : arguments[0].getClass();
    return invoke(method(target, name, arguments.length, first), target, arguments);
  }

  /** The public method of that name whose first parameter takes a class; null for any. */
  private static Method method(Object target, String name, int parameters, Class<?> first) {
    for (Method method : target.getClass().getMethods()) {
      if (method.getName().equals(name)
          && method.getParameterCount() == parameters
          && (first == null || method.getParameterTypes()[0].isAssignableFrom(first))) {
        return method;
      }
    }
    throw unknown("method " + name, target, null);
  }

  private static Object invoke(Method method, Object target, Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException) {
        throw (RuntimeException) e.getCause();
      }
      throw unknown("method " + method.getName(), target, e.getCause());
    } catch (IllegalAccessException e) {
      throw unknown("method " + method.getName(), target, e);
    }
  }

  private static IllegalStateException unknown(String what, Object target, Throwable cause) {
    return Section.KERNEL.failed(
        "this notebook kernel is not one headscope knows ("
            + what
            + " of "
            + target
            + "); JJava 1.0a8 is the one it is tested with",
        cause);
  }
}
