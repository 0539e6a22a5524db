package headscope.task;

import headscope.failure.Section;
import headscope.task.ContextPrompt.Stretch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A question over several paragraphs, as HotpotQA publishes them (distractor setting).
 *
 * @param id {@code _id}, unique in a file
 * @param question what is asked
 * @param answer the right answer
 * @param type bridge, comparison, or what else the file says; may be empty
 * @param level how hard it is meant to be; may be empty
 * @param supportingFacts the sentences that the answer follows from
 * @param context the paragraphs, those with supporting facts among distractors
 * @param aliases other right answers; most files have none
 */
public record Question(
    String id,
    String question,
    String answer,
    String type,
    String level,
    List<Fact> supportingFacts,
    List<Paragraph> context,
    List<String> aliases) {

  /**
   * A sentence by its place.
   *
   * @param title of the paragraph
   * @param sentence its index there, from 0; published files hold some that do not exist
   * @param paragraph which of the context it is, from 0, where a file says so; else the first with
   *     that title and sentence
   */
  public record Fact(String title, int sentence, OptionalInt paragraph) {
    /** By title alone, as HotpotQA names it. */
    public Fact(String title, int sentence) {
      this(title, sentence, OptionalInt.empty());
    }

    @Override
    public String toString() {
      String more = paragraph.isPresent() ? ", paragraph=" + paragraph.getAsInt() : "";
      return "Fact[title=" + title + ", sentence=" + sentence + more + "]";
    }
  }

  /**
   * A titled paragraph.
   *
   * @param title its title
   * @param sentences its sentences; most bring their leading space
   */
  public record Paragraph(String title, List<String> sentences) {
    public Paragraph {
      sentences = List.copyOf(sentences);
    }
  }

  /** A sentence of the context by the indexes of its paragraph and within it. */
  record Place(int paragraph, int sentence) {}

  public Question {
    supportingFacts = List.copyOf(supportingFacts);
    context = List.copyOf(context);
    aliases = List.copyOf(aliases);
  }

  /** With one right answer. */
  public Question(
      String id,
      String question,
      String answer,
      String type,
      String level,
      List<Fact> supportingFacts,
      List<Paragraph> context) {
    this(id, question, answer, type, level, supportingFacts, context, List.of());
  }

  /** Results hold a hash of it: what a question has not is not in it. */
  @Override
  public String toString() {
    return String.format(
        "Question[id=%s, question=%s, answer=%s, type=%s, level=%s, supportingFacts=%s,"
            + " context=%s%s]",
        id,
        question,
        answer,
        type,
        level,
        supportingFacts,
        context,
        aliases.isEmpty() ? "" : ", aliases=" + aliases);
  }

  /** Every right answer: {@link #answer()}, then its aliases. */
  public List<String> answers() {
    return Stream.concat(Stream.of(answer), aliases.stream()).toList();
  }

  // White space as Python's strip() has it: Unicode's, and four separators of ASCII.
  private static final Pattern INNER =
      Pattern.compile("(?Us)[^\\s\\x1c-\\x1f](?:.*[^\\s\\x1c-\\x1f])?");

  /** The supporting sentences that are there, without outer white space, each once, in order. */
  public List<String> needles() {
    return places().stream()
        .map(
            p -> {
              String sentence = context.get(p.paragraph()).sentences().get(p.sentence());
              Stretch inner = inner(sentence).orElseThrow();
              return sentence.substring(inner.from(), inner.to());
            })
        .toList();
  }

  /** A sentence without outer white space, as characters of it; none of a blank one. */
  static Optional<Stretch> inner(String sentence) {
    Matcher inner = INNER.matcher(sentence);
    return inner.find() ? Optional.of(new Stretch(inner.start(), inner.end())) : Optional.empty();
  }

  /** Supporting facts that name no sentence: no such title, no such index, or a blank one. */
  public int missingFacts() {
    return (int) supportingFacts.stream().filter(f -> place(f).isEmpty()).count();
  }

  /**
   * The paragraphs that have a supporting sentence, and the first so many of the others, in their
   * order.
   *
   * @param distractors how many others, 0 or more; all where there are fewer
   */
  public Question gold(int distractors) {
    Set<Integer> kept = new LinkedHashSet<>();
    places().forEach(p -> kept.add(p.paragraph()));
    int left = distractors;
    for (int p = 0; p < context.size() && left > 0; p++) {
      left -= kept.add(p) ? 1 : 0;
    }
    return keeping(kept);
  }

  /**
   * The paragraph of one supporting sentence alone: whether the others are needed.
   *
   * @param sentence its place among {@link #needles}
   */
  public Question paragraphOf(int sentence) {
    return keeping(Set.of(places().get(sentence).paragraph()));
  }

  /**
   * Everything but the paragraph of one supporting sentence: of the others, what can be guessed.
   *
   * @param sentence its place among {@link #needles}
   * @throws IllegalArgumentException if no supporting sentence is left
   */
  public Question withoutParagraphOf(int sentence) {
    Set<Integer> kept =
        IntStream.range(0, context.size()).boxed().collect(Collectors.toCollection(TreeSet::new));
    kept.remove(places().get(sentence).paragraph());
    Question left = keeping(kept);
    if (left.places().isEmpty()) {
      throw Section.QUESTIONS.wrong(
          "question "
              + id
              + " has no supporting sentence outside of that paragraph; ask those of two hops");
    }
    return left;
  }

  /** Some paragraphs, with the supporting facts that stand in them. */
  private Question keeping(Set<Integer> paragraphs) {
    List<Integer> kept =
        IntStream.range(0, context.size()).filter(paragraphs::contains).boxed().toList();
    List<Fact> facts =
        places().stream()
            .filter(p -> paragraphs.contains(p.paragraph()))
            .map(
                p ->
                    new Fact(
                        context.get(p.paragraph()).title(),
                        p.sentence(),
                        OptionalInt.of(kept.indexOf(p.paragraph()))))
            .toList();
    return new Question(
        id,
        question,
        answer,
        type,
        level,
        facts,
        kept.stream().map(context::get).toList(),
        aliases);
  }

  /**
   * What the first supporting sentence of a bridge question names and the second is about: the
   * title of the second's paragraph. Empty for questions of other types, and where that title
   * stands in the question itself.
   */
  public Optional<String> bridge() {
    List<Place> places = places();
    return Optional.of(places)
        .filter(p -> type.equals("bridge") && p.size() > 1)
        .map(p -> context.get(p.get(1).paragraph()).title())
        .filter(title -> !AnswerMetrics.containsWords(question, title));
  }

  /** Where the supporting sentences stand. */
  List<Place> places() {
    Set<Place> places = new LinkedHashSet<>();
    supportingFacts.forEach(f -> place(f).ifPresent(places::add));
    return new ArrayList<>(places);
  }

  /** Where the sentence of a fact stands; none if there is none. */
  Optional<Place> place(Fact fact) {
    for (int p = 0; p < context.size(); p++) {
      List<String> sentences = context.get(p).sentences();
      if (context.get(p).title().equals(fact.title())
          && fact.paragraph().orElse(p) == p
          && fact.sentence() >= 0
          && fact.sentence() < sentences.size()
          && inner(sentences.get(fact.sentence())).isPresent()) {
        return Optional.of(new Place(p, fact.sentence())); // of equal titles the first that has it
      }
    }
    return Optional.empty();
  }
}
