package headscope.experiment;

import headscope.failure.Section;
import headscope.model.Continuation;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.model.ModelConfig;
import headscope.task.Trial;
import headscope.trace.Capture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What an experiment will take, before it runs. Prompts are measured on some trials, speed and the
 * length of an answer on one of them, whose prompt is read once and answered by a whole group of
 * rows.
 *
 * <pre>
 *   Cost cost = Cost.of(model, AblationExperiment.standard(), OptionalInt.empty());
 *   cost.seconds(1);             // on this machine
 *   cost.seconds(16);            // on sixteen like it
 *   cost.toTable(16);            // stage by stage
 * </pre>
 *
 * @param stages in their order, with those of experiments before
 * @param speed what was measured
 * @param weightBytes of a worker
 * @param keyValueBytes of the largest group of a worker
 * @param traceBytes of all traces; 0 where none are kept
 */
public record Cost(
    List<StageCost> stages, Speed speed, long weightBytes, long keyValueBytes, long traceBytes) {
  /** Prompts that are looked at. */
  private static final int SAMPLED = 16;

  /**
   * A stage.
   *
   * @param name of the stage
   * @param trials how many
   * @param groups in which they are computed
   * @param generations of all trials together; NaN is the time where a trial decides itself how
   *     many it needs, and this counts one a trial then
   * @param promptTokens of all trials; what trials share is counted with each
   * @param newTokens of all generations, if all are as long as the sampled one
   * @param mostNewTokens of all generations
   * @param seconds on one worker; NaN where that cannot be told before
   */
  public record StageCost(
      String name,
      int trials,
      int groups,
      long generations,
      long promptTokens,
      long newTokens,
      long mostNewTokens,
      double seconds) {

    /** On some workers: the busiest has the most groups. */
    double seconds(int workers) {
      return groups == 0 ? 0 : seconds / groups * ((groups + workers - 1) / workers);
    }
  }

  /**
   * What was measured on this machine.
   *
   * @param promptTokens a second
   * @param newTokens a second, of all rows of a group together
   * @param rows that advanced together
   * @param steps of the sampled answer
   */
  public record Speed(double promptTokens, double newTokens, int rows, int steps) {}

  public Cost {
    stages = List.copyOf(stages);
  }

  /**
   * Plans an experiment and measures what it needs; takes as long as one prompt and one group of
   * answers.
   *
   * @param group generations that advance together; empty: as many as a run would take
   */
  public static Cost of(LanguageModel model, Experiment<?, ?> experiment, OptionalInt group) {
    List<Trial> sampled = sampled(experiment.trials(), model);
    Trial median =
        sampled.stream()
            .sorted(Comparator.comparingInt(t -> t.prompt().length()))
            .skip(sampled.size() / 2)
            .findFirst()
            .orElseThrow();
    double prompt = sampled.stream().mapToInt(t -> t.prompt().length()).average().orElse(0);
    int rows = group.orElseGet(() -> new Group(model, experiment).rows());
    measured(model, experiment.protocol(), median, 1); // warms up
    Measured measured = measured(model, experiment.protocol(), median, rows);
    List<StageCost> stages = new ArrayList<>();
    long traced = add(stages, experiment, model, group, prompt, measured.speed());
    ModelConfig config = model.config();
    return new Cost(
        stages,
        measured.speed(),
        config.memory(model.options().dtype(), 0),
        new Group(model, experiment).keyValueBytes(rows),
        traced * measured.traceBytes());
  }

  /** Trials that are spread evenly over those that rank and those that are evaluated. */
  private static List<Trial> sampled(Trials trials, LanguageModel model) {
    List<Trial> sampled = new ArrayList<>();
    spread(trials.evaluated(), i -> trials.trial(model.tokenizer(), i), sampled);
    spread(trials.ranking(), i -> trials.rankingTrial(model.tokenizer(), i), sampled);
    return sampled;
  }

  private static void spread(int of, IntFunction<Trial> trial, List<Trial> into) {
    int n = Math.min(of, SAMPLED / 2);
    IntStream.range(0, n).mapToObj(i -> trial.apply((int) ((long) i * of / n))).forEach(into::add);
  }

  /** Adds the stages; gives how many of their lines have traces. */
  private static long add(
      List<StageCost> stages,
      Experiment<?, ?> experiment,
      LanguageModel model,
      OptionalInt group,
      double prompt,
      Speed speed) {
    long traced = 0;
    for (Experiment<?, ?> first : experiment.before()) {
      traced += add(stages, first, model, group, prompt, speed);
    }
    int rows = group.orElseGet(() -> new Group(model, experiment).rows());
    int most = experiment.protocol().maxNewTokens();
    for (Stage<?> stage : experiment.stages()) {
      long generations = (long) stage.trials() * Math.max(1, stage.rows());
      long promptTokens = Math.round(stage.trials() * prompt);
      long newTokens = generations * Math.min(most, speed.steps());
      stages.add(
          new StageCost(
              stage.name(),
              stage.trials(),
              GroupRange.of(stage, rows, 0).size(),
              generations,
              promptTokens,
              newTokens,
              generations * most,
              stage.rows() == 0
                  ? Double.NaN
                  : promptTokens / speed.promptTokens() + newTokens / speed.newTokens()));
      traced += experiment.keepsTraces() ? stage.trials() : 0;
    }
    return traced;
  }

  private record Measured(Speed speed, long traceBytes) {}

  private static Measured measured(LanguageModel model, Protocol protocol, Trial trial, int rows) {
    GenerateOptions how = protocol.generation();
    Capture capture = protocol.capture();
    List<Continuation> same =
        IntStream.range(0, rows)
            .mapToObj(i -> Continuation.of(trial.prompt(), how, capture))
            .toList();
    long begin = System.nanoTime();
    try (Generation generation = Generation.of(model, same)) {
      long read = System.nanoTime();
      int steps = 0;
      while (generation.going()) {
        generation.advance();
        steps++;
      }
      double seconds = Math.max(1, System.nanoTime() - read) / 1e9;
      double reading = Math.max(1, read - begin) / 1e9;
      Path file = Files.createTempFile("headscope", ".trace.safetensors");
      try {
        generation.trace(generation.rows().get(0), how).save(file);
        return new Measured(
            new Speed(
                trial.prompt().length() / reading,
                Math.max(1, steps) * (double) rows / seconds,
                rows,
                Math.max(1, steps)),
            Files.size(file));
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw Section.FILES.io("cannot measure the size of a trace: " + e.getMessage(), e);
    }
  }

  /** Trials of all stages. */
  public int trials() {
    return stages.stream().mapToInt(StageCost::trials).sum();
  }

  /** Memory of a worker in bytes: weights, keys and values of a group, 500 MB for the rest. */
  public long workerBytes() {
    return weightBytes + keyValueBytes + Group.REST_BYTES;
  }

  /**
   * How long it takes on some machines like this one, each after the other stage by stage; NaN
   * where a stage cannot be told before.
   *
   * @param workers 1 or more
   */
  public double seconds(int workers) {
    return stages.stream().mapToDouble(s -> s.seconds(workers)).sum();
  }

  /**
   * A row a stage: columns {@code stage}, {@code trials}, {@code groups}, {@code generations},
   * {@code prompt tokens}, {@code new tokens}, {@code at most}, {@code seconds} on one machine and
   * on some.
   */
  public Table toTable(int workers) {
    Table table =
        Table.create(
            "cost",
            StringColumn.create("stage", stages.stream().map(StageCost::name).toList()),
            whole("trials", s -> s.trials()),
            whole("groups", s -> s.groups()),
            whole("generations", StageCost::generations),
            whole("prompt tokens", StageCost::promptTokens),
            whole("new tokens", StageCost::newTokens),
            whole("at most", StageCost::mostNewTokens),
            DoubleColumn.create(
                "seconds", stages.stream().mapToDouble(StageCost::seconds).toArray()));
    return workers == 1
        ? table
        : table.addColumns(
            DoubleColumn.create(
                "seconds on " + workers,
                stages.stream().mapToDouble(s -> s.seconds(workers)).toArray()));
  }

  private LongColumn whole(String name, ToLongFunction<StageCost> number) {
    return LongColumn.create(name, stages.stream().mapToLong(number).toArray());
  }

  @Override
  public String toString() {
    return "Cost[" + trials() + " trials, " + seconds(1) + " s on one machine]";
  }
}
