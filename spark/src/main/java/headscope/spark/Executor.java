package headscope.spark;

import headscope.cli.Asked;
import headscope.experiment.Assignment;
import headscope.experiment.GroupRange;
import headscope.experiment.Worker;
import headscope.failure.Sectioned;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Function1;
import scala.collection.Iterator;

/**
 * The task of an executor: one group. Its model is loaded with the first task and stays, one a
 * process.
 */
final class Executor implements Function1<Iterator<GroupRange>, Answer>, Serializable {
  private static final long serialVersionUID = 1L;

  /** By the hash of the checkpoint; a process of another application has its own. */
  private static final Map<String, Worker> WORKERS = new HashMap<>();

  private final Broadcast<Inputs> inputs;
  private final String out;
  private final String checkpoint;
  private final Broadcast<Assignment> assignment;

  /**
   * A task.
   *
   * @param inputs the driver's command line and its files
   * @param out the folder of the run
   * @param checkpoint hash of its files
   * @param assignment what is known of the stage
   */
  Executor(
      Broadcast<Inputs> inputs, String out, String checkpoint, Broadcast<Assignment> assignment) {
    this.inputs = inputs;
    this.out = out;
    this.checkpoint = checkpoint;
    this.assignment = assignment;
  }

  @Override
  public Answer apply(Iterator<GroupRange> groups) {
    GroupRange range = groups.next();
    String who =
        "executor "
            + SparkEnv.get().executorId()
            + " on "
            + SparkEnv.get().blockManager().blockManagerId().host();
    try {
      List<String> lines = worker().lines(assignment.value(), range);
      return new Answer(range, new ArrayList<>(lines), who, "");
    } catch (IllegalArgumentException | IllegalStateException e) {
      if (e instanceof Sectioned && !TaskContext.get().isInterrupted()) {
        return new Answer(range, new ArrayList<>(), who, e.getMessage());
      }
      throw e;
    }
  }

  private Worker worker() {
    synchronized (WORKERS) {
      Worker worker = WORKERS.get(checkpoint);
      if (worker == null) {
        Asked asked = Asked.of(inputs.value().here());
        worker = new Worker(asked.experiment(), asked.model().get(), Path.of(out));
        WORKERS.put(checkpoint, worker);
      }
      return worker;
    }
  }
}
