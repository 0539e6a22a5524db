package headscope.reference;

import headscope.draw.Draws;
import headscope.reference.Entity.Book;
import headscope.reference.Entity.Company;
import headscope.reference.Entity.Person;
import headscope.reference.Entity.River;
import headscope.reference.Entity.Town;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The things of one world, named with syllables so that nothing is known from anywhere else. */
final class Inventory {
  private static final List<String> ONSETS =
      words("br b c ch d dr f fl g gr h j k l m n p pr qu r s sh st t th tr v w z");
  private static final List<String> VOWELS = words("a e i o u ai ea ei oa or ar en il un al");
  private static final List<String> ENDS =
      List.of("", "", "", "n", "r", "l", "m", "s", "th", "ck", "nd", "rn", "x");
  private static final List<String> JOBS =
      list(
          "baker,potter,pilot,nurse,lawyer,painter,singer,teacher,farmer,doctor,tailor,miner,sailor,"
              + "judge,clockmaker,gardener,chemist,carpenter,librarian,surgeon,weaver,printer,"
              + "geologist,violinist");
  private static final List<String> THINGS =
      list(
          "chess,tea,long walks,old maps,clocks,kites,strong coffee,brass bands,winter swimming,"
              + "mushrooms,crosswords,steam engines,wild birds,card games,stamps,folk songs,"
              + "black bread,puppets");
  private static final List<String> CRAFTS =
      list(
          "cheese,glass,wool,paper,silver,honey,ships,bells,salt,lace,tiles,cider,knives,carpets,"
              + "candles,barrels");
  private static final List<String> GENRES =
      list("novel,poem,play,memoir,travel book,cookbook,history,detective story");
  private static final List<String> GOODS =
      list(
          "bicycles,lamps,boots,pianos,radios,ink,tractors,watches,soap,maps,rope,umbrellas,pencils,"
              + "stoves");
  private static final List<String> TITLES =
      list("Letters,Garden,Mystery,Song,Voyage,Winter,Mirror,Road,Diary,House");
  private static final List<String> FIRMS = list("Works,Brothers,Company,Mills,Trading");

  final List<River> rivers = new ArrayList<>();
  final List<Town> towns = new ArrayList<>();
  final List<Person> persons = new ArrayList<>();
  final List<Book> books = new ArrayList<>();
  final List<Company> companies = new ArrayList<>();
  private final Draws draws;
  private final Set<String> used = new HashSet<>();

  /** Enough things for that many paragraphs. */
  Inventory(Draws draws, int paragraphs) {
    this.draws = draws;
    int townCount = Math.max(2, paragraphs / 4 + 1);
    for (int i = 0; i < Math.max(2, townCount - 1); i++) {
      rivers.add(new River(name(), name(), draws.between(20, 999)));
    }
    List<String> regions = List.of(name(), name(), name());
    for (int i = 0; i < townCount; i++) {
      towns.add(
          new Town(
              name(),
              draws.oneOf(rivers),
              draws.oneOf(regions),
              draws.between(1100, 1899),
              draws.oneOf(CRAFTS)));
    }
    for (int i = 0; i < Math.max(2, paragraphs / 3 + 1); i++) {
      persons.add(
          new Person(
              name() + " " + name(),
              draws.oneOf(towns),
              draws.between(1700, 1999),
              draws.oneOf(JOBS),
              draws.oneOf(THINGS)));
    }
    for (int i = 0; i < Math.max(1, paragraphs / 6 + 1); i++) {
      books.add(
          new Book(
              "The " + name() + " " + draws.oneOf(TITLES),
              draws.oneOf(persons),
              draws.between(1700, 1999),
              draws.oneOf(GENRES)));
      companies.add(
          new Company(
              name() + " " + draws.oneOf(FIRMS),
              draws.oneOf(persons),
              draws.oneOf(towns),
              draws.oneOf(GOODS)));
    }
  }

  List<Entity> all() {
    List<Entity> all = new ArrayList<>();
    all.addAll(persons);
    all.addAll(towns);
    all.addAll(rivers);
    all.addAll(books);
    all.addAll(companies);
    return all;
  }

  /** A name that no other thing of this world has. */
  private String name() {
    while (true) {
      StringBuilder word = new StringBuilder();
      int syllables = draws.oneOf(List.of(2, 2, 3));
      for (int i = 0; i < syllables; i++) {
        word.append(draws.oneOf(ONSETS)).append(draws.oneOf(VOWELS));
      }
      word.append(draws.oneOf(ENDS));
      word.setCharAt(0, Character.toUpperCase(word.charAt(0)));
      if (used.add(word.toString())) {
        return word.toString();
      }
    }
  }

  private static List<String> words(String text) {
    return List.of(text.split(" "));
  }

  private static List<String> list(String text) {
    return List.of(text.split(","));
  }
}
