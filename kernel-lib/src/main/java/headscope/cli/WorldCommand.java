package headscope.cli;

import headscope.failure.Section;
import headscope.reference.World;
import headscope.task.HotpotQa;
import headscope.task.Question;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "world",
    description = {
      "Makes questions over an invented world, in HotpotQA's form; bridge and comparison in turn,"
          + " unless --types says otherwise."
    },
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

  @Mixin private WorldOptions world;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The JSON file.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    if (questions < 1) {
      throw Section.WRONG_USE.wrong("--questions is at least 1, got " + questions);
    }
    World own = World.standard().withTypes(World.Type.BRIDGE, World.Type.COMPARISON);
    List<Question> made = world.world(own).questions(questions, seed);
    HotpotQa.write(out, made);
    spec.commandLine().getOut().println(made.size() + " questions in " + out);
  }
}
