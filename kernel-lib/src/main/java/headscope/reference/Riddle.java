package headscope.reference;

import headscope.draw.Draws;
import headscope.reference.Entity.Book;
import headscope.reference.Entity.Company;
import headscope.reference.Entity.Person;
import headscope.reference.Entity.River;
import headscope.reference.Entity.Town;
import java.util.List;

/**
 * A question about an inventory, with the facts that its answer follows from, in their order.
 *
 * @param question what is asked
 * @param answer the answer
 * @param facts the sentences by thing and relation
 */
record Riddle(String question, String answer, List<Fact> facts) {

  /** One sentence of one thing. */
  record Fact(Entity of, String relation) {}

  /** A question that one sentence answers. */
  static Riddle single(Draws draws, Inventory world) {
    Entity thing = draws.oneOf(world.all());
    String relation = draws.oneOf(List.copyOf(thing.facts().keySet()));
    String n = thing.name();
    if (thing instanceof Person p) {
      return switch (relation) {
        case "born" -> one("Where was " + n + " born?", p.town().name(), p, relation);
        case "job" -> one("What was the job of " + n + "?", p.job(), p, relation);
        default -> one("What was " + n + " fond of?", p.likes(), p, relation);
      };
    }
    if (thing instanceof Town t) {
      return switch (relation) {
        case "river" -> one("On which river is " + n + "?", t.river().name(), t, relation);
        case "region" -> one("In which region is " + n + "?", t.region(), t, relation);
        case "year" -> one("When was " + n + " founded?", "" + t.year(), t, relation);
        default -> one("What is " + n + " known for?", t.craft(), t, relation);
      };
    }
    if (thing instanceof River r) {
      return relation.equals("sea")
          ? one("Into which sea does the river " + n + " flow?", r.sea() + " Sea", r, relation)
          : one("How many kilometres long is the river " + n + "?", "" + r.length(), r, relation);
    }
    if (thing instanceof Book b) {
      return switch (relation) {
        case "author" -> one("Who wrote " + n + "?", b.author().name(), b, relation);
        case "year" -> one("When was " + n + " published?", "" + b.year(), b, relation);
        default -> one("What kind of book is " + n + "?", b.genre(), b, relation);
      };
    }
    Company c = (Company) thing;
    return switch (relation) {
      case "founder" -> one("Who founded " + n + "?", c.founder().name(), c, relation);
      case "town" -> one("Where does " + n + " have its seat?", c.town().name(), c, relation);
      default -> one("What does " + n + " make?", c.goods(), c, relation);
    };
  }

  private static Riddle one(String question, String answer, Entity thing, String relation) {
    return new Riddle(question, answer, List.of(new Fact(thing, relation)));
  }

  /** A question whose second fact is about what the first one names. */
  static Riddle bridge(Draws draws, Inventory world) {
    int kind = draws.below(8);
    if (kind < 2) {
      Person p = draws.oneOf(world.persons);
      String born = " the town where " + p.name() + " was born?";
      return kind == 0
          ? two("On which river is" + born, p.town().river().name(), p, "born", p.town(), "river")
          : two("In which region is" + born, p.town().region(), p, "born", p.town(), "region");
    }
    if (kind < 4) {
      Book b = draws.oneOf(world.books);
      Person author = b.author();
      return kind == 2
          ? two(
              "Where was the author of " + b.name() + " born?",
              author.town().name(),
              b,
              "author",
              author,
              "born")
          : two(
              "What was the job of the author of " + b.name() + "?",
              author.job(),
              b,
              "author",
              author,
              "job");
    }
    if (kind == 6) {
      Town t = draws.oneOf(world.towns);
      return two(
          "Into which sea does the river of " + t.name() + " flow?",
          t.river().sea() + " Sea",
          t,
          "river",
          t.river(),
          "sea");
    }
    Company c = draws.oneOf(world.companies);
    return switch (kind) {
      case 4 ->
          two(
              "What was the founder of " + c.name() + " fond of?",
              c.founder().likes(),
              c,
              "founder",
              c.founder(),
              "likes");
      case 5 ->
          two(
              "On which river is the seat of " + c.name() + "?",
              c.town().river().name(),
              c,
              "town",
              c.town(),
              "river");
      default ->
          two(
              "What is the town where " + c.name() + " has its seat known for?",
              c.town().craft(),
              c,
              "town",
              c.town(),
              "craft");
    };
  }

  /** A question that compares two things. */
  static Riddle comparison(Draws draws, Inventory world) {
    int kind = draws.below(3);
    if (kind < 2) {
      Person a = draws.oneOf(world.persons);
      Person b = other(draws, world.persons, a);
      if (kind == 0 && a.year() != b.year()) {
        return two(
            "Who was born first, " + a.name() + " or " + b.name() + "?",
            (a.year() < b.year() ? a : b).name(),
            a,
            "born",
            b,
            "born");
      }
      return two(
          "Were " + a.name() + " and " + b.name() + " born in the same town?",
          a.town().equals(b.town()) ? "yes" : "no",
          a,
          "born",
          b,
          "born");
    }
    Town a = draws.oneOf(world.towns);
    Town b = other(draws, world.towns, a);
    return two(
        "Are " + a.name() + " and " + b.name() + " on the same river?",
        a.river().equals(b.river()) ? "yes" : "no",
        a,
        "river",
        b,
        "river");
  }

  private static <T> T other(Draws draws, List<T> list, T than) {
    T other = draws.oneOf(list);
    while (other.equals(than)) {
      other = draws.oneOf(list);
    }
    return other;
  }

  private static Riddle two(
      String question,
      String answer,
      Entity first,
      String firstRelation,
      Entity second,
      String secondRelation) {
    return new Riddle(
        question,
        answer,
        List.of(new Fact(first, firstRelation), new Fact(second, secondRelation)));
  }
}
