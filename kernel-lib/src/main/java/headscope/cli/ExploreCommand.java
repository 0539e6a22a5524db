package headscope.cli;

import headscope.model.Checkpoint;
import headscope.model.Tokenizer;
import headscope.page.TraceExplorer;
import headscope.trace.Trace;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "explore",
    description = "Makes a page of a trace: which token each head looked at, step by step.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope explore a.trace.safetensors --out a.html",
      "  headscope explore a.trace.safetensors --out a.html --tokenizer ~/models/Llama-3.2-1B"
    })
final class ExploreCommand implements Runnable {
  @Parameters(paramLabel = "TRACE", description = "A trace file.")
  private Path file;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE.html",
      description = "The page; it opens in a browser without a network.")
  private Path out;

  @Option(
      names = "--tokenizer",
      paramLabel = "MODEL",
      description = {
        "The model whose tokenizer spells the tokens, for a trace that holds ids alone: all that"
            + " --model takes elsewhere."
      })
  private String tokenizer;

  @Option(names = "--clean", description = "The discarded first passes of a two-pass run.")
  private boolean clean;

  @Option(names = "--title", paramLabel = "T", description = "The title of the page.")
  private String title;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    TraceExplorer explorer = explorer(Trace.load(file));
    if (clean) {
      explorer = explorer.firstPass();
    }
    if (title != null) {
      explorer = explorer.withTitle(title);
    }
    explorer.save(out);
    spec.commandLine().getOut().println(out);
  }

  private TraceExplorer explorer(Trace trace) {
    if (tokenizer == null) {
      return TraceExplorer.of(trace);
    }
    try (Tokenizer spelling = Tokenizer.load(Checkpoint.parse(tokenizer))) {
      return TraceExplorer.of(trace, spelling);
    }
  }
}
