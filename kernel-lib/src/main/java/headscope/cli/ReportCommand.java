package headscope.cli;

import headscope.page.Report;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description = {
      "Makes one page of all results in a folder, beside the paper's numbers; draws the figures of"
          + " experiments that are not there yet."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  headscope report out", "  headscope report results --out results.html"})
final class ReportCommand implements Runnable {
  @Parameters(
      paramLabel = "DIR",
      description = "Folder that environment/reproduce or headscope run wrote, or one above it.")
  private Path folder;

  @Option(
      names = "--out",
      paramLabel = "FILE.html",
      description = "Where to write instead of DIR/report.html.")
  private Path out;

  @Option(names = "--title", paramLabel = "T", description = "The title of the page.")
  private String title;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    Report report = Report.of(folder);
    if (title != null) {
      report = report.withTitle(title);
    }
    Path file = out == null ? folder.resolve("report.html") : out;
    spec.commandLine().getOut().println(report.save(file));
  }
}
