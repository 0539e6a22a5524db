package headscope.notebook;

import headscope.experiment.TrialListener;
import headscope.failure.Section;
import headscope.probe.HeadProbe;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A progress bar with rate and time left: in place in a notebook and on a terminal, a line now and
 * then elsewhere. Every step looks whether the run was interrupted and stops it if so; may be
 * stepped from several threads.
 *
 * <pre>
 * for (Trial trial : Progress.over("trials", trials)) {
 *   results.add(run(trial));
 * }
 * </pre>
 *
 * <pre>
 * try (Progress progress = Progress.of("samples", 500)) {
 *   sweep.run(progress::step);
 * }
 * </pre>
 */
public final class Progress implements AutoCloseable {
  private static final int WIDTH = 92;
  private static final int IN_PLACE_MS = 300;
  private static final int LOG_MS = 15_000;

  private final String what;
  private final long total;
  private final ProgressBar bar;
  private final Consumer<String> last;
  private final long begin = System.nanoTime();
  private final AtomicLong done = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  private Progress(String what, long total, ProgressBar bar, Consumer<String> last) {
    this.what = what;
    this.total = total;
    this.bar = bar;
    this.last = last;
  }

  /**
   * A bar of so many steps; close it, or it stays as it is.
   *
   * @param what what is counted, such as {@code trials}
   * @param total number of steps, 0 or more
   */
  public static Progress of(String what, long total) {
    check(what, total);
    Optional<Kernel> kernel = Kernel.running();
    if (kernel.isPresent()) {
      return inNotebook(what, total, kernel.get());
    }
    return isTerminal() ? onTerminal(what, total) : inLog(what, total, System.err, LOG_MS);
  }

  /**
   * The items one after the other, with a bar that steps as each is done. If the loop is left early
   * the bar stays where it was.
   */
  public static <T> Iterable<T> over(String what, Collection<T> items) {
    return () -> new Steps<>(items.iterator(), of(what, items.size()));
  }

  /**
   * A bar for an experiment, which appears when it begins and is closed with its last trial.
   *
   * <pre>AblationExperiment.standard().run(model, Progress.trials("trials"));</pre>
   *
   * @param what what is counted, such as {@code trials}
   */
  public static TrialListener trials(String what) {
    return new TrialListener() {
      private Optional<Progress> bar = Optional.empty();

      @Override
      public void begins(int total) {
        bar = Optional.of(of(what, total));
      }

      @Override
      public void progress(int done, int total) {
        bar = Optional.of(bar.orElseGet(() -> of(what, total)));
        bar.get().stepTo(done);
        if (done == total) {
          bar.get().close();
        }
      }

      @Override
      public void within(Within within) {
        bar.ifPresent(b -> b.within(said(within)));
      }
    };
  }

  private static String said(TrialListener.Within within) {
    return within.rows() == 0
        ? "reading prompts"
        : String.format(
            Locale.ROOT, "%d of %d rows, step %d", within.going(), within.rows(), within.steps());
  }

  /**
   * A bar for the training of a probe, which appears with its first epoch and is closed with the
   * last one.
   *
   * <pre>HeadProbe.train(split, options, Progress.epochs());</pre>
   */
  public static HeadProbe.Listener epochs() {
    return new HeadProbe.Listener() {
      private Optional<Progress> bar = Optional.empty();

      @Override
      public void epoch(HeadProbe.Epoch epoch, int most) {
        bar = Optional.of(bar.orElseGet(() -> of("epochs", most)));
        bar.get().stepTo(epoch.epoch());
      }

      @Override
      public void ended() {
        bar.ifPresent(Progress::close);
      }
    };
  }

  /**
   * Counts one step.
   *
   * @throws CancellationException if the run was interrupted
   */
  public void step() {
    done.incrementAndGet();
    bar.step();
    stopIfInterrupted();
  }

  /**
   * Sets the number of steps that are done, for instance where a run takes up an older one.
   *
   * @throws CancellationException if the run was interrupted
   */
  public void stepTo(long steps) {
    done.set(steps);
    bar.stepTo(steps);
    bar.setExtraMessage("");
    stopIfInterrupted();
  }

  /**
   * Says where a step stands that takes a while; gone when it is done.
   *
   * @throws CancellationException if the run was interrupted
   */
  public void within(String where) {
    bar.setExtraMessage(" " + where);
    stopIfInterrupted();
  }

  /** Draws the bar a last time, and how long it took in all. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      bar.close();
      last.accept(counted() + ", took " + duration(Duration.ofNanos(System.nanoTime() - begin)));
    }
  }

  /** Such as {@code 2.4 s}, {@code 3 min 05 s}, {@code 1 h 20 min}. */
  static String duration(Duration took) {
    if (took.toMillis() < 59_950) {
      return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }
    long seconds = Math.round(took.toMillis() / 1000.0);
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60)
        : String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds / 60 % 60);
  }

  private void stopIfInterrupted() {
    if (Thread.interrupted()) {
      close();
      throw new CancellationException(
          "stopped on request after " + counted() + "; what was finished is kept");
    }
  }

  private String counted() {
    return String.format(Locale.ROOT, "%s: %d of %d", what, done.get(), total);
  }

  static Progress inNotebook(String what, long total, Kernel kernel) {
    String id = UUID.randomUUID().toString();
    kernel.display(id, what + ": 0 of " + total);
    Consumer<String> show = text -> kernel.update(id, text);
    ProgressBar bar =
        builder(what, total, IN_PLACE_MS)
            .setStyle(ProgressBarStyle.UNICODE_BLOCK)
            .setConsumer(new DelegatingProgressBarConsumer(show, WIDTH))
            .build();
    return new Progress(what, total, bar, show);
  }

  private static Progress onTerminal(String what, long total) {
    return new Progress(what, total, builder(what, total, IN_PLACE_MS).build(), text -> {});
  }

  static Progress inLog(String what, long total, PrintStream out, int everyMs) {
    check(what, total);
    ProgressBar bar =
        builder(what, total, everyMs)
            .setConsumer(new DelegatingProgressBarConsumer(out::println, WIDTH))
            .build();
    return new Progress(what, total, bar, text -> {});
  }

  private static ProgressBarBuilder builder(String what, long total, int everyMs) {
    return new ProgressBarBuilder()
        .setTaskName(what)
        .setInitialMax(total)
        .setUpdateIntervalMillis(everyMs)
        .setStyle(ProgressBarStyle.ASCII)
        .showSpeed();
  }

  private static void check(String what, long total) {
    Objects.requireNonNull(what, "what");
    if (total < 0) {
      throw Section.KERNEL.wrong("a number of steps is 0 or more, got " + total);
    }
  }

  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From Java 22 on there is always a console, and this method to ask it.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  private static final class Steps<T> implements Iterator<T> {
    private final Iterator<T> items;
    private final Progress progress;
    private boolean begun;

    Steps(Iterator<T> items, Progress progress) {
      this.items = items;
      this.progress = progress;
    }

    @Override
    public boolean hasNext() {
      boolean more = items.hasNext();
      if (!more) {
        finish();
      }
      return more;
    }

    @Override
    public T next() {
      if (!items.hasNext()) {
        finish();
        throw new NoSuchElementException();
      }
      if (begun) {
        progress.step();
      }
      begun = true;
      return items.next();
    }

    private void finish() {
      if (begun) {
        begun = false;
        progress.step();
      }
      progress.close();
    }
  }

  @Override
  public String toString() {
    return counted();
  }
}
