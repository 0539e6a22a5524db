package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.reference.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shards that are merged are what one machine writes. */
@Tag("slow")
class ShardsTest {
  private static final NeedleTrials TRIALS =
      NeedleTrials.standard().withSamples(7, 5).withLengths(List.of(64));
  private static final DynamismExperiment DYNAMISM =
      DynamismExperiment.of(TRIALS, Protocol.copyPaste().withMaxNewTokens(6));
  private static final int ROWS = 2;

  private static LanguageModel model;

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    model = LanguageModel.reference();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private ShardRun.Standing shard(Experiment<?, ?> experiment, int i, int n) {
    return shard(experiment, i, n, TrialListener.NONE);
  }

  private ShardRun.Standing shard(
      Experiment<?, ?> experiment, int i, int n, TrialListener listener) {
    return ShardRun.of(experiment, model, folder.resolve("shards"), new Shard(i, n))
        .withGroup(ROWS)
        .withWords(List.of("run", "x", "--instruction", "it's so", "--shard", i + "/" + n))
        .run(listener);
  }

  private Path merged() {
    Path merged = folder.resolve("merged");
    Merge.of(List.of(folder.resolve("shards"))).into(merged);
    return merged;
  }

  private void allStages(Experiment<?, ?> experiment, int n) {
    for (int stage = 0; stage < 3; stage++) {
      IntStream.rangeClosed(1, n).forEach(i -> shard(experiment, i, n));
    }
  }

