package headscope.cli;

import headscope.experiment.QuestionsExperiment;
import headscope.experiment.QuestionsResult;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

@Command(
    name = "questions",
    description = {
      "Are questions answered, and does it take the context? EM, F1 and whether the answer occurs,"
          + " with all of the context, parts of it, and none."
    })
final class RunQuestions extends ExperimentCommand<QuestionsResult> {
  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = "Questions (60).")
  private Integer samples;

  @Option(
      names = "--shown",
      split = ",",
      paramLabel = "PART",
      defaultValue = "all,last,all-first,all-last,none",
      description = {
        "all; gold: the paragraphs with supporting sentences; gold+N: so many others with them;"
            + " first, last: one paragraph alone; all-first, all-last: everything but that one; none:"
            + " the context hidden (${DEFAULT-VALUE})."
      })
  private List<String> shown;

  @Override
  String counted() {
    return "questions";
  }

  @Override
  QuestionsExperiment experiment(TaskOptions asked) {
    atLeastOne("--samples", samples);
    asked.refuseNeedles("questions");
    asked.refuseStop();
    return QuestionsExperiment.of(asked.questions(samples, 0, asked.seed()), shown);
  }

  @Override
  int report(QuestionsResult result) {
    save("answers", result.answers());
    print(save("questions", result.toTable()));
    return ExitCode.OK;
  }
}
