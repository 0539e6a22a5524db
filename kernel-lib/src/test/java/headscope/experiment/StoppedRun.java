package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.Stream;

/** What holds for every experiment: a run that was stopped goes on to the same bytes. */
final class StoppedRun {
  /** Rows that advance together: few, so that there are places to stop at. */
  static final int GROUP = 2;

  private StoppedRun() {}

  /**
   * Runs an experiment into {@code folder/whole}, then stopped behind some lines and taken up: the
   * results must read the same, and every file but the times have the same bytes.
   *
   * @return the results of the whole run, read
   */
  static <R> String goesOnToTheSame(
      Experiment<?, R> experiment,
      LanguageModel model,
      Path folder,
      List<Integer> stops,
      Function<R, String> read)
      throws IOException {
    Path whole = folder.resolve("whole");
    String expected = read.apply(run(experiment, model, whole, TrialListener.NONE));
    List<Path> files;
    try (Stream<Path> all = Files.walk(whole)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(f -> !f.endsWith("times.jsonl"))
              .map(whole::relativize)
              .toList();
    }
    assertThat(files).contains(Path.of("results.jsonl"), Path.of("experiment.json"));
    for (int stop : stops) {
      Path stopped = folder.resolve("stopped" + stop);
      TrialListener stopping =
          (done, total) -> {
            if (done >= stop) {
              throw new CancellationException("stopped");
            }
          };
      assertThatThrownBy(() -> run(experiment, model, stopped, stopping))
          .isInstanceOf(CancellationException.class);
      assertThat(read.apply(run(experiment, model, stopped, TrialListener.NONE)))
          .isEqualTo(expected);
      for (Path file : files) {
        assertThat(stopped.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
      }
    }
    return expected;
  }

  private static <R> R run(
      Experiment<?, R> experiment, LanguageModel model, Path folder, TrialListener listener) {
    return Runner.into(folder, model, listener).withGroup(GROUP).run(experiment);
  }
}
