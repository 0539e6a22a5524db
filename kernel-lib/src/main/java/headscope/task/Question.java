package headscope.task;

import headscope.task.ContextPrompt.Stretch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
