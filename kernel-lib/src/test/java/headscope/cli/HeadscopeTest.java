package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.safetensors.SafeTensors;
import headscope.task.HotpotQa;
import headscope.task.Question;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Tag("slow")
class HeadscopeTest {
  private static final String LLAMA = "src/test/resources/fixtures/checkpoints/llama2";

  @TempDir Path folder;

  @Test
  void aWorldIsMadeAndAskedInEveryWay() throws IOException {
    Path world = folder.resolve("world.json");
    assertThat(
            CommandLineRun.of(
                    "world", "--questions", "40", "--seed", "3", "--out", world.toString())
                .code())
        .isZero();
    try (Stream<Question> questions = HotpotQa.read(world)) {
      assertThat(questions.map(Question::type).distinct())
          .containsExactlyInAnyOrder("bridge", "comparison");
    }
    for (String line :
        List.of(
            "dynamism --task hotpotqa --samples 4 --ranking-samples 3|table1",
            "correlation --task hotpotqa --samples 6 --offsets 0,3|correlation",
            "probe --task hotpotqa --samples 10 --epochs 2 --widths 16|table3",
            "rag --n 3 --ranking-samples 10 --epochs 2 --widths 16 --top-k 4|table4")) {
      String[] parts = line.split("\\|");
      Path out = folder.resolve(parts[1]);
      List<String> args = new ArrayList<>(List.of("run"));
      args.addAll(List.of(parts[0].split(" ")));
      args.addAll(List.of("--model", "reference", "--questions", world.toString()));
      args.addAll(List.of("--threshold", "0.3", "--local", "8", "--out", out.toString()));
      CommandLineRun r = CommandLineRun.of(args.toArray(String[]::new));
      assertThat(r.code()).as(r.err()).isZero();
      assertThat(out.resolve("tables").resolve(parts[1] + ".csv")).isNotEmptyFile();
      assertThat(out.resolve("results.jsonl")).isNotEmptyFile();
    }
  }

  @Test
  void anExperimentIsFoundWhereverItIsTyped() {
    CommandLine commands = new CommandLine(new Headscope());
    for (String[] typed :
        new String[][] {
          {"run --model probe --out x rag --n 3", "run rag --model probe --out x --n 3"},
          {"--verbose run --seed=2 ablation", "--verbose run ablation --seed=2"},
          {"run --ignore-generation-config rag", "run rag --ignore-generation-config"},
          {"run --help", "run --help"},
          {"detect --out run", "detect --out run"}
        }) {
      assertThat(String.join(" ", RunCommand.experimentFirst(commands, typed[0].split(" "))))
          .isEqualTo(typed[1]);
    }
    CommandLineRun before =
        CommandLineRun.of("run", "--model", "nowhere", "--out", folder.toString(), "DYNAMISM");
    assertThat(before.err()).contains("nowhere").doesNotContain("EXPERIMENT");
  }

