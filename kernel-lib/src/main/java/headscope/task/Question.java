package headscope.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
 */
public record Question(
    String id,
    String question,
    String answer,
    String type,
    String level,
    List<Fact> supportingFacts,
    List<Paragraph> context) {

  /**
   * A sentence by its place.
   *
   * @param title of the paragraph
   * @param sentence its index there, from 0; published files hold some that do not exist
   */
  public record Fact(String title, int sentence) {}

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
  }

  /** The supporting sentences that are there, without outer white space, each once, in order. */
  public List<String> needles() {
    return places().stream()
        .map(p -> context.get(p.paragraph()).sentences().get(p.sentence()).strip())
        .toList();
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

  private Optional<Place> place(Fact fact) {
    for (int p = 0; p < context.size(); p++) {
      if (context.get(p).title().equals(fact.title())) {
        List<String> sentences = context.get(p).sentences();
        boolean there =
            fact.sentence() >= 0
                && fact.sentence() < sentences.size()
                && !sentences.get(fact.sentence()).isBlank();
        return there ? Optional.of(new Place(p, fact.sentence())) : Optional.empty();
      }
    }
    return Optional.empty();
  }
}
