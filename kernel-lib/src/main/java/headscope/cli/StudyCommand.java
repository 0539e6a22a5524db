package headscope.cli;

import headscope.claim.Verdicts;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.model.LanguageModel;
import headscope.notebook.Progress;
import headscope.page.TableText;
import headscope.study.Part;
import headscope.study.Recorded;
import headscope.study.Redone;
import headscope.study.Sizes;
import headscope.study.Study;
import headscope.study.VerdictTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
    name = "study",
    description = "Runs the parts of the study, records them in a compact form, and checks that.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      StudyCommand.Run.class,
      StudyCommand.Record.class,
      StudyCommand.Verify.class,
      StudyCommand.VerdictsOf.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope study run --model smollm2 --out out/study/smollm2",
      "  headscope study record --model smollm2 --out out/study/smollm2",
      "  headscope study verify --model smollm2 --out out/study/smollm2",
      "  headscope study verify --model smollm2 --drawn 2",
      "  headscope study verdicts --into README.md"
    })
final class StudyCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: " + String.join(", ", spec.subcommands().keySet()));
  }

  /** What names a study. */
  static final class Asked {
    @Mixin private ModelOptions model;

    @Option(
        names = "--subject",
        paramLabel = "NAME",
        description = "What the model is called in results and folders (what --model says).")
    private String subject;

    @Option(
        names = "--sizes",
        paramLabel = "SIZES",
        defaultValue = "middle",
        description = {
          "live: as notebooks run; middle: the grid that is recorded; paper: its cells and runs"
              + " (${DEFAULT-VALUE})."
        })
    private String sizes;

    @Option(
        names = "--only",
        paramLabel = "PART",
        split = ",",
        description = "Only these parts: dynamism-uuid,ablation-uuid-zero.")
    private List<String> only = new ArrayList<>();

    LanguageModel load() {
      return model.load();
    }

    /** Whether a part was asked for by its name. */
    boolean names(String part) {
      return only.contains(part);
    }

    Study study(LanguageModel loaded) {
      String name = subject == null ? model.text() : subject;
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw Section.WRONG_USE.wrong(
            "a subject is of letters, digits, dots, _ and -, since folders are called by it; give"
                + " --subject NAME, got \""
                + name
                + "\"");
      }
      return Study.of(name, Sizes.of(sizes), loaded).only(only);
    }
  }

  /** Where recorded results lie. */
  static final class RecordedOption {
    @Option(
        names = "--recorded",
        paramLabel = "DIR",
        description = "Folder of the recorded results of all models (notebooks/recorded).")
    private Path folder;

    Path folder() {
      return folder == null ? Recorded.folder() : folder;
    }
  }

  @Command(
      name = "run",
      description = "Runs what is missing of every part, each into a folder of its name.",
      mixinStandardHelpOptions = true)
  static final class Run implements Callable<Integer> {
    @Mixin private Asked asked;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "DIR",
        description = "Folder of the runs: lines of results, traces.")
    private Path out;

    @Override
    public Integer call() {
      try (LanguageModel model = asked.load()) {
        asked.study(model).run(model, out, Progress::trials);
        return CommandLine.ExitCode.OK;
      }
    }
  }

  @Command(
      name = "record",
      description = {
        "Writes the compact form of runs that are complete: lines, tables, findings; and the verdicts"
            + " on all models."
      },
      mixinStandardHelpOptions = true)
  static final class Record implements Callable<Integer> {
    @Mixin private Asked asked;
    @Mixin private RecordedOption recorded;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "What run wrote.")
    private Path out;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
      PrintWriter screen = spec.commandLine().getOut();
      try (LanguageModel model = asked.load()) {
        asked
            .study(model)
            .record(
                model,
                out,
                recorded.folder(),
                part -> {
                  screen.println(part);
                  screen.flush();
                });
        return CommandLine.ExitCode.OK;
      }
    }
  }

  @Command(
      name = "verify",
      description = {
        "Checks recorded results: against the runs they were made of (--out), or against their own"
            + " lines and, with --drawn, some trials computed anew."
      },
      mixinStandardHelpOptions = true)
  static final class Verify implements Callable<Integer> {
    @Mixin private Asked asked;
    @Mixin private RecordedOption recorded;

    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "What run wrote: everything is computed from its traces once more.")
    private Path out;

    @Option(
        names = "--drawn",
        paramLabel = "N",
        defaultValue = "0",
        description = "Trials of each part that are computed anew (${DEFAULT-VALUE}).")
    private int drawn;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
      PrintWriter screen = spec.commandLine().getOut();
      try (LanguageModel model = asked.load()) {
        Study study = asked.study(model);
        List<String> differs =
            new ArrayList<>(
                out == null
                    ? study.verify(recorded.folder())
                    : study.verify(model, out, recorded.folder()));
        List<String> recordedParts =
            study.recordedIn(recorded.folder()).parts().stream().map(Part::name).toList();
        for (Part<?, ?> part : study.parts()) {
          if (!recordedParts.contains(part.name())) {
            String said = part.name() + ": nothing is recorded of it";
            if (asked.names(part.name())) {
              differs.add(said);
            } else {
              screen.println(said);
            }
          }
        }
        Recorded of = Recorded.ofSubject(study.subject(), recorded.folder());
        for (Part<?, ?> part : drawn > 0 ? study.parts() : List.<Part<?, ?>>of()) {
          Redone redone = of.redo(part.name(), model, drawn);
          if (!redone.rows().isEmpty()) {
            screen.println(TableText.of(redone.toTable()).plain());
          }
          redone.rows().stream()
              .filter(r -> !r.agrees())
              .forEach(r -> differs.add(part.name() + ", trial " + r.trial() + ": " + r.differs()));
        }
        differs.forEach(screen::println);
        screen.println(differs.isEmpty() ? "the same" : differs.size() + " differences");
        screen.flush();
        return differs.isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
      }
    }
  }

  @Command(
      name = "verdicts",
      description = "Prints the table of verdicts.",
      mixinStandardHelpOptions = true)
  static final class VerdictsOf implements Runnable {
    @Mixin private RecordedOption recorded;

    @Option(names = "--markdown", description = "As README has it.")
    private boolean markdown;

    @Option(
        names = "--into",
        paramLabel = "FILE",
        description = {
          "Write it into a page, between a line <!-- verdicts --> and a line <!-- end of verdicts -->."
        })
    private Path page;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
      PrintWriter screen = spec.commandLine().getOut();
      VerdictTable table =
          VerdictTable.of(Verdicts.load(recorded.folder().resolve("verdicts.json")));
      if (page != null) {
        write(table);
        return;
      }
      screen.println(markdown ? table.markdown() : TableText.of(table.toTable()).plain());
      screen.flush();
    }

    private void write(VerdictTable table) {
      try {
        String text = table.into(Files.readString(page));
        WholeFile.write(page, part -> Files.writeString(part, text));
      } catch (IOException e) {
        throw Section.FILES.io("cannot write " + page + ": " + FileFault.of(e), e);
      }
    }
  }
}
