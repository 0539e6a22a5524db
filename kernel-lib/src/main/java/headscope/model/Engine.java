package headscope.model;

/** Settings of the tensor engine that must be there before it is first touched. */
final class Engine {
  static {
    // No download at run time, and no usage call: what is missing is an error at once.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  private Engine() {}

  /** Makes sure that the settings are in place. */
  static void start() {
    // the static block has run
  }
}
