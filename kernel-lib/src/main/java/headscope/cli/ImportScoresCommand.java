package headscope.cli;

import headscope.file.FileFault;
import headscope.head.HeadId;
import headscope.score.HeadScores;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import-scores",
    description = "Reads head_score JSON, as public collections have it, as a table: CSV.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope import-scores head_score/llama.json --out llama.csv",
      "  headscope import-scores head_score.json --means"
    })
final class ImportScoresCommand implements Runnable {
  @Parameters(paramLabel = "FILE", description = "{\"layer-head\": [score per sample, ...], ...}")
  private Path file;

  @Option(
      names = "--means",
      description = "A row per head with its mean, not a row per head and sample.")
  private boolean means;

  @Option(names = "--out", paramLabel = "FILE", description = "Write there, not to the screen.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    HeadScores scores = HeadScores.load(file);
    StringBuilder csv = new StringBuilder(means ? "head,score\n" : "head,sample,score\n");
    for (HeadId head : scores.heads()) {
      double[] list = means ? new double[] {scores.mean(head)} : scores.head(head);
      for (int i = 0; i < list.length; i++) {
        csv.append(head).append(means ? "" : "," + i).append(',').append(list[i]).append('\n');
      }
    }
    if (out == null) {
      PrintWriter screen = spec.commandLine().getOut();
      screen.print(csv);
      screen.flush();
      return;
    }
    try {
      Files.writeString(out, csv);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + out + ": " + FileFault.of(e), e);
    }
  }
}
