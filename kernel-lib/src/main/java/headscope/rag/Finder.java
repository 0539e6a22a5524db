package headscope.rag;

/**
 * Who says which windows of a hidden context are shown: heads of the model, which is the paper's
 * way, or something that they are compared with.
 */
public sealed interface Finder permits HeadSelector, PassageFinder {
  /** What tables and results call it. */
  String name();

  /** Whether there are retrievals at all; without them nothing is dropped. */
  boolean retrieves();
}
