package headscope.notebook;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The part of a Java kernel that is looked up by name, in the shape JJava 1.0a8 has it. */
public class FakeKernel {
  final List<Data> displayed = new ArrayList<>();
  final Map<String, List<Object>> updates = new HashMap<>();
  private final Renderer renderer = new Renderer();
  private final Io io = new Io(this);

  public Renderer getRenderer() {
    return renderer;
  }

  public Io getIO() {
    return io;
  }

  public void display(Data data) {
    displayed.add(data);
  }

  Data render(Object value) {
    Data data = new Data();
    renderer.functions.get(value.getClass()).render(value, new Context(data));
    return data;
  }

  public static class Data {
    final Map<String, Object> data = new LinkedHashMap<>();
    final Map<String, Object> metadata = new LinkedHashMap<>();
    String id;

    public void putData(String type, Object value) {
      data.put(type, value);
    }

    public void putData(Integer type, Object value) {
      throw new AssertionError("the wrong overload");
    }

    public void putMetaData(String type, Object value) {
      metadata.put(type, value);
    }

    public Data setDisplayId(String newId) {
      id = newId;
      return this;
    }
  }

  public static class Io {
    public final DisplayStream display;

    Io(FakeKernel kernel) {
      display = new DisplayStream(kernel);
    }
  }

  public static class DisplayStream {
    private final FakeKernel kernel;

    DisplayStream(FakeKernel kernel) {
      this.kernel = kernel;
    }

    public synchronized void updateDisplay(String id, Data data) {
      kernel.updates.computeIfAbsent(id, i -> new ArrayList<>()).add(data.data.get("text/plain"));
    }
  }

  public static class Context {
    private final Data container;

    Context(Data container) {
      this.container = container;
    }

    public Data getOutputContainer() {
      return container;
    }
  }

  /** What the kernel calls to render a value. */
  public interface RenderFunction {
    void render(Object value, Context context);
  }

  public static class Renderer {
    final Map<Class<?>, RenderFunction> functions = new HashMap<>();

    public Registration createRegistration(Class<?> type) {
      return new Registration(this, type);
    }
  }

  public static class Registration {
    private final Renderer renderer;
    private final Class<?> type;

    Registration(Renderer renderer, Class<?> type) {
      this.renderer = renderer;
      this.type = type;
    }

    public Registration preferring(String... types) {
      return this;
    }

    public Registration preferring(Integer... types) {
      throw new AssertionError("the wrong overload");
    }

    public void register(RenderFunction function) {
      renderer.functions.put(type, function);
    }
  }
}
