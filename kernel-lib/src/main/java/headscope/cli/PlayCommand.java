package headscope.cli;

import headscope.play.PlayPage;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "play",
    description = {
      "Makes a page with the reference model alive in it: hide a sentence, guess, switch heads off.",
      "One file of 5 MB that opens in a browser without a network. It holds the reference model"
          + " and no other: larger models are too slow for a page, see explore for theirs."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope play --out play.html",
      "  headscope play --out play.html --checkpoint play-weights",
      "  headscope generate --model play-weights --text \"The magic word is\""
    })
final class PlayCommand implements Runnable {
  @Option(names = "--out", required = true, paramLabel = "FILE.html", description = "The page.")
  private Path out;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = {
        "Also write the weights that the page computes with, in half precision, as a checkpoint"
            + " folder: every token of the page can be checked with it."
      })
  private Path checkpoint;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    PlayPage page = PlayPage.standard();
    spec.commandLine().getOut().println(page.save(out));
    if (checkpoint != null) {
      spec.commandLine().getOut().println(page.saveCheckpoint(checkpoint));
    }
  }
}
