package headscope.experiment;

import java.util.List;
import tech.tablesaw.api.Table;

/** What {@link CompensationExperiment} found. */
public final class CompensationResult extends MaskingResult {
  /**
   * Reads it off lines.
   *
   * @param lines in the order of the plan; those of a run that is not finished will do
   */
  public CompensationResult(CompensationExperiment experiment, List<MaskingLine> lines) {
    super(experiment, lines);
  }

  /** The rows of {@link #byCondition}, which mask k dynamic heads: what Fig. 3 is drawn from. */
  public Table byK() {
    Table all = byCondition();
    return all.where(all.intColumn("k").isNotMissing());
  }
}
