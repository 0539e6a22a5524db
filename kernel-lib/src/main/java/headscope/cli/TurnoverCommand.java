package headscope.cli;

import headscope.claim.DynamismClaims;
import headscope.claim.Verdicts;
import headscope.experiment.RecordedAnswers;
import headscope.failure.Section;
import headscope.score.HeadScores;
import headscope.score.Rarefaction;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.score.Turnover;
import headscope.task.StepSpan;
import headscope.trace.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tech.tablesaw.api.Table;

@Command(
    name = "turnover",
    description = {
      "Says how the set of retrieval heads turns over in recorded answers, how much of it a fixed"
          + " list covers, and what chance gives (claims D1 to D3)."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope turnover results/smollm2 --span answer",
      "  headscope turnover results/smollm2 --span answer --table lists > coverage.csv",
      "  headscope turnover *.trace.safetensors --ranking head_score.json --format json"
    })
final class TurnoverCommand implements Runnable {
  enum Tables {
    STATISTICS,
    LISTS,
    HEADS,
    VERDICTS
  }

  @Parameters(
      arity = "1..*",
      paramLabel = "RESULTS",
      description = "The folder of a run of dynamism, correlation or probe; or trace files.")
  private List<Path> results;

  @Option(
      names = "--span",
      paramLabel = "SPAN",
      defaultValue = "all",
      description = {
        "Steps: all counted ones, or answer, those up to the end of the sentence that completes the"
            + " answer (${DEFAULT-VALUE})."
      })
  private StepSpan span;

  @Option(
      names = "--ranking",
      paramLabel = "FILE",
      description = "head_score file of the fixed list (the ranking samples of the folder).")
  private Path ranking;

  @Option(
      names = "--score",
      paramLabel = "SCORE",
      description = {
        "copy-paste (Eq. 1) or reasoning (Eq. 2) (that of the run; copy-paste for trace files)."
      })
  private String score;

  @Option(
      names = "--threshold",
      paramLabel = "X",
      description = "A head with more than this retrieves; for Eq. 2 (that of the run).")
  private Double threshold;

  @Option(
      names = "--table",
      paramLabel = "TABLE",
      defaultValue = "statistics",
      description = {
        "What is written as csv: statistics beside their nulls; lists, coverage and Jaccard by"
            + " length of the list; heads, distinct ones by number of samples; verdicts"
            + " (${DEFAULT-VALUE}). json has all of it."
      })
  private Tables table;

  @Option(
      names = "--setting",
      paramLabel = "TEXT",
      defaultValue = "as recorded",
      description = "What verdicts call the setting, such as UUID (${DEFAULT-VALUE}).")
  private String setting;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Of the intervals (${DEFAULT-VALUE}).")
  private int resamples;

  @Option(
      names = "--draws",
      paramLabel = "N",
      defaultValue = "200",
      description = "Of the nulls (${DEFAULT-VALUE}).")
  private int draws;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of both (${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private TableOutput output;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** What is read of the given files. */
  private record Recorded(
      String model, Score score, List<ScoreMatrix> matrices, StaticRanking ranking) {}

  @Override
  public void run() {
    Recorded recorded =
        results.size() == 1 && Files.isDirectory(results.get(0)) ? ofFolder() : ofTraces();
    Turnover turnover =
        Turnover.of(
            recorded.matrices(),
            recorded.ranking(),
            Turnover.Options.standard().withResamples(resamples).withDraws(draws).withSeed(seed));
    if (output.json()) {
      output.write(all(recorded, turnover), spec.commandLine().getOut());
    } else {
      output.write(chosen(recorded, turnover), spec.commandLine().getOut());
    }
  }

  private Recorded ofFolder() {
    RecordedAnswers run = RecordedAnswers.of(results.get(0));
    if (run.evaluated().isEmpty()) {
      throw Section.RESULTS_FOLDER.wrong(
          results.get(0) + " has no evaluated samples yet; let the run go on");
    }
    Score read = read(run.score());
    Trace first = run.evaluated().get(0).trace();
    return new Recorded(
        first.model(),
        read,
        run.scores(read, span),
        ranking == null ? run.ranking(read) : given(first));
  }

  private Recorded ofTraces() {
    if (span == StepSpan.ANSWER) {
      throw Section.WRONG_USE.wrong(
          "--span answer needs the right answers: give the folder of the run, not its traces");
    }
    if (ranking == null) {
      throw Section.WRONG_USE.wrong(
          "a fixed list needs --ranking FILE, such as headscope detect writes; or give the folder"
              + " of a run, which has ranking samples");
    }
    Score read = read(Score.named("copy-paste"));
    List<Trace> traces = results.stream().map(Trace::load).toList();
    return new Recorded(
        traces.get(0).model(),
        read,
        traces.stream().map(read::matrix).toList(),
        given(traces.get(0)));
  }

  private Score read(Score own) {
    Score read = score == null ? own : Score.named(score);
    return threshold == null ? read : read.withThreshold(threshold);
  }

  private StaticRanking given(Trace trace) {
    return StaticRanking.of(HeadScores.load(ranking, trace.layers(), trace.headsPerLayer()));
  }

  private Verdicts verdicts(Recorded recorded, Turnover turnover) {
    return Verdicts.of(
        recorded.score().name().equals("reasoning")
            ? DynamismClaims.ofQuestions(turnover, recorded.model(), setting)
            : DynamismClaims.of(turnover, recorded.model(), setting));
  }

  private Table chosen(Recorded recorded, Turnover turnover) {
    return switch (table) {
      case STATISTICS -> turnover.toTable();
      case LISTS -> turnover.lists();
      case HEADS -> Rarefaction.of(recorded.matrices()).toTable();
      case VERDICTS -> verdicts(recorded, turnover).toTable();
    };
  }

  private Map<String, Object> all(Recorded recorded, Turnover turnover) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", recorded.model());
    object.put("score", recorded.score().name());
    object.put("threshold", recorded.score().threshold());
    object.put("span", span.key());
    object.put("resamples", resamples);
    object.put("draws", draws);
    object.put("seed", seed);
    object.put("steps", recorded.matrices().stream().map(ScoreMatrix::steps).toList());
    object.put("meanSize", turnover.meanSize());
    Map<String, Object> least = new LinkedHashMap<>();
    for (double share : List.of(.5, .8, .95)) {
      least.put(
          String.valueOf(share),
          turnover.least(share).isPresent() ? turnover.least(share).getAsInt() : null);
    }
    object.put("least", least);
    object.put("statistics", TableOutput.rows(turnover.toTable()));
    object.put("lists", TableOutput.rows(turnover.lists()));
    object.put("heads", TableOutput.rows(Rarefaction.of(recorded.matrices()).toTable()));
    object.put("verdicts", TableOutput.rows(verdicts(recorded, turnover).toTable()));
    return object;
  }
}
