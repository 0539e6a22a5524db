package headscope.reference;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.task.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Questions over small invented encyclopaedias, each with a world of its own, in the texts that the
 * reference model was trained on.
 *
 * <pre>
 *   List&lt;Question&gt; questions = World.standard().questions(500, 1);      // how many, seed
 *   HotpotQa.write(Path.of("world.json"), questions);
 * </pre>
 *
 * @param fewestParagraphs the fewest paragraphs of a context; each has some 52 tokens
 * @param mostParagraphs the most; the number is drawn
 * @param types what questions there are, taken in turn
 */
public record World(int fewestParagraphs, int mostParagraphs, List<Type> types) {

  /** How many facts a question takes, and how they hang together. */
  public enum Type {
    /** One fact. */
    SINGLE,
    /** Two facts, the second about what the first one names. */
    BRIDGE,
    /** Two facts that are compared. */
    COMPARISON;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public World {
    types = List.copyOf(types);
    if (fewestParagraphs < 2 || mostParagraphs < fewestParagraphs || mostParagraphs > 1_000) {
      throw Section.REFERENCE_WORLD.wrong(
          "a context has from 2 to 1000 paragraphs, the fewest first; got "
              + fewestParagraphs
              + " to "
              + mostParagraphs);
    }
    if (types.isEmpty()) {
      throw Section.REFERENCE_WORLD.wrong(
          "there is at least one type of questions: single, bridge or comparison; got none");
    }
  }

  /** Bridge questions over 3 to 5 paragraphs: prompts of about 240 to 350 tokens. */
  public static World standard() {
    return new World(3, 5, List.of(Type.BRIDGE));
  }

  /** With other numbers of paragraphs; a world of more has more of everything. */
  public World withParagraphs(int fewest, int most) {
    return new World(fewest, most, types);
  }

  /** With other questions. */
  public World withTypes(Type... other) {
    return new World(fewestParagraphs, mostParagraphs, List.of(other));
  }

  /** Questions with the ids {@code world-SEED-00000} and so on; a longer list begins the same. */
  public List<Question> questions(int count, long seed) {
    return IntStream.range(0, count).mapToObj(i -> question(i, seed)).toList();
  }

  private Question question(int index, long seed) {
    Draws draws = new Draws(Draws.at(seed, index));
    int paragraphs = draws.between(fewestParagraphs, mostParagraphs);
    Inventory inventory = new Inventory(draws, paragraphs);
    Type type = types.get(index % types.size());
    Riddle riddle =
        switch (type) {
          case SINGLE -> Riddle.single(draws, inventory);
          case BRIDGE -> Riddle.bridge(draws, inventory);
          case COMPARISON -> Riddle.comparison(draws, inventory);
        };
    List<Entity> told = told(draws, inventory, riddle, paragraphs);
    List<Question.Paragraph> context = new ArrayList<>();
    List<Question.Fact> facts = new ArrayList<>();
    for (Entity thing : told) {
      List<String> sentences = new ArrayList<>(thing.facts().values());
      draws.shuffle(sentences);
      context.add(new Question.Paragraph(thing.name(), sentences));
    }
    for (Riddle.Fact fact : riddle.facts()) {
      Map<String, String> sentences = fact.of().facts();
      int at =
          context.get(told.indexOf(fact.of())).sentences().indexOf(sentences.get(fact.relation()));
      facts.add(new Question.Fact(fact.of().name(), at));
    }
    return new Question(
        String.format("world-%d-%05d", seed, index),
        riddle.question(),
        riddle.answer(),
        type.toString(),
        "",
        facts,
        context);
  }

  /** What the context tells about: what the question needs, among others. */
  private static List<Entity> told(
      Draws draws, Inventory inventory, Riddle riddle, int paragraphs) {
    List<Entity> told = new ArrayList<>();
    riddle.facts().stream().map(Riddle.Fact::of).distinct().forEach(told::add);
    List<Entity> rest = new ArrayList<>(inventory.all());
    rest.removeAll(told);
    draws.shuffle(rest);
    told.addAll(rest.subList(0, Math.max(0, Math.min(rest.size(), paragraphs - told.size()))));
    draws.shuffle(told);
    return told;
  }
}
