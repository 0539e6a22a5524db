package headscope.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import headscope.claim.DynamismClaims;
import headscope.claim.Verdicts;
import headscope.experiment.AblationExperiment;
import headscope.experiment.AblationResult;
import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismResult;
import headscope.experiment.MaskingClaims;
import headscope.experiment.MaskingLine;
import headscope.experiment.MaskingResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.Runner;
import headscope.experiment.TrialListener;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.score.CopyPasteScore;
import headscope.task.StepSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/** What was run is recorded, read and computed again; what was altered since is found. */
@Tag("slow")
class StudyTest {
  private static final Protocol PROTOCOL = Protocol.copyPaste().withMaxNewTokens(40).withMargins();
  private static final AblationExperiment ABLATION =
      AblationExperiment.of(
              NeedleTrials.standard().withGrid(List.of(96), List.of(.5), 2).withRanking(3),
              PROTOCOL)
          .withForcedRuns();
  private static final AnswersPart ANSWERS =
      AnswersPart.of(
              "answers",
              "UUID",
              DynamismExperiment.of(
                  NeedleTrials.standard().withSamples(3, 3).withLengths(List.of(96)), PROTOCOL))
          .withReading("position match", CopyPasteScore::byPosition)
          .withTables(r -> Map.of("turnover", r.turnover(StepSpan.ANSWER).toTable()))
          .withFindings((r, m) -> DynamismClaims.of(r.turnover(StepSpan.ANSWER), m, "UUID"));
  private static final LinesPart<MaskingLine, AblationResult> MASKS =
      LinesPart.of("masks", "UUID, zero", ABLATION, lines -> new AblationResult(ABLATION, lines))
          .withTables(r -> Map.of("outcomes", r.byCondition()))
          .withFindings((r, m) -> MaskingClaims.ofAblation(r, m, "UUID, zero"));
  private static final StatesPart STATES =
      StatesPart.of(
          "states",
          ANSWERS,
          (result, subject) ->
              new StatesPart.Kept(
                  Map.of(
                      "sizes",
                      Table.create(
                          "sizes",
                          IntColumn.create(
                              "hidden", new int[] {result.generations().get(0).hiddenSize()}))),
                  List.of()));

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static Study study;
  private static Path runs;
  private static Path recorded;

