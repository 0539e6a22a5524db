package headscope.failure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;

/** A section of ERRORS.md, and the failures that it explains. */
public enum Section {
  ADAPTERS,
  CHAT_TEMPLATE,
  CHECKPOINT_CONFIG,
  CHECKPOINT_FILES,
  CHECKPOINT_WEIGHTS,
  CHECKS,
  CLAIMS,
  CORRELATION,
  DAMAGED_FILES,
  DOWNLOAD,
  EXPERIMENT_OPTIONS,
  FIGURES_AND_PAGES,
  FILES,
  GENERATION_CONFIG,
  GGUF,
  HAYSTACK,
  HEADS,
  INTERRUPTED,
  KERNEL,
  LOAD_OPTIONS,
  MASKING,
  MEMORY,
  MESSAGES,
  MODEL_NAMES,
  MODEL_USE,
  NATIVE_LIBRARIES,
  NO_FONT,
  QUESTIONS,
  RAG,
  REFERENCE_WORLD,
  RESULTS_FOLDER,
  SCORE_FILES,
  SCORES,
  SPANS,
  STUDY,
  TASK_OPTIONS,
  TOKENIZER,
  TRACE_CONTENT,
  UNEXPECTED,
  VERIFICATION,
  WORKERS,
  WRONG_USE;

  /** What the tensor engine says of it. */
  private static final Pattern NO_MEMORY =
      Pattern.compile("out of memory|can't allocate", Pattern.CASE_INSENSITIVE);

  /** The heading of the section, such as {@code checkpoint-config}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What was asked for cannot be had; the message names it, what is allowed, the remedy. */
  public IllegalArgumentException wrong(String message) {
    return wrong(message, null);
  }

  /** As {@link #wrong(String)}, with the failure below it. */
  public IllegalArgumentException wrong(String message, Throwable cause) {
    return new Wrong(this, message, cause);
  }

  /** Something does not do what was asked of it; the message says what, and the remedy. */
  public IllegalStateException failed(String message) {
    return failed(message, null);
  }

  /** As {@link #failed(String)}, with the failure below it. */
  public IllegalStateException failed(String message, Throwable cause) {
    return new Failed(this, message, cause);
  }

  /** A file cannot be read or written; the message names it. */
  public UncheckedIOException io(String message, IOException cause) {
    return new Io(this, message, cause);
  }

  /** The section of any failure: its own, or that of its kind where it is none of ours. */
  public static Section of(Throwable e) {
    if (e instanceof Sectioned sectioned) {
      return sectioned.section();
    }
    if (e instanceof CancellationException) {
      return INTERRUPTED;
    }
    if (e instanceof OutOfMemoryError || NO_MEMORY.matcher(String.valueOf(e.getMessage())).find()) {
      return MEMORY;
    }
    if (e instanceof LinkageError) {
      return NATIVE_LIBRARIES;
    }
    return e instanceof IOException || e instanceof UncheckedIOException ? FILES : UNEXPECTED;
  }

  private static final class Wrong extends IllegalArgumentException implements Sectioned {
    private static final long serialVersionUID = 1L;

    private final Section section;

    Wrong(Section section, String message, Throwable cause) {
      super(message, cause);
      this.section = section;
    }

    @Override
    public Section section() {
      return section;
    }
  }

  private static final class Failed extends IllegalStateException implements Sectioned {
    private static final long serialVersionUID = 1L;

    private final Section section;

    Failed(Section section, String message, Throwable cause) {
      super(message, cause);
      this.section = section;
    }

    @Override
    public Section section() {
      return section;
    }
  }

  private static final class Io extends UncheckedIOException implements Sectioned {
    private static final long serialVersionUID = 1L;

    private final Section section;

    Io(Section section, String message, IOException cause) {
      super(message, cause);
      this.section = section;
    }

    @Override
    public Section section() {
      return section;
    }
  }
}
