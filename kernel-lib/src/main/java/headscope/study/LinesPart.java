package headscope.study;

import headscope.claim.Finding;
import headscope.experiment.Anew;
import headscope.experiment.Experiment;
import headscope.json.Json;
import headscope.model.LanguageModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import tech.tablesaw.api.Table;

/**
 * A part whose lines say everything, so that its result is read off them without the model.
 *
 * <pre>
 *   AblationExperiment zero = AblationExperiment.standard().withForcedRuns();
 *   LinesPart&lt;MaskingLine, AblationResult&gt; part =
 *       LinesPart.of("ablation-uuid-zero", "UUID, zero", zero, l -&gt; new AblationResult(zero, l))
 *           .withTables(result -&gt; Map.of("outcomes", result.byCondition()));
 * </pre>
 *
 * @param name what it is called
 * @param setting of its claims
 * @param experiment what is run
 * @param reader the result of its lines
 * @param tables that are kept of the result, by name
 * @param findings of the result on a model, given its name
 * @param replay what computes trials anew, given the recorded lines: the experiment itself, unless
 *     it needs another's traces
 */
public record LinesPart<L, R>(
    String name,
    String setting,
    Experiment<L, R> experiment,
    Function<List<L>, R> reader,
    Function<R, Map<String, Table>> tables,
    BiFunction<R, String, List<Finding>> findings,
    Function<List<L>, Experiment<L, ?>> replay)
    implements Part<L, R> {

  /** A part without tables and findings. */
  public static <L, R> LinesPart<L, R> of(
      String name, String setting, Experiment<L, R> experiment, Function<List<L>, R> reader) {
    return new LinesPart<>(
        name,
        setting,
        experiment,
        reader,
        result -> Map.of(),
        (result, subject) -> List.of(),
        lines -> experiment);
  }

  /** With tables; a {@code LinkedHashMap} keeps their order. */
  public LinesPart<L, R> withTables(Function<R, Map<String, Table>> other) {
    return new LinesPart<>(name, setting, experiment, reader, other, findings, replay);
  }

  /** With findings. */
  public LinesPart<L, R> withFindings(BiFunction<R, String, List<Finding>> other) {
    return new LinesPart<>(name, setting, experiment, reader, tables, other, replay);
  }

  /** With something that computes trials anew from the recorded lines. */
  public LinesPart<L, R> withReplay(Function<List<L>, Experiment<L, ?>> other) {
    return new LinesPart<>(name, setting, experiment, reader, tables, findings, other);
  }

  /** The result of recorded lines. */
  public R result(List<String> lines) {
    return reader.apply(read(lines));
  }

  private List<L> read(List<String> lines) {
    return Lines.read(name, lines, line -> Json.read(Json.object(line), experiment.lineType()));
  }

  @Override
  public Contents contents(R result, String subject) {
    return new Contents(List.of(), tables.apply(result), findings.apply(result, subject));
  }

  @Override
  public Contents ofLines(List<String> lines, String subject) {
    return contents(result(lines), subject);
  }

  @Override
  public List<Redone.Row> again(LanguageModel model, List<String> lines, List<Integer> drawn) {
    if (!experiment.before().isEmpty()) {
      return List.of(); // it goes by the traces of another run, which lines do not have
    }
    List<L> recorded = read(lines);
    List<Redone.Row> rows = new ArrayList<>();
    List<L> anew =
        Anew.lines(model, replay.apply(recorded), recorded, drawn).stream()
            .map(d -> d.line())
            .toList();
    for (int i = 0; i < drawn.size(); i++) {
      rows.add(
          Redone.compared(
              drawn.get(i),
              Json.object(lines.get(drawn.get(i))),
              Json.tree(anew.get(i)).getAsJsonObject()));
    }
    return rows;
  }

  @Override
  public String toString() {
    return "LinesPart["
        + name
        + ", "
        + setting()
        + ", "
        + experiment().trials().evaluated()
        + " trials]";
  }
}
