package headscope.study;

import com.google.gson.JsonObject;
import headscope.claim.Finding;
import headscope.experiment.Anew;
import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismLine;
import headscope.experiment.DynamismResult;
import headscope.experiment.Experiment;
import headscope.experiment.Stage;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.score.ScoreMatrix;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import tech.tablesaw.api.Table;

/**
 * A part whose heads are read: of every generation is kept what was said, which heads retrieved at
 * every step under each reading, and how long its answer is.
 *
 * <pre>
 *   AnswersPart part =
 *       AnswersPart.of("dynamism-uuid", "UUID", DynamismExperiment.standard())
 *           .withTables(r -&gt; Map.of("turnover", r.turnover(StepSpan.ANSWER).toTable()))
 *           .withFindings((r, model) -&gt; DynamismClaims.of(r.turnover(StepSpan.ANSWER), model, "UUID"));
 * </pre>
 *
 * @param name what it is called
 * @param setting of its claims
 * @param dynamism what is run
 * @param readings name to what reads the counted steps of a trace; the first is the one that is
 *     taken where none is named
 * @param tables that are kept of the readings, by name
 * @param findings of the readings on a model, given its name
 */
public record AnswersPart(
    String name,
    String setting,
    DynamismExperiment dynamism,
    Map<String, Function<Trace, ScoreMatrix>> readings,
    Function<Readings, Map<String, Table>> tables,
    BiFunction<Readings, String, List<Finding>> findings)
    implements Part<DynamismLine, DynamismResult> {

  public AnswersPart {
    readings = Collections.unmodifiableMap(new LinkedHashMap<>(readings));
  }

  /** A part read by the score of its protocol, without tables and findings. */
  public static AnswersPart of(String name, String setting, DynamismExperiment experiment) {
    var score = experiment.protocol().score();
    return new AnswersPart(
        name,
        setting,
        experiment,
        Map.of(score.name(), score::matrix),
        readings -> Map.of(),
        (readings, subject) -> List.of());
  }

  /** With one more reading, behind those that it has. */
  public AnswersPart withReading(String reading, Function<Trace, ScoreMatrix> read) {
    Map<String, Function<Trace, ScoreMatrix>> more = new LinkedHashMap<>(readings);
    more.put(reading, read);
    return new AnswersPart(name, setting, dynamism, more, tables, findings);
  }

  /** With tables; a {@code LinkedHashMap} keeps their order. */
  public AnswersPart withTables(Function<Readings, Map<String, Table>> other) {
    return new AnswersPart(name, setting, dynamism, readings, other, findings);
  }

  /** With findings. */
  public AnswersPart withFindings(BiFunction<Readings, String, List<Finding>> other) {
    return new AnswersPart(name, setting, dynamism, readings, tables, other);
  }

  @Override
  public Experiment<DynamismLine, DynamismResult> experiment() {
    return dynamism;
  }

  @Override
  public Contents contents(DynamismResult result, String subject) {
    return contents(Readings.of(result, readings), subject);
  }

  private Contents contents(Readings read, String subject) {
    return new Contents(read.toLines(), tables.apply(read), findings.apply(read, subject));
  }

  @Override
  public Contents ofLines(List<String> lines, String subject) {
    return contents(Readings.ofLines(name, lines), subject);
  }

  @Override
  public List<Redone.Row> again(LanguageModel model, List<String> lines, List<Integer> drawn) {
    List<DynamismLine> recorded =
        Readings.ofLines(name, lines).samples().stream().map(ReadSample::line).toList();
    List<Redone.Row> rows = new ArrayList<>();
    List<Stage.Done<DynamismLine>> anew = Anew.lines(model, dynamism, recorded, drawn);
    for (int i = 0; i < drawn.size(); i++) {
      DynamismLine line = anew.get(i).line();
      Trace trace = anew.get(i).trace().orElseThrow();
      int answer = dynamism.trials().answerSpan(line.facts()).steps(trace);
      JsonObject was = Json.object(lines.get(drawn.get(i)));
      JsonObject now = Json.object(Json.line(Readings.sample(line, trace, answer, readings)));
      rows.add(Redone.compared(drawn.get(i), was, now));
    }
    return rows;
  }

  @Override
  public String toString() {
    return "AnswersPart["
        + name
        + ", "
        + setting()
        + ", "
        + experiment().trials().evaluated()
        + " trials]";
  }
}
