package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlanCommandTest {
  private static String planned(String... words) {
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.code()).as(run.err()).isZero();
    return run.out();
  }

  @Test
  void aPlanSaysStagesTimeMemoryAndRoomForTraces() {
    String said =
        planned(
            ("plan --workers 3 dynamism --model reference --lengths 64 --n 6 --ranking-samples 2"
                    + " --group 2 --max-new-tokens 8")
                .split(" "));
    // trials, groups, generations; 8 tokens are too few for an answer
    assertThat(said).containsPattern("ranking +2 +1 +2 ").containsPattern("evaluation +6 +3 +6 ");
    assertThat(said).containsPattern("evaluation +6 +3 +6 +\\d+ +48 +48 ");
    assertThat(said).contains("by 2 rows together, an answer of 8 tokens", "time on 3 like it: ");
    assertThat(said).contains("memory a worker: 0.5 GB", "the rest 0.5)");
    assertThat(said).containsPattern("room for traces: 0\\.[1-9] MB");
  }

  @Test
  void aPlanWithoutTracesSaysThatThereAreNone() {
    assertThat(
            planned(
                ("plan ablation --model reference --lengths 64 --depths 0 --runs 1"
                        + " --ranking-samples 2 --group 16 --max-new-tokens 4")
                    .split(" ")))
        .contains("traces: none are kept")
        .doesNotContain("like it");
  }
}
