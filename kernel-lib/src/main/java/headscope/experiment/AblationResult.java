package headscope.experiment;

import java.util.List;

/** What {@link AblationExperiment} found. */
public final class AblationResult extends MaskingResult {
  /**
   * Reads it off lines.
   *
   * @param lines in the order of the plan; those of a run that is not finished will do
   */
  public AblationResult(AblationExperiment experiment, List<MaskingLine> lines) {
    super(experiment, lines);
  }
}
