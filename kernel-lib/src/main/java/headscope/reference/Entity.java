package headscope.reference;

import java.util.LinkedHashMap;
import java.util.Map;

/** Something that a paragraph tells about: a fact is a sentence, by the relation it states. */
interface Entity {
  /** The title of its paragraph. */
  String name();

  /** Relation to sentence. */
  Map<String, String> facts();

  /** A river. */
  record River(String name, String sea, int length) implements Entity {
    @Override
    public Map<String, String> facts() {
      return of(
          "sea", "The river " + name + " flows into the " + sea + " Sea.",
          "length", "The river " + name + " is " + length + " kilometres long.");
    }
  }

  /** A town on a river. */
  record Town(String name, River river, String region, int year, String craft) implements Entity {
    @Override
    public Map<String, String> facts() {
      return of(
          "river", name + " is a town on the river " + river.name() + ".",
          "region", name + " lies in the region of " + region + ".",
          "year", name + " was founded in " + year + ".",
          "craft", name + " is known for its " + craft + ".");
    }
  }

  /** A person, born in a town. */
  record Person(String name, Town town, int year, String job, String likes) implements Entity {
    @Override
    public Map<String, String> facts() {
      return of(
          "born", name + " was born in " + town.name() + " in " + year + ".",
          "job", name + " worked as a " + job + ".",
          "likes", name + " was fond of " + likes + ".");
    }
  }

  /** A book by a person. */
  record Book(String name, Person author, int year, String genre) implements Entity {
    @Override
    public Map<String, String> facts() {
      return of(
          "author", name + " was written by " + author.name() + ".",
          "year", name + " was published in " + year + ".",
          "genre", name + " is a " + genre + ".");
    }
  }

  /** A company, founded by a person, in a town. */
  record Company(String name, Person founder, Town town, String goods) implements Entity {
    @Override
    public Map<String, String> facts() {
      return of(
          "founder", name + " was founded by " + founder.name() + ".",
          "town", name + " has its seat in " + town.name() + ".",
          "goods", name + " makes " + goods + ".");
    }
  }

  private static Map<String, String> of(String... relationsAndSentences) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < relationsAndSentences.length; i += 2) {
      map.put(relationsAndSentences[i], relationsAndSentences[i + 1]);
    }
    return map;
  }
}
