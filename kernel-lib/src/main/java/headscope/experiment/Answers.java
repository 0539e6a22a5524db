package headscope.experiment;

import headscope.head.HeadMask;
import headscope.model.Continuation;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.model.RunOptions;
import headscope.model.Steering;
import headscope.model.StopRule;
import headscope.model.Stopping;
import headscope.task.Stop;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Answers the trials of a group together, without masks. */
final class Answers {
  private Answers() {}

  /** A trace a trial, in their order. */
  static List<Trace> of(Run<?> run, Protocol protocol, List<Trial> trials) {
    List<Row> rows = trials.stream().map(t -> new Row(run.model(), protocol, t)).toList();
    List<Continuation> continuations =
        rows.stream().map(r -> Continuation.of(r.trial.prompt(), r, protocol.capture())).toList();
    try (Generation generation = Generation.of(run.model(), continuations)) {
      run.watch(generation);
      while (generation.going()) {
        generation.advance();
        run.watch(generation);
      }
      return generation.rows().stream()
          .map(row -> generation.trace(row, rows.get(row.index())))
          .toList();
    }
  }

  /** An answer that may end before its end token. */
  private static final class Row implements Steering, RunOptions {
    private final Trial trial;
    private final GenerateOptions how;
    private final Stop stop;
    private final Optional<Stopping> stopping;

    Row(LanguageModel model, Protocol protocol, Trial trial) {
      this.trial = trial;
      this.how = protocol.generation();
      this.stop = protocol.stop();
      StopRule rule = stop.of(trial);
      this.stopping =
          rule == StopRule.NEVER ? Optional.empty() : Optional.of(Stopping.of(model, rule));
    }

    @Override
    public HeadMask mask(Generation.Row row) {
      return how.mask(row);
    }

    @Override
    public OptionalInt forced(Generation.Row row) {
      return how.forced(row);
    }

    @Override
    public boolean stops(Generation.Row row) {
      return stopping.map(s -> s.after(row)).orElse(false);
    }

    @Override
    public int maxNewTokens() {
      return how.maxNewTokens();
    }

    @Override
    public Map<String, Object> recorded() {
      if (stop == Stop.NONE) {
        return how.recorded();
      }
      Map<String, Object> map = new LinkedHashMap<>(how.recorded());
      map.put("stop", stop.key());
      return map;
    }
  }
}
