package headscope.model;

import ai.djl.engine.Engine;
import java.util.LinkedHashMap;
import java.util.Map;

/** Settings of the tensor engine that must be there before it is first touched. */
final class TensorEngine {
  static {
    // No download at run time, and no usage call: what is missing is an error at once.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  private TensorEngine() {}

  /** Makes sure that the settings are in place. */
  static void start() {
    // the static block has run
  }

  /** Versions and machine, to be written with every result. */
  static Map<String, Object> environment() {
    Map<String, Object> map = new LinkedHashMap<>();
    String version = TensorEngine.class.getPackage().getImplementationVersion();
    map.put("headscope", version == null ? "unpackaged" : version);
    Engine engine = Engine.getEngine("PyTorch");
    map.put("djl", Engine.getDjlVersion());
    map.put("pytorch", engine.getVersion());
    map.put("java", System.getProperty("java.version"));
    map.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    map.put("processors", (long) Runtime.getRuntime().availableProcessors());
    return map;
  }
}
