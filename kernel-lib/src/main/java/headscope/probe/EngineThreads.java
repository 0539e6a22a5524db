package headscope.probe;

import ai.djl.pytorch.jni.JniUtils;

/**
 * The engine's threads while a probe is trained: their number belongs to what decides its bytes, so
 * it must not depend on what ran before in the process. Several threads do a small probe no good on
 * an idle machine, and on a busy one they wait for each other twenty times longer than they work.
 */
final class EngineThreads implements AutoCloseable {
  /** Fewer weights are trained by one thread. */
  private static final long SMALL = 1 << 22;

  private final int before;

  private EngineThreads(int threads) {
    before = JniUtils.getNumThreads();
    JniUtils.setNumThreads(threads);
  }

  /** The engine must be running. */
  static EngineThreads forWeights(long weights) {
    return new EngineThreads(weights < SMALL ? 1 : Runtime.getRuntime().availableProcessors());
  }

  @Override
  public void close() {
    JniUtils.setNumThreads(before);
  }
}
