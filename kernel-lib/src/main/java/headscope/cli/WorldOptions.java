package headscope.cli;

import headscope.failure.Section;
import headscope.reference.World;
import java.util.List;
import picocli.CommandLine.Option;

/** What a generated world is made of. */
final class WorldOptions {
  @Option(
      names = "--types",
      split = ",",
      paramLabel = "TYPES",
      description = "single, bridge, comparison; several are taken in turn.")
  private List<World.Type> types;

  @Option(
      names = "--paragraphs",
      paramLabel = "N|FROM-TO",
      description = "Paragraphs of a context, some 52 tokens each (3-5).")
  private String paragraphs;

  /** Whether one of them was given. */
  boolean given() {
    return types != null || paragraphs != null;
  }

  /** The world that was asked for; what no option says is as in another. */
  World world(World own) {
    World world = types == null ? own : own.withTypes(types.toArray(World.Type[]::new));
    if (paragraphs == null) {
      return world;
    }
    if (!paragraphs.matches("\\d{1,4}(-\\d{1,4})?")) {
      throw Section.WRONG_USE.wrong(
          "--paragraphs is a number or a range such as 3-5, got \"" + paragraphs + "\"");
    }
    String[] ends = paragraphs.split("-");
    return world.withParagraphs(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
  }
}
