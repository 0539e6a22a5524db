package headscope.cli;

import headscope.correlation.OffsetCca;
import headscope.experiment.MaskingExperiment;
import headscope.experiment.MaskingResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.RagExperiment;
import headscope.experiment.RagResult;
import headscope.experiment.Recorded;
import headscope.experiment.Recording;
import headscope.failure.Section;
import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.notebook.Progress;
import headscope.page.TableText;
import headscope.probe.HeadProbe;
import headscope.probe.ProbeReport;
import headscope.probe.Split;
import headscope.score.CopyPasteScore;
import headscope.score.StaticRanking;
import headscope.task.Metric;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tech.tablesaw.api.Table;

@Command(
    name = "run",
    description = "Runs an experiment; a run that was killed goes on where it ended.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope run dynamism --model reference --out results/dynamism",
      "  headscope run ablation --model reference --out results/ablation --lengths 96,192",
      "  headscope run compensation --model reference --out results/compensation --k 0,2,8",
      "  headscope run correlation --model reference --out results/correlation",
      "  headscope run probe --model reference --out results/probe --widths 256,128",
      "  headscope run rag --model reference --out results/rag --n 60 --top-k 3 --gap 4 --radius 8",
      "  headscope run ablation --model DIR --task hotpotqa --questions dev.json --out results/qa"
    })
final class RunCommand implements Callable<Integer> {
  enum Experiment {
    DYNAMISM,
    ABLATION,
    COMPENSATION,
    CORRELATION,
    PROBE,
    RAG;

    boolean masks() {
      return this == ABLATION || this == COMPENSATION;
    }
  }

  private static final int GENERATIONS = 100;

  @Parameters(
      paramLabel = "EXPERIMENT",
      description = {
        "dynamism: do the heads that retrieve change from step to step (Table 1); ablation: what the"
            + " answer becomes without them (Figs. 2 and 6); compensation: do others step in (Figs. 3"
            + " and 7); correlation: does the hidden state tell which will retrieve (Figs. 4 and 8);"
            + " probe: can they be read off it (Tables 2 and 3); rag: can they find what a hidden"
            + " context holds (Table 4)."
      })
  private Experiment experiment;