  @BeforeAll
  static void isRunAndRecorded() {
    model = LanguageModel.reference();
    study = new Study("reference", Sizes.LIVE, 512, List.of(ANSWERS, MASKS, STATES));
    runs = folder.resolve("runs");
    recorded = folder.resolve("recorded");
    study.run(model, runs, part -> TrialListener.NONE);
    study.record(model, runs, recorded, part -> {});
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Recorded read() {
    return Recorded.of(study, recorded);
  }

  private static DynamismResult result() {
    return Runner.into(runs.resolve("answers"), model, TrialListener.NONE).run(ANSWERS.dynamism());
  }

  @Test
  void whatIsReadIsWhatWasRun() {
    Readings was = read().answers("answers").orElseThrow();
    DynamismResult result = result();
    assertThat(was.names()).containsExactly("copy-paste", "position match");
    assertThat(was.accuracy()).isEqualTo(result.accuracy());
    assertThat(was.ranking().heads()).isEqualTo(result.ranking().heads());
    for (StepSpan span : StepSpan.values()) {
      assertThat(was.turnover(span).toTable().print())
          .isEqualTo(result.turnover(span).toTable().print());
    }
    assertThat(was.samples()).allMatch(s -> s.margin().getAsDouble() > 0);
    assertThat(was.by("position match").scores(StepSpan.ALL).get(0).everDynamic())
        .isEqualTo(CopyPasteScore.byPosition(result.evaluated().get(0).trace()).everDynamic());
    MaskingResult masks = read().masking("masks").orElseThrow();
    assertThat(masks.lines())
        .isEqualTo(
            Runner.into(runs.resolve("masks"), model, TrialListener.NONE).run(ABLATION).lines());
    assertThat(read().table("masks", "outcomes").orElseThrow().columnNames())
        .isEqualTo(masks.byCondition().columnNames());
    assertThat(read().table("states", "sizes").orElseThrow().intColumn("hidden").get(0))
        .isEqualTo(model.config().hidden());
    assertThat(read().answers("states")).isEmpty();
    assertThat(read().says("answers")).contains("reference", "3 trials evaluated", "live");
  }

  @Test
  void verdictsAreThoseOfItsFindings() {
    Verdicts all = Verdicts.load(recorded.resolve("verdicts.json"));
    assertThat(all.rows().stream().map(v -> v.id()))
        .containsExactly("D1", "D2", "D3", "A1", "A2", "A3");
    assertThat(all.rows()).isEqualTo(read().verdicts().rows());
    assertThat(read().verdicts("masks").rows()).isEqualTo(all.rows().subList(3, 6));
    VerdictTable table = VerdictTable.of(all);
    assertThat(table.toTable().stringColumn("claim").asList())
        .containsExactly("D1", "D2", "D3", "A1", "A2", "A3");
    assertThat(table.markdown().lines()).hasSize(8).allMatch(line -> line.startsWith("|"));
    assertThat(table.toTable().stringColumn("SmolLM2").asList()).containsOnly("–");
  }

  @Test
  void aModelIsKnownByItsFiles() {
    assertThat(Recorded.of(model, recorded).parts()).containsExactly("answers", "masks", "states");
    assertThat(Recorded.of(model, folder.resolve("none")).isEmpty()).isTrue();
    Recorded none = Recorded.of(model, folder.resolve("none"));
    assertThat(none.answers("answers")).isEmpty();
    assertThat(none.verdicts().rows()).isEmpty();
    assertThat(none.redo("answers", model, 2).rows()).isEmpty();
    assertThat(none.says("answers")).contains("nothing is recorded");
  }

  @Test
  void trialsComputedAnewAreTheSame() {
    for (String part : List.of("answers", "masks")) {
      Redone redone = read().redo(part, model, 2);
      assertThat(redone.rows()).hasSize(2);
      assertThat(redone.agree()).as(redone.toTable().print()).isTrue();
      assertThat(redone.rows()).allMatch(r -> r.largest() < 1e-4);
    }
    assertThat(read().redo("answers", model, 1).rows().get(0).heads()).isPositive();
    assertThat(read().redo("states", model, 2).rows()).isEmpty();
  }

  @Test
  void tablesAreComputedOnceMore() {
    assertThat(study.verify(recorded)).isEmpty();
    assertThat(study.verify(model, runs, recorded)).isEmpty();
    assertThat(study.only(List.of("masks")).parts()).containsExactly(MASKS);
  }

  /** A copy of what was recorded, with the lines of a part altered and its digests right. */
  private Recorded altered(
      String name, String part, int line, java.util.function.UnaryOperator<String> how)
      throws IOException {
    Path copy = copy(name);
    Path own = copy.resolve("reference").resolve(part);
    RecordedPart was = RecordedPart.open(own);
    List<String> lines = new ArrayList<>(was.lines().orElseThrow());
    assertThat(how.apply(lines.get(line))).isNotEqualTo(lines.get(line));
    lines.set(line, how.apply(lines.get(line)));
    JsonObject about = Json.object(Files.readString(own.resolve("experiment.json")));
    Map<String, Object> map = new java.util.LinkedHashMap<>();
    about.entrySet().forEach(e -> map.put(e.getKey(), e.getValue()));
    Map<String, Table> tables = new java.util.LinkedHashMap<>();
    was.tables().forEach(t -> tables.put(t, was.table(t).orElseThrow()));
    RecordedPart.write(own, map, new Contents(lines, tables, was.findings()));
    return Recorded.of(study, copy);
  }

  private Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (var files = Files.walk(recorded)) {
      for (Path file : files.toList()) {
        Path target = copy.resolve(recorded.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    return copy;
  }

  @Test
  void aChangedTextIsFound() throws IOException {
    Recorded changed =
        altered("text", "answers", 3, l -> l.replaceFirst("\"text\":\"", "\"text\":\"x"));
    Redone redone = changed.redo("answers", model, 3);
    assertThat(redone.agree()).isFalse();
    assertThat(redone.toTable().stringColumn("outcome").asList().toString()).contains("text is");
    assertThat(redone.rows().stream().filter(r -> r.agrees())).hasSize(2);
  }

  @Test
  void aChangedNumberAndAChangedCountAreFound() throws IOException {
    Recorded number =
        altered(
            "number",
            "masks",
            6,
            l -> l.replaceFirst("\"answerLogprob\":(-?[0-9.eE-]+)", "\"answerLogprob\":-77.5"));
    assertThat(number.redo("masks", model, 2).toTable().print()).contains("answerLogprob");
    Recorded count =
        altered("count", "masks", 6, l -> l.replaceFirst("\"asked\":\\[", "\"asked\":[9,"));
    assertThat(count.redo("masks", model, 2).agree()).isFalse();
  }

  @Test
  void changedHeadsAreFound() throws IOException {
    Recorded changed =
        altered(
            "heads",
            "answers",
            4,
            l ->
                l.replaceFirst(
                    "\"heads\":\\{\"copy-paste\":\\[\\[[^]]*]",
                    "\"heads\":{\"copy-paste\":[[1,2,3,4,5,6,7]"));
    Redone redone = changed.redo("answers", model, 3);
    assertThat(redone.agree()).isFalse();
    assertThat(redone.rows().stream().mapToInt(Redone.Row::otherHeads).max().orElse(0))
        .isGreaterThan(4);
    Study altered = study.only(List.of("answers"));
    assertThat(altered.verify(folder.resolve("heads")).toString()).contains("turnover");
  }

  @Test
  void damagedFilesAreSaid() throws IOException {
    Path own = copy("damage").resolve("reference");
    Path csv = own.resolve("masks/outcomes.csv");
    Files.writeString(csv, Files.readString(csv).replaceFirst("[1-9]", "0"));
    Path lines = own.resolve("answers/results.jsonl.gz");
    byte[] bytes = Files.readAllBytes(lines);
    Files.write(lines, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Files.delete(own.resolve("masks/findings.json"));
    Recorded damaged = Recorded.of(study, folder.resolve("damage"));
    assertThatThrownBy(() -> damaged.table("masks", "outcomes"))
        .hasMessageContaining("outcomes.csv is damaged: it is not what was recorded");
    assertThatThrownBy(() -> damaged.answers("answers"))
        .hasMessageContaining("results.jsonl.gz is damaged: it cannot be unpacked");
    assertThatThrownBy(() -> damaged.findings("masks"))
        .hasMessageContaining("findings.json: there is no such file");
    Path about = own.resolve("states/experiment.json");
    Files.writeString(about, Files.readString(about).substring(0, 40));
    assertThatThrownBy(() -> Recorded.of(study, folder.resolve("damage")))
        .hasMessageContaining("experiment.json is damaged");
  }

  @Test
  void resultsOfOtherOptionsAreRefused() {
    AnswersPart other =
        AnswersPart.of(
            "answers",
            "UUID",
            DynamismExperiment.of(
                NeedleTrials.standard().withSamples(3, 3).withLengths(List.of(128)), PROTOCOL));
    Study changed = new Study("reference", Sizes.LIVE, 512, List.of(other));
    assertThatThrownBy(() -> Recorded.of(changed, recorded).redo("answers", model, 1))
        .hasMessageContaining("answers was recorded with other options: lengths is [128] now");
    assertThatThrownBy(() -> changed.part("dynamism"))
        .hasMessage("the parts of reference are answers; got \"dynamism\"");
  }

  @Test
  void aRunThatIsNotCompleteIsNotRecorded() throws IOException {
    Path some = Files.createDirectories(folder.resolve("some/answers"));
    Files.writeString(some.resolve("results.jsonl"), "{}\n");
    assertThatThrownBy(
            () ->
                study
                    .only(List.of("answers"))
                    .record(model, folder.resolve("some"), folder.resolve("into"), p -> {}))
        .hasMessageContaining("has 1 of 6 trials of answers; headscope study run goes on");
  }

  private static Redone.Row compared(String was, String now) {
    return Redone.compared(0, Json.object(was), Json.object(now));
  }

  @Test
  void aCloseCallIsNotHeldAgainstTheRecord() {
    String was = "{\"conditions\":[{\"text\":\"a\",\"margin\":%s,\"masked\":[1,2]}]}";
    String now = "{\"conditions\":[{\"text\":\"b\",\"margin\":0.5,\"masked\":[1]}]}";
    Redone.Row close = compared(was.formatted("0.00001"), now);
    assertThat(close.agrees()).isTrue();
    assertThat(close.close()).isOne();
    Redone.Row clear = compared(was.formatted("0.5"), now);
    assertThat(clear.agrees()).isFalse();
    assertThat(clear.differs().toString()).contains("conditions[0].text", "conditions[0].masked");
  }

  @Test
  void wholeNumbersAreEqualAndOthersNear() {
    assertThat(compared("{\"a\":1.0000,\"b\":3}", "{\"a\":1.0005,\"b\":3}").agrees()).isTrue();
    assertThat(compared("{\"a\":1.0,\"b\":3}", "{\"a\":1.002,\"b\":3}").agrees()).isFalse();
    assertThat(compared("{\"a\":1.0,\"b\":3}", "{\"a\":1.0,\"b\":4}").agrees()).isFalse();
    assertThat(compared("{\"a\":1.0}", "{\"a\":1.0,\"b\":4}").agrees()).isFalse();
    assertThat(compared("{\"a\":\"NaN\"}", "{\"a\":\"NaN\"}").agrees()).isTrue();
  }

  @Test
  void thePartsOfEverySizeCanBePlannedForAnyModel() {
    for (Sizes sizes : Sizes.values()) {
      for (int positions : new int[] {512, 1_024, 8_192}) {
        Study planned = Study.of("smollm2", sizes, positions);
        List<String> names = planned.parts().stream().map(p -> p.name()).toList();
        assertThat(names)
            .doesNotHaveDuplicates()
            .contains("dynamism-uuid", "ablation-uuid-zero", "correlation-classic", "probe-uuid");
        for (Part<?, ?> part : planned.parts()) {
          assertThat(names).contains(part.run());
          assertThat(part.experiment().stages()).isNotEmpty();
          assertThat(part.setting()).isNotBlank();
        }
      }
    }
    assertThat(Study.of("smollm2", Sizes.MIDDLE, 8_192).part("ablation-uuid-zero").experiment())
        .satisfies(e -> assertThat(e.trials().evaluated()).isGreaterThanOrEqualTo(45));
  }

  @Test
  void theReadingsOfARunStandBesideEachOther() {
    Readings was = read().answers("answers").orElseThrow();
    Table robust = was.robustness(StepSpan.ANSWER);
    assertThat(robust.stringColumn("setting").unique().asList())
        .containsExactlyInAnyOrder("copy-paste", "position match");
    assertThat(robust.doubleColumn("value").get(0))
        .isEqualTo(was.turnover(StepSpan.ANSWER).adjacentJaccard().value());
  }

  @Test
  void lengthsOfThePaperAreClippedToThePositions() {
    assertThat(NeedleGrid.of(Sizes.PAPER, 12_000).masked()).containsExactly(5_000, 10_000, 11_700);
    assertThat(NeedleGrid.of(Sizes.MIDDLE, 8_192).masked()).containsExactly(128, 256, 512);
    assertThat(NeedleGrid.of(Sizes.MIDDLE, 1_024).masked()).containsExactly(128, 256, 384);
    assertThat(Sizes.of("paper")).isEqualTo(Sizes.PAPER);
    assertThatThrownBy(() -> Sizes.of("full")).hasMessageContaining("live, middle or paper");
  }
}
