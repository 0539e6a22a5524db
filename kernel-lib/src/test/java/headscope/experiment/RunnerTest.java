package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunnerTest {
  /** A trial of which nothing is asked. */
  record Line(String stage, int trial, int sum) {}

  /** Four trials one by one, then seven in groups of three, which add up what was before. */
  private record Adding(List<Integer> computed) implements Experiment<Line, Integer> {
    @Override
    public String name() {
      return "adding";
    }

    @Override
    public Trials trials() {
      return NeedleTrials.standard();
    }

    @Override
    public Protocol protocol() {
      return Protocol.copyPaste();
    }

    @Override
    public Class<Line> lineType() {
      return Line.class;
    }

    @Override
    public List<Stage<Line>> stages() {
      return List.of(
          Stage.of("first", 4, run -> i -> Stage.Done.of(line("first", i, i))),
          Stage.grouped(
              "second",
              7,
              2,
              run -> {
                int sum = run.lines().stream().mapToInt(Line::sum).sum();
                return (from, to) ->
                    IntStream.range(from, to)
                        .mapToObj(i -> Stage.Done.of(line("second", i, sum + i)))
                        .toList();
              }));
    }

    private Line line(String stage, int trial, int sum) {
      computed.add(trial);
      return new Line(stage, trial, sum);
    }

    @Override
    public Integer result(Run<Line> run) {
      return run.lines().stream().mapToInt(Line::sum).sum();
    }
  }

  /** By hand: 0 + 1 + 2 + 3 = 6, then seven times 6 and 0 + ... + 6. */
  private static final int SUM = 6 + 7 * 6 + 21;

  @TempDir Path folder;

  private Integer run(Adding adding, LanguageModel model, TrialListener listener) {
    return Runner.into(folder, model, listener).withGroup(6).run(adding);
  }

  @Test
  void aStoppedRunGoesOnAtItsGroupWhereverItWasCut() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      assertThat(
              Runner.inMemory(model, TrialListener.NONE)
                  .withGroup(6)
                  .run(new Adding(new ArrayList<>())))
          .isEqualTo(SUM);
      Adding whole = new Adding(new ArrayList<>());
      assertThat(run(whole, model, TrialListener.NONE)).isEqualTo(SUM);
      assertThat(whole.computed()).hasSize(11);
      Path file = folder.resolve("results.jsonl");
      byte[] bytes = Files.readAllBytes(file);
      for (int cut = 0; cut <= bytes.length; cut += 7) {
        Files.write(file, Arrays.copyOf(bytes, cut));
        Adding again = new Adding(new ArrayList<>());
        assertThat(run(again, model, TrialListener.NONE)).isEqualTo(SUM);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
        assertThat(again.computed().size()).isLessThanOrEqualTo(11);
      }
      Adding done = new Adding(new ArrayList<>());
      List<Integer> told = new ArrayList<>();
      run(done, model, (now, total) -> told.add(now));
      assertThat(done.computed()).isEmpty();
      assertThat(told).containsExactly(1, 2, 3, 4, 7, 10, 11);
    }
  }

  @Test
  void groupsNeedTheLinesOfEarlierStagesAlone() {
    try (LanguageModel model = LanguageModel.reference()) {
      Adding adding = new Adding(new ArrayList<>());
      Stage<Line> second = adding.stages().get(1);
      List<Line> first = new ArrayList<>();
      Run<Line> empty = Run.begin(model, Optional.empty(), TrialListener.NONE, Map.of());
      for (int g = 0; g < 4; g++) {
        adding
            .stages()
            .get(0)
            .work()
            .apply(empty)
            .lines(g, g + 1)
            .forEach(d -> first.add(d.line()));
      }
      Run<Line> before = empty.with(first, List.of());
      List<Line> last =
          second.work().apply(before).lines(6, 7).stream().map(Stage.Done::line).toList();
      assertThat(second.group(7)).isEqualTo(3);
      assertThat(last).containsExactly(new Line("second", 6, 12));
    }
  }

  @Test
  void anInterruptedRunStopsBetweenGroupsAndKeepsWhatItHas() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      TrialListener interrupting =
          (done, total) -> {
            if (done == 7) {
              Thread.currentThread().interrupt();
            }
          };
      assertThatThrownBy(() -> run(new Adding(new ArrayList<>()), model, interrupting))
          .isInstanceOf(CancellationException.class)
          .hasMessage("stopped on request after 7 of 11 trials; what was finished is kept");
      assertThat(Files.readAllLines(folder.resolve("results.jsonl"))).hasSize(7);
    }
  }

  @Test
  void aLineThatIsNoneOfItsExperimentIsNamed() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      run(new Adding(new ArrayList<>()), model, TrialListener.NONE);
      Files.delete(folder.resolve("times.jsonl")); // nothing to check the line by
      Path file = folder.resolve("results.jsonl");
      Files.writeString(file, Files.readString(file).replaceFirst("\"trial\":1,", ""));
      assertThatThrownBy(() -> run(new Adding(new ArrayList<>()), model, TrialListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is damaged at line 2: it has no \"trial\"");
    }
  }

  @Test
  void aFolderGoesOnWithTheGroupsThatItWasBegunWith() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      run(new Adding(new ArrayList<>()), model, TrialListener.NONE);
      Path info = folder.resolve("experiment.json");
      assertThat(Files.readString(info)).contains("\"group\": 6");
      List<Integer> told = new ArrayList<>();
      Runner.into(folder, model, (now, total) -> told.add(now)).run(new Adding(new ArrayList<>()));
      assertThat(told).as("no size is asked for").containsExactly(1, 2, 3, 4, 7, 10, 11);
      assertThatThrownBy(
              () ->
                  Runner.into(folder, model, TrialListener.NONE)
                      .withGroup(2)
                      .run(new Adding(new ArrayList<>())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("group is 2 now and was 6");

      // a folder of an earlier version, which recorded none
      Files.writeString(info, Files.readString(info).replaceFirst("\"group\": 6,\\s+", ""));
      told.clear();
      Runner.into(folder, model, (now, total) -> told.add(now)).run(new Adding(new ArrayList<>()));
      assertThat(told).as("trial by trial").hasSize(11);
      assertThatThrownBy(() -> run(new Adding(new ArrayList<>()), model, TrialListener.NONE))
          .hasMessageContaining("group is 6 now and was 1");
      assertThatThrownBy(() -> Runner.inMemory(model, TrialListener.NONE).withGroup(0))
          .hasMessageContaining("got 0");
    }
  }

  @Test
  void groupsFollowFromShapeAndLengthsAndWhatDoesNotFitIsRefusedWithWhatDoes() {
    try (LanguageModel model = LanguageModel.reference()) {
      NeedleTrials trials =
          NeedleTrials.standard().withGrid(List.of(64, 300), List.of(.5), 8).withRanking(4);
      AblationExperiment experiment = AblationExperiment.standard().withTrials(trials);
      Group group = new Group(model, experiment);
      assertThat(group.rows()).as("a small model").isEqualTo(Group.ROWS);
      int prompt = trials.longestPrompt(model.tokenizer());
      long position =
          model.config().memory(LoadOptions.Dtype.FLOAT32, 1)
              - model.config().memory(LoadOptions.Dtype.FLOAT32, 0);
      // clean runs, two rows each: all sixteen trials; under a row a trial of eight rows is whole
      assertThat(group.keyValueBytes(40)).isEqualTo(16 * (prompt + 2 * 60L) * position);
      assertThat(group.keyValueBytes(1)).isEqualTo((prompt + 8 * 60L) * position);

      group.checkFits(40, OptionalLong.empty());
      group.checkFits(40, OptionalLong.of(Group.REST_BYTES + group.keyValueBytes(40)));
      assertThatThrownBy(
              () ->
                  group.checkFits(40, OptionalLong.of(Group.REST_BYTES + group.keyValueBytes(16))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("groups of 40 rows")
          .hasMessageContaining("--group 17 fits"); // eight clean runs, as with 16
      assertThatThrownBy(() -> group.checkFits(40, OptionalLong.of(Group.REST_BYTES)))
          .hasMessageContaining("not even a group of 1 fits");
    }
  }
}
