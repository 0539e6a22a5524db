package headscope.cli;

import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.model.LanguageModel;
import headscope.notebook.Progress;
import headscope.score.StaticRanking;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "detect",
    description = "Ranks the heads by their mean score over answered samples.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  headscope detect --model reference --samples 24 --out head_score.json"})
final class DetectCommand implements Callable<Integer> {
  @Mixin private ModelOptions model;
  @Mixin private TaskOptions task;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "24",
      description = "Samples that rank the heads (${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many heads are printed (${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the scores of every head and answered sample as head_score JSON.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() {
    if (top < 0) {
      throw Section.WRONG_USE.wrong("--top is 0 or more, got " + top);
    }
    PrintWriter screen = spec.commandLine().getOut();
    try (LanguageModel m = model.load()) {
      DynamismResult result =
          DynamismExperiment.of(
                  task.trials(NeedleTrials.standard(), 0, samples),
                  task.protocol(Protocol.copyPaste()))
              .run(m, Progress.trials("samples"));
      StaticRanking ranking = result.ranking();
      if (out != null) {
        ranking.used().save(out);
      }
      List<HeadId> heads = ranking.heads();
      for (HeadId head : heads.subList(0, Math.min(top, heads.size()))) {
        screen.printf(Locale.ROOT, "%s %.4f%n", head, ranking.score(head));
      }
      screen.flush();
      return RunCommand.exitCode(spec, ranking);
    }
  }
}
