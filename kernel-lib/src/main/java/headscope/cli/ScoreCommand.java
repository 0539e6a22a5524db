package headscope.cli;

import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.score.CopyPasteScore;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

@Command(
    name = "score",
    description = "Scores the heads of saved traces: a row per trace, step and head.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope score a.trace.safetensors",
      "  headscope score *.trace.safetensors --score reasoning --top 10 --format json"
    })
final class ScoreCommand implements Runnable {
  enum Match {
    VALUE,
    POSITION
  }

  @Parameters(arity = "1..*", paramLabel = "TRACE", description = "Trace files.")
  private List<Path> traces;

  @Option(
      names = "--score",
      paramLabel = "SCORE",
      defaultValue = "copy-paste",
      description =
          "copy-paste (Eq. 1), reasoning (Eq. 2) or attribution (of traces that have it)"
              + " (${DEFAULT-VALUE}).")
  private String score;

  @Option(
      names = "--match",
      paramLabel = "MATCH",
      defaultValue = "value",
      description = {
        "What Eq. 1 matches: value, any needle token of the same id; position, the one that lines"
            + " up with the answer (${DEFAULT-VALUE})."
      })
  private Match match;

  @Option(
      names = "--heads",
      paramLabel = "HEADS",
      description = "Only these heads, such as L0-H1,L2-H3.")
  private String heads;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "Only the N heads of greatest variance in each trace.")
  private Integer top;

  @Option(names = "--clean", description = "Score the discarded first passes of two-pass runs.")
  private boolean clean;

  @Mixin private TableOutput output;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    Table all = null;
    for (Path file : traces) {
      Table table = matrix(Trace.load(file)).toTable();
      String[] names = new String[table.rowCount()];
      java.util.Arrays.fill(names, file.getFileName().toString());
      table.insertColumn(0, StringColumn.create("trace", names));
      all = all == null ? table : all.append(table);
    }
    output.write(all, spec.commandLine().getOut());
  }

  private ScoreMatrix matrix(Trace trace) {
    ScoreMatrix m;
    if (match == Match.POSITION) {
      if (!score.equals("copy-paste") || clean) {
        throw Section.WRONG_USE.wrong(
            "--match position is a reading of copy-paste scores of the kept rows");
      }
      m = CopyPasteScore.byPosition(trace);
    } else {
      Score s = Score.named(score);
      m = clean ? s.cleanMatrix(trace) : s.matrix(trace);
    }
    if (heads != null) {
      m = m.only(HeadSet.parse(heads));
    }
    return top == null ? m : m.mostVariable(top);
  }
}