  @Test
  void whatIsNoExperimentOrOfAnotherOneIsSaid() {
    CommandLineRun missing = CommandLineRun.of("run", "--model", "reference");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("an experiment is missing: dynamism, ablation");
    CommandLineRun unknown = CommandLineRun.of("run", "magic", "--model", "reference");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("got \"magic\"");
    CommandLineRun other =
        CommandLineRun.of(
            "run", "dynamism", "--model", "reference", "--out", "x", "--mask-mode=uniform");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err())
        .contains("--mask-mode is for ablation and compensation, not for dynamism");
    CommandLineRun none =
        CommandLineRun.of("run", "rag", "--model", "reference", "--out", "x", "--n", "0");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("--samples is at least 1, got 0");
    assertThat(CommandLineRun.of("run", "ablation", "--help").out().replaceAll("\\s+", ""))
        .contains("(dynamic;static;random;random,layer-matched)");
  }

  @Test
  void generateByIdsNeedsNoTokenizer() {
    CommandLineRun r =
        CommandLineRun.of(
            "generate", "--model", LLAMA, "--ids", "1,2,3", "--max-new-tokens", "4", "--json");
    assertThat(r.code()).isZero();
    assertThat(r.err()).isEmpty();
    JsonObject o = JsonParser.parseString(r.out()).getAsJsonObject();
    assertThat(o.keySet()).containsExactly("ids", "text", "logprobs", "promptTokens");
    assertThat(o.get("text").isJsonNull()).isTrue();
    assertThat(o.get("promptTokens").getAsInt()).isEqualTo(3);
    assertThat(o.getAsJsonArray("ids")).hasSize(4);
    JsonArray logprobs = o.getAsJsonArray("logprobs");
    logprobs.forEach(x -> assertThat(x.getAsDouble()).isNegative());
  }

  @Test
  void generateByMessagesThroughTheChatTemplate() throws IOException {
    Path messages = folder.resolve("m.json");
    Files.writeString(
        messages,
        "[{\"role\": \"user\", \"content\": \"Context:\\nThe magic word is amber. It rained."
            + "\\nQuestion:\\nWhat is the magic word?\"}]");
    CommandLineRun r =
        CommandLineRun.of("generate", "--model", "reference", "--messages", messages.toString());
    assertThat(r.code()).isZero();
    assertThat(r.out()).contains("amber");
  }

  @Test
  void masksHiddenSpansAndTraces() {
    Path file = folder.resolve("a.trace.safetensors");
    String[] plain = {"generate", "--model", LLAMA, "--ids", "5,6,7,8,9,10,11,12"};
    String clean = CommandLineRun.of(join(plain, "--max-new-tokens", "6")).out();
    for (String mode : new String[] {"zero", "uniform", "mean"}) {
      for (String scope : new String[] {"steps", "decode", "all"}) {
        CommandLineRun r =
            CommandLineRun.of(
                join(
                    plain,
                    "--max-new-tokens",
                    "6",
                    "--ignore-eos",
                    "--mask",
                    "L0-H1,L1-H0,L2-H2,L3-H3",
                    "--mask-mode",
                    mode,
                    "--mask-scope",
                    scope,
                    "--hide",
                    "1:2",
                    "--hide",
                    "3:5",
                    "--span",
                    "needle=5:6",
                    "--span",
                    "needle=7:8",
                    "--trace",
                    file.toString()));
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).isNotEqualTo(clean);
        Trace trace = Trace.load(file);
        assertThat(trace.prompt().span("needle").toString()).isEqualTo("5:6,7:8");
        assertThat(trace.options())
            .containsEntry("maskMode", mode)
            .containsEntry("maskScope", scope)
            .containsEntry("hide", "1:2,3:5");
      }
    }
    CommandLineRun csv = CommandLineRun.of("score", file.toString());
    assertThat(csv.out().lines().findFirst()).contains("trace,step,token,head,score");
    assertThat(csv.out().lines().count()).isEqualTo(1 + 6 * 16);
    CommandLineRun json =
        CommandLineRun.of("score", file.toString(), "--score", "reasoning", "--format", "json");
    assertThat(JsonParser.parseString(json.out()).getAsJsonArray()).hasSize(6 * 16);
  }

  private static String[] join(String[] a, String... b) {
    return java.util.stream.Stream.concat(java.util.Arrays.stream(a), java.util.Arrays.stream(b))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|--ids|",
        "2|a command is missing|",
        "2|Unknown option|generate --model LLAMA --ids 1 --nonsense",
        "2|exclusive|generate --model LLAMA --ids 1 --text a",
        "2|separated by commas|generate --model LLAMA --ids 1,x",
        "2|L3-H7|generate --model LLAMA --ids 1 --mask H3",
        "2|outside the model|generate --model LLAMA --ids 1 --mask L9-H0",
        "2|FROM:TO|generate --model LLAMA --ids 1 --hide 3",
        "2|outside the prompt|generate --model LLAMA --ids 1,2 --span needle=0:9",
        "2|vocabulary|generate --model LLAMA --ids 99999",
        "2|bfloat16|generate --model LLAMA --ids 1 --dtype int8",
        "2|cpu|generate --model LLAMA --ids 1 --device tpu",
        "2|mode|generate --model LLAMA --ids 1 --mask L0-H0 --mask-mode half",
        "1|config.json|generate --model nowhere --ids 1",
        "1|tokenizer.json|generate --model LLAMA --text hello",
        "1|cannot read|generate --model reference --messages nowhere.json",
        "1|cannot write|generate --model LLAMA --ids 1 --trace nowhere/deep/a.trace",
        "1|no such file|score nowhere.trace.safetensors",
        "2|copy-paste, reasoning|run dynamism --model reference --out OUT --score magic",
        "2|at least 1|run dynamism --model reference --out OUT --samples 0",
        "2|niah has --runs|run ablation --model reference --out OUT --samples 7",
        "2|for ablation and compensation|run dynamism --model reference --out OUT --runs 3",
        "2|at least 1|run ablation --model reference --out OUT --runs -3",
        "2|of its own|generate --model LLAMA --ids 1,2 --span sink=0:1",
        "2|0 or more|detect --model reference --top -1",
        "2|at least 1|world --questions 0 --out OUT/w.json",
        "2|a range such as 3-5|world --questions 2 --paragraphs x --out OUT/w.json",
        "2|2 to 1000 paragraphs|world --questions 2 --paragraphs 9-3 --out OUT/w.json",
        "2|for rag, not for dynamism|run dynamism --model reference --out OUT --top-k 3",
        "2|of its own|run rag --model reference --out OUT --rind dragin",
        "2|for correlation|run probe --model reference --out OUT --offsets 1,2",
        "2|for probe and rag|run ablation --model reference --out OUT --epochs 3",
        "2|--task hotpotqa|run dynamism --model reference --out OUT --questions w.json",
        "2|--task niah|run dynamism --model reference --out OUT --task hotpotqa --lengths 96",
        "2|niah or hotpotqa|run dynamism --model reference --out OUT --task squad",
        "2|positions|bench --model reference --lengths 128,1024",
        "2|from 2|bench --model reference --lengths 1",
      })
  void wrongUseEndsInOneClearLine(int code, String words, String line) {
    String[] args =
        line == null
            ? new String[0]
            : line.replace("LLAMA", LLAMA).replace("OUT", folder.toString()).split(" ");
    if (words.equals("--ids")) {
      args = new String[] {"generate", "--model", LLAMA};
    }
    CommandLineRun r = CommandLineRun.of(args);
    assertThat(r.code()).as(r.err()).isEqualTo(code);
    assertThat(r.out()).isEmpty();
    assertThat(r.err()).contains(words).startsWith("headscope: ").doesNotContain("\tat ");
    assertThat(r.err().lines().count()).isLessThanOrEqualTo(2);
  }

  @Test
  void verboseShowsTheStackTrace() {
    CommandLineRun r =
        CommandLineRun.of("generate", "--model", "nowhere", "--ids", "1", "--verbose");
    assertThat(r.code()).isEqualTo(1);
    assertThat(r.err()).contains("\tat headscope");
  }

  @Test
  void aRankingOfUnansweredSamplesIsWrittenButFails() {
    Path file = folder.resolve("head_score.json");
    CommandLineRun r =
        CommandLineRun.of(
            "detect",
            "--model",
            "reference",
            "--samples",
            "1",
            "--lengths",
            "96",
            "--max-new-tokens",
            "3",
            "--out",
            file.toString());
    assertThat(r.code()).isEqualTo(1);
    assertThat(r.err()).contains("none of the 1 samples was answered");
    assertThat(file).exists();
  }

  @Test
  void meanVectorsAreSavedWithTheRun() {
    CommandLineRun r =
        CommandLineRun.of(
            "run",
            "compensation",
            "--model",
            "reference",
            "--out",
            folder.toString(),
            "--k",
            "0,1",
            "--lengths",
            "64",
            "--runs",
            "1",
            "--ranking-samples",
            "2",
            "--mask-mode",
            "mean",
            "--max-new-tokens",
            "40");
    assertThat(r.code()).as(r.err()).isZero();
    try (SafeTensors means = SafeTensors.open(folder.resolve("head_means.safetensors"))) {
      assertThat(means.tensor("mean").shape()).containsExactly(6L, 12L, 16L);
    }
  }

  @Test
  void benchMeasuresSpeedAndMemoryAndSavesWhatItSaw() {
    Path file = folder.resolve("b.trace.safetensors");
    CommandLineRun r =
        CommandLineRun.of(
            "bench",
            "--model",
            LLAMA,
            "--lengths",
            "40",
            "--new-tokens",
            "3",
            "--runs",
            "2",
            "--json",
            "--trace",
            file.toString());
    assertThat(r.err()).isEmpty();
    assertThat(r.code()).isZero();
    JsonObject o = JsonParser.parseString(r.out()).getAsJsonObject();
    JsonObject row = o.getAsJsonArray("rows").get(0).getAsJsonObject();
    assertThat(row.get("length").getAsInt()).isEqualTo(40);
    assertThat(row.getAsJsonArray("promptTokensPerSecond")).hasSize(4);
    assertThat(row.getAsJsonArray("untracedTokensPerSecond")).hasSize(2);
    assertThat(row.getAsJsonArray("tracedTokensPerSecond"))
        .hasSize(2)
        .allSatisfy(x -> assertThat(x.getAsDouble()).isPositive());
    if (Files.exists(Path.of("/proc/self/status"))) {
      long loaded = o.get("loadedBytes").getAsLong();
      // the system counts pages a processor at a time: both are a little off
      assertThat(row.get("peakBytes").getAsLong()).isGreaterThan(loaded / 10 * 9);
      assertThat(loaded).isGreaterThan(50_000_000L); // a JVM with libtorch
    }
    Trace trace = Trace.load(file);
    assertThat(trace.prompt().length()).isEqualTo(40);
    assertThat(trace.prompt().span("needle").list()).hasToString("[10:40]");
    assertThat(trace.steps()).hasSize(3);
  }

  @Test
  void detectWritesHeadScores() {
    Path file = folder.resolve("head_score.json");
    CommandLineRun r =
        CommandLineRun.of(
            "detect",
            "--model",
            "reference",
            "--samples",
            "2",
            "--lengths",
            "96",
            "--top",
            "3",
            "--out",
            file.toString());
    assertThat(r.code()).as(r.err()).isZero();
    assertThat(r.out().lines()).hasSize(3);
    assertThat(file).content().startsWith("{").contains("\"3-0\"");
  }

  @Test
  void scoresGoToATableAndBackToTheSameBytes() throws IOException {
    Path json = folder.resolve("head_score.json");
    Files.writeString(json, "{\"0-1\": [0.5, 0.1], \"3-12\": [1.0E-4, 0.30000000000000004]}");
    Path csv = folder.resolve("scores.csv");
    Path back = folder.resolve("back.json");
    assertThat(CommandLineRun.of("import-scores", json.toString(), "--out", csv.toString()).code())
        .isZero();
    assertThat(Files.readAllLines(csv)).startsWith("head,sample,score", "L0-H1,0,0.5");
    assertThat(CommandLineRun.of("export-scores", csv.toString(), "--out", back.toString()).code())
        .isZero();
    assertThat(back).hasSameTextualContentAs(json);
    assertThat(CommandLineRun.of("import-scores", json.toString(), "--means").out())
        .isEqualTo("head,score\nL0-H1,0.3\nL3-H12,0.15005000000000002\n");
    Files.writeString(csv, "head,sample,score\nL0-H1,0,0.5\nL0-H1,0,0.5\n");
    CommandLineRun bad =
        CommandLineRun.of("export-scores", csv.toString(), "--out", back.toString());
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err()).contains("line 3", "each once");
  }

  @Test
  void tracesBecomePages() throws IOException {
    Path trace = folder.resolve("a.trace.safetensors");
    Path page = folder.resolve("a.html");
    CommandLineRun.of(
        "generate", "--model", LLAMA, "--ids", "5,6,7,8", "--trace", trace.toString());
    CommandLineRun r =
        CommandLineRun.of("explore", trace.toString(), "--out", page.toString(), "--title", "<b>");
    assertThat(r.code()).as(r.err()).isZero();
    assertThat(page).content().contains("<title>&lt;b&gt;</title>");
    assertThat(
            CommandLineRun.of("explore", trace.toString(), "--out", page.toString(), "--clean")
                .err())
        .contains("no clean rows");
    Path same = folder.resolve("b.trace.safetensors");
    Files.copy(trace, same);
    assertThat(
            CommandLineRun.of(
                    "explore", trace.toString(), same.toString(), "--out", page.toString())
                .code())
        .isZero();
    assertThat(page).content().containsPattern("<title>[^<]*, a beside [^<]*, b</title>");
    CommandLineRun report = CommandLineRun.of("report", folder.toString());
    assertThat(report.code()).isZero();
    assertThat(folder.resolve("report.html")).exists();
  }

  @Test
  void thePageToPlayWithAndItsWeightsAreWritten() {
    Path page = folder.resolve("play.html");
    Path weights = folder.resolve("weights");
    CommandLineRun r =
        CommandLineRun.of("play", "--out", page.toString(), "--checkpoint", weights.toString());
    assertThat(r.code()).as(r.err()).isZero();
    assertThat(r.out()).isEqualTo(page + "\n" + weights + "\n");
    assertThat(page).content().startsWith("<!DOCTYPE html>").contains("id=\"weights\"");
    CommandLineRun said =
        CommandLineRun.of("generate", "--model", weights.toString(), "--ids", "0,5,6", "--json");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(CommandLineRun.of("play").code()).isEqualTo(2);
  }
}
