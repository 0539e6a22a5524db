package headscope.study;

import headscope.claim.Finding;
import headscope.experiment.DynamismLine;
import headscope.experiment.DynamismResult;
import headscope.experiment.Experiment;
import headscope.model.LanguageModel;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import tech.tablesaw.api.Table;

/**
 * A part that reads the traces of an {@link AnswersPart}, such as their hidden states, which are
 * not recorded: correlations, probes. It keeps tables and findings, and its run is that part's.
 *
 * @param name what it is called
 * @param of whose run it reads
 * @param contents tables and findings of a result, given the model's name
 */
public record StatesPart(
    String name, AnswersPart of, BiFunction<DynamismResult, String, Kept> contents)
    implements Part<DynamismLine, DynamismResult> {

  /**
   * What is computed of the traces, at once, since it may take long.
   *
   * @param tables by name
   * @param findings on the claims
   */
  public record Kept(Map<String, Table> tables, List<Finding> findings) {
    @Override
    public String toString() {
      return "Kept[tables " + tables.keySet() + ", " + findings.size() + " findings]";
    }
  }

  /** A part over a run. */
  public static StatesPart of(
      String name, AnswersPart of, BiFunction<DynamismResult, String, Kept> contents) {
    return new StatesPart(name, of, contents);
  }

  @Override
  public String setting() {
    return of.setting();
  }

  @Override
  public String run() {
    return of.name();
  }

  @Override
  public Experiment<DynamismLine, DynamismResult> experiment() {
    return of.experiment();
  }

  @Override
  public Contents contents(DynamismResult result, String subject) {
    Kept kept = contents.apply(result, subject);
    return new Contents(List.of(), kept.tables(), kept.findings());
  }

  @Override
  public Contents ofLines(List<String> lines, String subject) {
    return new Contents(List.of(), Map.of(), List.of());
  }

  @Override
  public List<Redone.Row> again(LanguageModel model, List<String> lines, List<Integer> drawn) {
    return List.of();
  }

  @Override
  public String toString() {
    return "StatesPart["
        + name
        + ", "
        + setting()
        + ", "
        + experiment().trials().evaluated()
        + " trials]";
  }
}
