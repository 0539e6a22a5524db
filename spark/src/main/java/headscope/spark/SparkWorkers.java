package headscope.spark;

import headscope.experiment.Assignment;
import headscope.experiment.GroupRange;
import headscope.experiment.StageJob;
import headscope.experiment.Workers;
import headscope.failure.Section;
import headscope.json.Json;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Function0;
import scala.Function2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Computes the groups of a stage as the tasks of one Spark job. Each comes back as it is finished;
 * an executor that is lost, a task that is tried again and a speculative copy change nothing, since
 * a group's lines are the same wherever it is computed.
 */
final class SparkWorkers implements Workers {
  private static final long LOOK_MS = 200;

  private final JavaSparkContext spark;
  private final List<String> words;
  private Optional<Broadcast<Inputs>> inputs = Optional.empty();

  /**
   * Executors of a cluster.
   *
   * @param words of the command line, which each of them reads for itself
   */
  SparkWorkers(JavaSparkContext spark, String... words) {
    this.spark = spark;
    this.words = List.of(words);
  }

  @Override
  public void compute(StageJob<?> job) {
    Assignment assignment = job.assignment();
    String checkpoint =
        Json.object(assignment.page()).getAsJsonObject("options").get("checkpoint").getAsString();
    List<GroupRange> missing = job.missing();
    BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    spark.setJobGroup("headscope", "stage " + assignment.name(), true);
    Broadcast<Assignment> told = spark.broadcast(assignment);
    JavaRDD<GroupRange> groups = spark.parallelize(missing, missing.size());
    Seq<Object> all =
        CollectionConverters.asScala(
                IntStream.range(0, missing.size()).boxed().map(Object.class::cast).toList())
            .toSeq();
    SimpleFutureAction<Object> running =
        spark
            .sc()
            .submitJob(
                groups.rdd(),
                new Executor(inputs(), folder(job), checkpoint, told),
                all,
                new Take(answers),
                new Nothing());
    try {
      await(job, running, answers, missing.size());
    } finally {
      running.cancel(); // does nothing where it is through
      told.destroy();
    }
  }

  private Broadcast<Inputs> inputs() {
    inputs = Optional.of(inputs.orElseGet(() -> spark.broadcast(Inputs.of(words))));
    return inputs.get();
  }

  private static String folder(StageJob<?> job) {
    return job.folder().orElseThrow().toAbsolutePath().toString();
  }

  private static void await(
      StageJob<?> job, SimpleFutureAction<?> running, BlockingQueue<Answer> answers, int groups) {
    int left = groups;
    while (left > 0) {
      boolean over = running.isCompleted();
      Answer answer = next(job, answers);
      if (answer != null) {
        if (!answer.failure().isEmpty()) {
          throw Section.WORKERS.failed(answer.who() + ": " + answer.failure());
        }
        job.done(answer.range(), answer.lines(), answer.who());
        left--;
      } else if (over) {
        throw Section.WORKERS.failed(
            "the job ended with " + left + " of " + groups + " groups missing: " + why(running));
      }
    }
  }

  private static Answer next(StageJob<?> job, BlockingQueue<Answer> answers) {
    try {
      return answers.poll(LOOK_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      job.stopIfInterrupted();
      return null;
    }
  }

  private static String why(SimpleFutureAction<?> running) {
    return running.value().isDefined() && running.value().get().isFailure()
        ? String.valueOf(running.value().get().failed().get().getMessage())
        : "no reason is known";
  }

  /** Takes what a task came to; called by Spark's own thread, once a group. */
  private static final class Take implements Function2<Object, Answer, BoxedUnit>, Serializable {
    private static final long serialVersionUID = 1L;

    private final transient BlockingQueue<Answer> answers;

    Take(BlockingQueue<Answer> answers) {
      this.answers = answers;
    }

    @Override
    public BoxedUnit apply(Object partition, Answer answer) {
      answers.add(answer);
      return BoxedUnit.UNIT;
    }
  }

  /** What the job as a whole comes to. */
  private static final class Nothing implements Function0<Object>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public Object apply() {
      return BoxedUnit.UNIT;
    }
  }
}