  /** What the runner writes of a whole run, without what reading the result adds. */
  private Path whole(Experiment<?, ?> experiment) {
    Path whole = folder.resolve("whole");
    Runner.into(whole, model, TrialListener.NONE).withGroup(ROWS).run(experiment);
    return whole;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  private static void assertSame(Path merged, Path whole) throws IOException {
    assertThat(files(merged)).isEqualTo(files(whole));
    for (Path file : files(whole)) {
      if (!file.endsWith("times.jsonl")) {
        assertThat(merged.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
      }
    }
  }

  @Test
  void sixteenShardsOfWhichThreeWereStoppedAreWhatOneMachineWrites() throws IOException {
    TrialListener stopping =
        new TrialListener() {
          @Override
          public void progress(int done, int total) {}

          @Override
          public void within(Within within) {
            if (within.steps() > 2) {
              throw new CancellationException("stopped");
            }
          }
        };
    DynamismExperiment more = DYNAMISM.withTrials(TRIALS.withSamples(34, 5));
    for (int stage = 0; stage < 2; stage++) {
      for (int i = 1; i <= 16; i++) {
        if (List.of(2, 3, 16).contains(i)) {
          int stopped = i;
          try {
            shard(more, stopped, 16, stopping);
          } catch (CancellationException e) {
            assertThat(e).hasMessageContaining("stopped on request after");
          }
        }
        shard(more, i, 16);
      }
    }
    assertSame(merged(), whole(more));
    // and a run goes on from there as if it had written it
    DynamismResult taken =
        Runner.into(merged(), model, TrialListener.NONE)
            .withGroup(ROWS)
            .with(
                job -> {
                  throw new AssertionError(job + " is computed again");
                })
            .run(more);
    assertThat(taken.samples()).hasSize(39);
  }

  @Test
  void conditionsWithMeansAreMergedWithTheirMeans() throws IOException {
    AblationExperiment experiment =
        AblationExperiment.of(TRIALS.withSamples(3, 2), Protocol.copyPaste().withMaxNewTokens(5))
            .withMode(MaskMode.MEAN);
    allStages(experiment, 2);
    Path merged = merged();
    assertThat(merged.resolve("head_means.safetensors")).exists();
    assertSame(merged, whole(experiment));
  }

  @Test
  void anExperimentBeforeIsSharedToo() throws IOException {
    RagExperiment own = RagExperiment.standard();
    RagExperiment experiment =
        own.withTrials(QuestionTrials.world(World.standard(), 2, 4, 1))
            .withProbe(own.probe().withEpochs(2).withWidths(List.of(8)));
    assertThat(shard(experiment, 1, 2).toString()).isEqualTo("stage evaluation waits for shard 2");
    allStages(experiment, 2);
    Path merged = merged();
    assertThat(merged.resolve("training/results.jsonl")).exists();
    assertSame(merged, whole(experiment));
  }

  @Test
  void aStageWaitsForTheOthersAndNamesThem() {
    ShardRun.Standing first = shard(DYNAMISM, 1, 3);
    assertThat(first.finished()).isFalse();
    assertThat(first.stage()).isEqualTo("evaluation");
    assertThat(first.waitsFor()).containsExactly(2, 3);
    shard(DYNAMISM, 2, 3);
    assertThat(shard(DYNAMISM, 3, 3).finished()).isTrue();
    assertThat(shard(DYNAMISM, 1, 3)).hasToString("all its groups are done");
  }

  @Test
  void whatIsMissingIsListedWithTheCommandThatMakesIt() {
    shard(DYNAMISM, 1, 3);
    shard(DYNAMISM, 3, 3);
    assertThatThrownBy(this::merged)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("5 of 7 groups are missing (ranking 3 to 4, evaluation 1 to 2")
        .hasMessageContaining("headscope run x --instruction 'it'\\''s so' --shard 2/3")
        .hasMessageContaining("--shard 1/3");
  }

  @Test
  void aGroupThatIsThereTwiceIsNamed() throws IOException {
    allStages(DYNAMISM, 2);
    Path shards = folder.resolve("shards");
    Path group = shards.resolve("shard-1-of-2/groups/00000.jsonl");
    Files.copy(group, shards.resolve("shard-2-of-2/groups/00000.jsonl"));
    assertThatThrownBy(this::merged)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the group at line 1, of stage ranking, is there twice")
        .hasMessageContaining("shard-1-of-2");
  }

  @Test
  void aShardOfAnotherVersionIsNamedAndSoAreOtherOptions() throws IOException {
    allStages(DYNAMISM, 2);
    Path page = folder.resolve("shards/shard-2-of-2/experiment.json");
    String as = Files.readString(page);
    Files.writeString(page, as.replaceAll("\"djl\": \"[^\"]*\"", "\"djl\": \"0.1\""));
    assertThatThrownBy(this::merged)
        .hasMessageContaining("shard-2-of-2 does not belong to")
        .hasMessageContaining("djl is \"0.1\" in shard-2-of-2 and");
    assertThatThrownBy(() -> shard(DYNAMISM, 2, 2)).hasMessageContaining("djl is \"0.1\" in it");
    Files.writeString(page, as.replaceAll("\"seed\": 1", "\"seed\": 2"));
    assertThatThrownBy(this::merged).hasMessageContaining("seed is 2 in shard-2-of-2 and 1 in");
    Files.writeString(page, as.replaceAll("\"checkpoint\": \"..", "\"checkpoint\": \"zz"));
    assertThatThrownBy(this::merged).hasMessageContaining("checkpoint is \"zz");
  }

  @Test
  void aDamagedGroupIsNamedAndSoIsAFolderWithoutShards() throws IOException {
    allStages(DYNAMISM, 2);
    Path group = folder.resolve("shards/shard-1-of-2/groups/00000.jsonl");
    Files.writeString(group, Files.readString(group).replace("newTokens", "newToken"));
    assertThatThrownBy(this::merged).hasMessageContaining("00000.jsonl is not what was written");
    assertThatThrownBy(() -> Merge.of(List.of(Files.createDirectories(folder.resolve("empty")))))
        .hasMessageContaining("empty is no folder of shards");
    assertThatThrownBy(() -> Shard.parse("17/16")).hasMessageContaining("got 17/16");
    assertThatThrownBy(() -> Shard.parse("a")).hasMessageContaining("got \"a\"");
  }
}
