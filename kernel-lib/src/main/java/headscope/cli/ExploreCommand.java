package headscope.cli;

import headscope.model.Checkpoint;
import headscope.model.Tokenizer;
import headscope.page.TraceExplorer;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "explore",
    description = {
      "Makes a page of a trace: which token each head looked at, step by step. Several traces stand"
          + " side by side and move together."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope explore a.trace.safetensors --out a.html",
      "  headscope explore a.trace.safetensors --out a.html --tokenizer ~/models/Llama-3.2-1B",
      "  headscope explore clean.trace.safetensors masked.trace.safetensors --out two.html",
      "  headscope explore two-pass.trace.safetensors --both-passes --out passes.html"
    })
final class ExploreCommand implements Runnable {
  @Parameters(
      paramLabel = "TRACE",
      arity = "1..*",
      description = "Trace files; several are shown side by side.")
  private List<Path> files;

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
        "The model whose tokenizer spells the tokens, for traces that hold ids alone: all that"
            + " --model takes elsewhere."
      })
  private String tokenizer;

  @ArgGroup private Passes passes = new Passes();

  /** Of a two-pass run. */
  private static final class Passes {
    @Option(names = "--clean", description = "The discarded first passes of a two-pass run.")
    private boolean clean;

    @Option(
        names = "--both-passes",
        description = "The first passes of a two-pass run beside those that were kept.")
    private boolean both;
  }

  @Option(names = "--title", paramLabel = "T", description = "The title of the page.")
  private String title;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    List<TraceExplorer> all = explorers();
    TraceExplorer explorer = all.stream().reduce(TraceExplorer::beside).orElseThrow();
    if (title != null) {
      explorer = explorer.withTitle(title);
    }
    explorer.save(out);
    spec.commandLine().getOut().println(out);
  }

  private List<TraceExplorer> explorers() {
    if (tokenizer == null) {
      return files.stream().map(file -> passes(file, TraceExplorer.of(Trace.load(file)))).toList();
    }
    try (Tokenizer spelling = Tokenizer.load(Checkpoint.parse(tokenizer))) {
      return files.stream()
          .map(file -> passes(file, TraceExplorer.of(Trace.load(file), spelling)))
          .toList();
    }
  }

  /** What is asked for of a trace; beside others it is called by its model and its file. */
  private TraceExplorer passes(Path file, TraceExplorer of) {
    String stem = file.getFileName().toString().replaceFirst("(\\.trace)?\\.safetensors$", "");
    String name = files.size() == 1 ? of.model() : of.model() + ", " + stem;
    TraceExplorer explorer = files.size() == 1 ? of : of.withTitle(name);
    if (passes.both) {
      return explorer.firstPass().beside(of.withTitle(name + ", second pass"));
    }
    return passes.clean ? explorer.firstPass() : explorer;
  }
}