  @Mixin private ModelOptions model;
  @Mixin private TaskOptions task;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of results.jsonl, experiment.json, traces and tables.")
  private Path out;

  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = {
        "Evaluated samples: of dynamism (24 needles), correlation and probe (100), and of every"
            + " experiment on hotpotqa (60 questions)."
      })
  private Integer samples;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description =
          "niah: trials a length and depth of ablation and compensation (of the notebook).")
  private Integer runs;

  @Option(
      names = "--conditions",
      split = ";",
      paramLabel = "NAMES",
      description = {
        "Conditions of ablation, separated by semicolons: dynamic; dynamic K; static; random; random,"
            + " layer-matched; random, fixed (those of the notebook)."
      })
  private List<String> conditions = new ArrayList<>();

  @Option(
      names = "--k",
      split = ",",
      paramLabel = "K",
      description = "Numbers of masked dynamic heads of compensation (those of the notebook).")
  private List<Integer> ks = new ArrayList<>();

  @Option(
      names = "--mask-mode",
      paramLabel = "MODE",
      description = "zero, uniform, or mean over the ranking prompts (zero).")
  private MaskMode mode;

  @Option(
      names = "--ranking-samples",
      paramLabel = "N",
      description = {
        "Samples of the static ranking, disjoint from the rest (24); of rag they train the probe as"
            + " well (120)."
      })
  private Integer rankingSamples;

  @Option(
      names = "--static",
      paramLabel = "N",
      defaultValue = "20",
      description = "Static heads (${DEFAULT-VALUE}).")
  private int staticHeads;

  @Option(
      names = "--offsets",
      split = ",",
      paramLabel = "K",
      description = "Offsets of correlation in steps (0 to 10).")
  private List<Integer> offsets = new ArrayList<>();

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "N",
      description =
          "Hidden layers of the probe, for probe and rag (512,256,256; the paper: 8192,4096,4096).")
  private List<Integer> widths = new ArrayList<>();

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Epochs of the probe (100; of rag 40).")
  private Integer epochs;

  @Mixin private RagOptions ragOptions;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() {
    refuse(
        !experiment.masks()
            && (runs != null || mode != null || !conditions.isEmpty() || !ks.isEmpty()),
        "--runs, --conditions, --k and --mask-mode are for ablation and compensation;"
            + " the others have --samples");
    refuse(!conditions.isEmpty() && !ks.isEmpty(), "--conditions and --k exclude each other");
    refuse(
        experiment != Experiment.CORRELATION && !offsets.isEmpty(), "--offsets is for correlation");
    refuse(
        experiment != Experiment.PROBE
            && experiment != Experiment.RAG
            && (!widths.isEmpty() || epochs != null),
        "--widths and --epochs are for probe and rag");
    refuse(
        experiment != Experiment.RAG && ragOptions.given(),
        "--rind, --rind-threshold, --rag-heads, --top-k, --gap, --radius, --query, --closing and"
            + " --rechecks are for rag");
    boolean rag = experiment == Experiment.RAG;
    int ranking = rankingSamples == null ? rag ? 120 : 24 : rankingSamples;
    refuse(ranking < 1, "--ranking-samples is at least 1, got " + ranking);
    refuse(samples != null && samples < 1, "--samples is at least 1, got " + samples);
    try (LanguageModel m = model.load()) {
      return switch (experiment) {
        case DYNAMISM -> dynamism(m, ranking);
        case ABLATION, COMPENSATION -> masking(m, ranking);
        case CORRELATION -> correlation(m);
        case PROBE -> probe(m);
        case RAG -> rag(m, ranking);
      };
    }
  }

  private static void refuse(boolean wrong, String why) {
    if (wrong) {
      throw Section.WRONG_USE.wrong(why);
    }
  }

  private int dynamism(LanguageModel m, int ranking) {
    Recorded recorded =
        Recording.of(
                task.trials(NeedleTrials.standard(), samples, ranking),
                task.protocol(Protocol.copyPaste()))
            .run(m, out, Progress.trials("trials"));
    recorded.ranking().used().save(out.resolve("head_score.json"));
    Table table1 = save("table1", recorded.dynamism(staticHeads).toTable());
    save("samples", recorded.toTable());
    save("static-ranking", recorded.ranking().toTable(m.config().windows()));
    save("sensitivity", recorded.sensitivity(List.of(recorded.meanSetSize(), staticHeads)));
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "accuracy %.4f over %d samples%n",
            recorded.accuracy(),
            recorded.evaluated().size());
    print(table1);
    return exitCode(spec, recorded.ranking());
  }

  private int masking(LanguageModel m, int ranking) {
    MaskingExperiment own =
        experiment == Experiment.ABLATION
            ? MaskingExperiment.ablation()
            : MaskingExperiment.compensation();
    if (!conditions.isEmpty()) {
      own = own.withConditions(conditions.stream().map(String::strip).toList());
    } else if (!ks.isEmpty()) {
      own = own.withConditions(MaskingExperiment.dynamic(ks));
    }
    MaskingResult result =
        own.withTrials(task.grid((NeedleTrials) own.trials(), runs, samples, ranking))
            .withProtocol(task.protocol(own.protocol()))
            .withStaticHeads(staticHeads)
            .withMode(mode == null ? MaskMode.ZERO : mode)
            .run(m, out, Progress.trials("trials"));
    result.ranking().used().save(out.resolve("head_score.json"));
    Table outcomes = save("outcomes", result.byCondition());
    save("answers", result.toTable());
    List<String> shown = new ArrayList<>(List.of("condition", "masked heads", "m"));
    for (Metric metric : result.experiment().trials().metrics()) {
      save("grid-" + metric.title().toLowerCase(Locale.ROOT), result.grid(metric.title()));
      shown.add(metric.title());
    }
    save("comparisons", result.comparisons());
    print(outcomes.selectColumns(shown.toArray(String[]::new)));
    return exitCode(spec, result.ranking());
  }

  /** Trials with their hidden states, of which none ranks the heads. */
  private Recorded recorded(LanguageModel m, String name) {
    NeedleTrials own = NeedleTrials.standard().withSamples(GENERATIONS, 0);
    Recorded recorded =
        Recording.of(task.trials(own, samples, 0), task.protocol(Protocol.copyPaste()))
            .named(name)
            .run(m, out, Progress.trials("trials"));
    save("samples", recorded.toTable());
    return recorded;
  }

  private int correlation(LanguageModel m) {
    OffsetCca cca = OffsetCca.standard().withSeed(task.seed());
    OffsetCca asked = offsets.isEmpty() ? cca : cca.withOffsets(offsets);
    OffsetCca.Result result = asked.of(recorded(m, "correlation").generations());
    Table table = save("correlation", result.toTable());
    print(table.selectColumns("offset", "reading", "pairs", "first", "top 10", "top 50"));
    return CommandLine.ExitCode.OK;
  }

  private int probe(LanguageModel m) {
    Recorded recorded = recorded(m, "probe");
    boolean binary = recorded.recording().protocol().score() instanceof CopyPasteScore;
    HeadProbe.Options options =
        asked(binary ? HeadProbe.Options.classifier() : HeadProbe.Options.regressor());
    Split split = Split.of(recorded.generations(), task.seed());
    HeadProbe probe;
    try (Progress progress = Progress.of("epochs", options.epochs())) {
      probe = HeadProbe.train(split, options, epoch -> progress.step());
    }
    probe.save(out.resolve("probe.safetensors"));
    Table report = save(binary ? "table2" : "table3", ProbeReport.of(probe, split).toTable());
    print(report);
    return CommandLine.ExitCode.OK;
  }

  private HeadProbe.Options asked(HeadProbe.Options own) {
    HeadProbe.Options options = own.withSeed(task.seed());
    options = widths.isEmpty() ? options : options.withWidths(widths);
    return epochs == null ? options : options.withEpochs(epochs);
  }

  private int rag(LanguageModel m, int ranking) {
    task.preferQuestions();
    RagExperiment own =
        RagExperiment.of(
            task.trials(NeedleTrials.standard(), samples, ranking),
            task.protocol(Protocol.copyPaste()));
    RagResult result =
        own.withLoop(ragOptions.loop(own.loop().withMaxTokens(own.protocol().maxNewTokens())))
            .withHeads(ragOptions.heads())
            .withProbe(asked(own.probe()))
            .run(m, out, Progress.trials("questions"));
    result.ranking().used().save(out.resolve("head_score.json"));
    Table table4 = save("table4", result.toTable());
    save("comparisons", result.comparisons());
    save("answers", result.answers());
    print(table4);
    return exitCode(spec, result.ranking());
  }

  private void print(Table table) {
    PrintWriter screen = spec.commandLine().getOut();
    screen.println(TableText.of(table).plain());
    screen.flush();
  }

  /** A ranking over samples none of which was answered is there, but it is a failure. */
  static int exitCode(CommandLine.Model.CommandSpec spec, StaticRanking ranking) {
    ranking.warning().ifPresent(w -> spec.commandLine().getErr().println("headscope: " + w));
    return ranking.warning().isPresent() ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
  }

  private Table save(String name, Table table) {
    Path tables = out.resolve("tables");
    try {
      Files.createDirectories(tables);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + tables + ": " + e.getMessage(), e);
    }
    table.write().csv(tables.resolve(name + ".csv").toFile());
    return table;
  }
}
