package headscope.experiment;

import headscope.failure.Section;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import headscope.model.ModelConfig;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * How many rows of an experiment advance together. The size follows from the experiment, the shape
 * of the model and the lengths of the prompts alone, so that every machine, and a run that is taken
 * up, groups alike.
 */
final class Group {
  /** A pass over so many rows multiplies about as fast as a prompt does. */
  static final int ROWS = 120;

  /** The most that keys and values of a group take where no size is asked for. */
  static final long KEY_VALUE_BYTES = 2L << 30;

  /** What passes, traces and the Java machine take beside weights, keys and values. */
  static final long REST_BYTES = 500_000_000;

  private final ModelConfig config;
  private final Experiment<?, ?> experiment;
  private final int prompt;

  Group(LanguageModel model, Experiment<?, ?> experiment) {
    this.config = model.config();
    this.experiment = experiment;
    this.prompt = experiment.trials().longestPrompt(model.tokenizer());
  }

  /** The size where none is asked for: the greatest up to {@link #ROWS} that is not too large. */
  int rows() {
    return most(ROWS, KEY_VALUE_BYTES);
  }

  /** The greatest size up to some rows whose keys and values take no more than some bytes, or 1. */
  private int most(int rows, long bytes) {
    return IntStream.iterate(rows, n -> n > 1, n -> n - 1)
        .filter(n -> keyValueBytes(n) <= bytes)
        .findFirst()
        .orElse(1);
  }

  /**
   * Bytes of keys and values of the largest group of any stage: rows of a trial share its prompt.
   */
  long keyValueBytes(int rows) {
    return experiment.stages().stream()
        .filter(stage -> stage.trials() > 0)
        .mapToLong(stage -> bytes(stage, Math.min(stage.trials(), stage.group(rows))))
        .max()
        .orElse(0);
  }

  private long bytes(Stage<?> stage, int trials) {
    int each = Math.max(1, stage.rows());
    return trials * (bytesOf(prompt) + each * bytesOf(experiment.protocol().maxNewTokens()));
  }

  private long bytesOf(int positions) {
    return config.memory(LoadOptions.Dtype.FLOAT32, positions)
        - config.memory(LoadOptions.Dtype.FLOAT32, 0);
  }

  /**
   * Checks that a group has room.
   *
   * @param rows its size
   * @param free bytes that can be had; empty: that is not known
   * @throws IllegalStateException if it has none, with the size that has
   */
  void checkFits(int rows, OptionalLong free) {
    long wanted = keyValueBytes(rows) + REST_BYTES;
    if (free.isEmpty() || wanted <= free.getAsLong()) {
      return;
    }
    int fits = most(rows, free.getAsLong() - REST_BYTES);
    String remedy =
        keyValueBytes(fits) + REST_BYTES <= free.getAsLong()
            ? "--group " + fits + " fits"
            : "not even a group of 1 fits, which takes "
                + gigabytes(keyValueBytes(1) + REST_BYTES)
                + ": shorten the contexts, or compare fewer conditions";
    throw Section.MEMORY.failed(
        String.format(
            Locale.ROOT,
            "groups of %d rows, of prompts up to %,d tokens, take %s of memory beside the weights, %s"
                + " are free; %s",
            rows,
            prompt,
            gigabytes(wanted),
            gigabytes(free.getAsLong()),
            remedy));
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
