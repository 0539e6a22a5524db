package headscope.experiment;

/**
 * Where the missing groups of a stage are computed: in this process, or on other machines. What
 * they compute is handed back to the job, which checks it and writes it in the order of the plan.
 *
 * <pre>
 *   Runner.into(folder, model, listener).with(workers).run(experiment);
 * </pre>
 */
@FunctionalInterface
public interface Workers {
  /** Here, one group after the other. */
  Workers HERE = job -> job.missing().forEach(job::compute);

  /**
   * Computes the missing groups of a job, in any order; returns when all are handed over.
   *
   * @param job is to be called from this thread alone
   */
  void compute(StageJob<?> job);
}
