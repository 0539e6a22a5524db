package headscope.task;

import com.google.gson.stream.JsonWriter;
import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.model.Tokenizer;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The task of Figs. 5 to 8: a question whose answer takes several sentences, the supporting facts,
 * from different paragraphs. They are the needle. Immutable; {@code with…} methods give changed
 * copies.
 *
 * <pre>
 *   try (Stream&lt;Question&gt; questions = HotpotQa.read(Path.of("hotpot_dev_distractor_v1.json"))) {
 *     questions.limit(10).map(q -> HotpotQa.standard().trial(model.tokenizer(), q, 1)).toList();
 *   }
 * </pre>
 *
 * @param system the system text; a blank one is left out
 * @param instruction what stands behind the question; a blank one is left out with its heading
 * @param form where the answer stands in a response
 * @param factSpans whether each supporting sentence is a span of its own, {@link #fact}, beside the
 *     needle that they are together
 */
public record HotpotQa(String system, String instruction, Form form, boolean factSpans) {
  private static final String INSTRUCTION = "Reason step by step, then give the answer.";

  /** Where the answer stands in a response. */
  public enum Form {
    /** After the last "answer is"; the whole response where the phrase is missing. */
    REASONED,
    /** The whole response. */
    DIRECT
  }

  /** Reasoned answers, as the reference model was taught to give them. */
  public static HotpotQa standard() {
    return new HotpotQa(ContextPrompt.SYSTEM, INSTRUCTION, Form.REASONED, false);
  }

  /** With another system text. */
  public HotpotQa withSystem(String text) {
    return new HotpotQa(text, instruction, form, factSpans);
  }

  /** With another instruction. */
  public HotpotQa withInstruction(String text) {
    return new HotpotQa(system, text, form, factSpans);
  }

  /** With another place of the answer. */
  public HotpotQa withForm(Form other) {
    return new HotpotQa(system, instruction, other, factSpans);
  }

  /** With a span for each supporting sentence, so that a run tells which of them heads look at. */
  public HotpotQa withFactSpans() {
    return new HotpotQa(system, instruction, form, true);
  }

  /** The name of the span of a supporting sentence, by its number from 1 on: {@code fact1}. */
  public static String fact(int number) {
    return "fact" + number;
  }

  /** What decides the trials beside the questions, to be written with every result. */
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("system", system);
    map.put("instruction", instruction);
    map.put("form", form.name().toLowerCase(java.util.Locale.ROOT));
    if (factSpans) {
      map.put("factSpans", true);
    }
    return map;
  }

  /**
   * Reads questions one by one; close the stream. However large the file, one question is in
   * memory. Read are HotpotQA as published and as Hugging Face's data sets hold it, 2WikiMultihopQA
   * and MuSiQue, each as a list, as {@code {"data": [...]}} or as JSON Lines.
   *
   * @throws IllegalArgumentException if the file is of another form, which it names; while the
   *     stream is read, if a key is missing or an id comes twice: it names question, id, line and
   *     column
   */
  public static Stream<Question> read(Path file) {
    QuestionReader reader;
    try {
      QuestionReader.checkForm(file);
      reader = new QuestionReader(file.toString(), Files.newBufferedReader(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + FileFault.of(e), e);
    }
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(reader, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(
            () -> {
              try {
                reader.close();
              } catch (IOException e) {
                throw new UncheckedIOException("cannot close " + file + ": " + FileFault.of(e), e);
              }
            });
  }

  /**
   * Writes questions in the published form; the same questions give the same bytes. The file is
   * complete or not there.
   *
   * @throws IllegalArgumentException if a supporting fact is of a later paragraph of its title,
   *     which that form cannot say
   */
  public static void write(Path file, Iterable<Question> questions) {
    try {
      WholeFile.write(file, part -> writeAll(part, questions));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + FileFault.of(e), e);
    }
  }

  private static void writeAll(Path part, Iterable<Question> questions) throws IOException {
    try (JsonWriter json = new JsonWriter(Files.newBufferedWriter(part, StandardCharsets.UTF_8))) {
      json.setHtmlSafe(false);
      json.beginArray();
      for (Question q : questions) {
        write(json, q);
      }
      json.endArray();
    }
  }

  private static void write(JsonWriter json, Question q) throws IOException {
    json.beginObject();
    json.name("_id").value(q.id());
    json.name("question").value(q.question());
    json.name("answer").value(q.answer());
    if (!q.aliases().isEmpty()) {
      json.name("answer_aliases").beginArray();
      for (String alias : q.aliases()) {
        json.value(alias);
      }
      json.endArray();
    }
    json.name("type").value(q.type());
    json.name("level").value(q.level());
    json.name("supporting_facts").beginArray();
    for (Question.Fact fact : q.supportingFacts()) {
      if (!q.place(fact).equals(q.place(new Question.Fact(fact.title(), fact.sentence())))) {
        throw Section.QUESTIONS.wrong(
            "question "
                + q.id()
                + " has several paragraphs \""
                + fact.title()
                + "\", and a supporting fact of a later one: HotpotQA's form names the first; leave"
                + " the question out");
      }
      json.beginArray().value(fact.title()).value(fact.sentence()).endArray();
    }
    json.endArray();
    json.name("context").beginArray();
    for (Question.Paragraph paragraph : q.context()) {
      json.beginArray().value(paragraph.title()).beginArray();
      for (String sentence : paragraph.sentences()) {
        json.value(sentence);
      }
      json.endArray().endArray();
    }
    json.endArray();
    json.endObject();
  }

  /**
   * Makes a prompt: the paragraphs as title, line end and sentences, a blank line between them. A
   * sentence behind another gets a leading space unless it brings one.
   *
   * @param seed what else is drawn for the trial is drawn from it and the question's id
   * @throws IllegalArgumentException if no supporting fact names a sentence of the context, or if
   *     the chat template rewrites the user's text
   */
  public QuestionTrial trial(Tokenizer tokenizer, Question question, long seed) {
    List<Question.Place> places = question.places();
    if (places.isEmpty()) {
      throw Section.QUESTIONS.wrong(
          "none of the "
              + question.supportingFacts().size()
              + " supporting facts of question "
              + question.id()
              + " names a sentence of its context; leave the question out");
    }
    StringBuilder context = new StringBuilder();
    ContextPrompt.Stretch[] needles = new ContextPrompt.Stretch[places.size()];
    for (int p = 0; p < question.context().size(); p++) {
      Question.Paragraph paragraph = question.context().get(p);
      context.append(p > 0 ? "\n\n" : "").append(paragraph.title()).append("\n");
      for (int s = 0; s < paragraph.sentences().size(); s++) {
        String sentence = paragraph.sentences().get(s);
        context.append(s > 0 && !sentence.startsWith(" ") ? " " : "");
        int at = places.indexOf(new Question.Place(p, s));
        if (at >= 0) {
          ContextPrompt.Stretch inner = Question.inner(sentence).orElseThrow();
          needles[at] =
              new ContextPrompt.Stretch(
                  context.length() + inner.from(), context.length() + inner.to());
        }
        context.append(sentence);
      }
    }
    ContextPrompt.Written written =
        new ContextPrompt(system, instruction, Tokenizer::render)
            .write(tokenizer, context.toString(), question.question(), List.of(needles));
    long drawn = new Draws(31 * seed + question.id().hashCode()).next();
    Prompt prompt = written.prompt();
    for (int i = 0; factSpans && i < written.needles().size(); i++) {
      prompt = prompt.withSpan(fact(i + 1), written.needles().get(i));
    }
    return new QuestionTrial(
        prompt, question, depth(written), form, drawn, question.missingFacts());
  }

  /** Mean over the supporting sentences of their start in the context, as a share of its tokens. */
  private static double depth(ContextPrompt.Written written) {
    Spans context = written.prompt().span(Prompt.CONTEXT);
    int from = context.list().get(0).from();
    List<Double> depths = new ArrayList<>();
    for (Spans needle : written.needles()) {
      depths.add((double) (needle.list().get(0).from() - from) / context.length());
    }
    return depths.stream().mapToDouble(d -> d).average().orElse(0);
  }
}
