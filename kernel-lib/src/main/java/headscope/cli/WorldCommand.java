package headscope.cli;

import headscope.failure.Section;
import headscope.reference.World;
import headscope.task.HotpotQa;
import headscope.task.Question;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "world",
    description = "Makes questions over an invented world, in HotpotQA's form.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope world --questions 500 --seed 1 --out world.json",
      "  headscope world --questions 100 --types bridge --paragraphs 6-8 --out bridge.json"
    })
final class WorldCommand implements Runnable {
  @Option(
      names = "--questions",
      required = true,
      paramLabel = "N",
      description = "How many questions, each over a world of its own.")
  private int questions;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of everything that is drawn (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--types",
      split = ",",
      paramLabel = "TYPES",
      defaultValue = "bridge,comparison",
      description = "single, bridge, comparison; several are taken in turn (${DEFAULT-VALUE}).")
  private List<World.Type> types;

  @Option(
      names = "--paragraphs",
      paramLabel = "N|FROM-TO",
      defaultValue = "3-5",
      description = "Paragraphs of a context, some 52 tokens each (${DEFAULT-VALUE}).")
  private String paragraphs;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The JSON file.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    if (questions < 1) {
      throw Section.WRONG_USE.wrong("--questions is at least 1, got " + questions);
    }
    if (!paragraphs.matches("\\d{1,4}(-\\d{1,4})?")) {
      throw Section.WRONG_USE.wrong(
          "--paragraphs is a number or a range such as 3-5, got \"" + paragraphs + "\"");
    }
    String[] ends = paragraphs.split("-");
    World world =
        new World(
            Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]), List.copyOf(types));
    List<Question> made = world.questions(questions, seed);
    HotpotQa.write(out, made);
    spec.commandLine().getOut().println(made.size() + " questions in " + out);
  }
}
