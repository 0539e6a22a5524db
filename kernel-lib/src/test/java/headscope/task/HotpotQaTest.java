package headscope.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.model.LanguageModel;
import headscope.model.Tokenizer;
import headscope.reference.World;
import headscope.task.Question.Fact;
import headscope.task.Question.Paragraph;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class HotpotQaTest {
  private static LanguageModel model;
  private static Tokenizer tokenizer;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    model = LanguageModel.reference();
    tokenizer = model.tokenizer();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Question question(List<Fact> facts, Paragraph... context) {
    return new Question("id", "Why?", "because", "bridge", "", facts, List.of(context));
  }

  /** The text of each stretch of the needle, without outer white space. */
  private static List<String> needles(QuestionTrial trial) {
    return trial.prompt().span(Prompt.NEEDLE).list().stream()
        .map(span -> text(trial.prompt(), span))
        .toList();
  }

  private static String text(Prompt prompt, Span span) {
    int[] ids = java.util.Arrays.copyOfRange(prompt.ids(), span.from(), span.to());
    return tokenizer.decode(ids).strip();
  }

  @Test
  void thePromptIsWhatTheReferenceModelWasTrainedOn() {
    Question q =
        new Question(
            "x",
            "Where was Ada born?",
            "Mora",
            "single",
            "",
            List.of(new Fact("Ada", 1)),
            List.of(
                new Paragraph("Ada", List.of("Ada is a person.", "Ada was born in Mora.")),
                new Paragraph("Mora", List.of("Mora is a town.", " Mora is old."))));
    QuestionTrial trial = HotpotQa.standard().trial(tokenizer, q, 1);
    assertThat(trial.prompt().text())
        .contains(
            "user\nContext:\nAda\nAda is a person. Ada was born in Mora.\n\nMora\nMora is a town."
                + " Mora is old.\nQuestion:\nWhere was Ada born?\nInstruction:\n"
                + "Reason step by step, then give the answer.<|im_end|>\n<|im_start|>assistant\n");
    assertThat(needles(trial)).containsExactly("Ada was born in Mora.");
    assertThat(trial.rightResponse()).isEqualTo("Ada was born in Mora. So the answer is Mora.");
    assertThat(trial.answeredBy(trial.rightResponse())).isTrue();
    assertThat(trial.metrics("So the answer is the mora.").get(Metric.EM)).isEqualTo(1);
    assertThat(trial.answeredBy("So the answer is Lund.")).isFalse();
    QuestionTrial direct =
        HotpotQa.standard().withForm(HotpotQa.Form.DIRECT).trial(tokenizer, q, 1);
    assertThat(direct.metrics("So the answer is Mora.").get(Metric.EM)).isZero();
    assertThat(direct.metrics("Mora").get(Metric.F1)).isEqualTo(1);
  }

  @Test
  void theNeedleIsTheSentenceAtItsPlaceWhateverElseSaysTheSame() {
    Question q =
        question(
            List.of(new Fact("Two", 1), new Fact("One", 0), new Fact("One", 7), new Fact("No", 0)),
            new Paragraph(
                "One",
                List.of("The same here.", " The same here.", "", "   ", " One \uD83D\uDE80 two.")),
            new Paragraph("The same here.", List.of("The same here. ", "Two", " The same here.")),
            new Paragraph("Two", List.of("\tThe same here. The same here.", "  The same here.")));
    QuestionTrial trial = HotpotQa.standard().trial(tokenizer, q, 1);
    assertThat(trial.missingFacts()).isEqualTo(2);
    assertThat(trial.needle()).isEqualTo("The same here. The same here.");
    String text = trial.prompt().text();
    int context = text.indexOf("Context:\n") + "Context:\n".length();
    Spans needle = trial.prompt().span(Prompt.NEEDLE);
    assertThat(needles(trial)).containsExactly("The same here.", "The same here.");
    // the first one is the first sentence of the context, the second one the last
    assertThat(text.substring(context)).startsWith("One\nThe same here.");
    Spans all = trial.prompt().span(Prompt.CONTEXT);
    assertThat(needle.list().get(0).from() - all.list().get(0).from()).isBetween(1, 4);
    assertThat(needle.end()).isEqualTo(all.end());
  }

  @Test
  void emojiAndTitlesInTheTextDoNotShiftTheNeedle() {
    for (String sentence :
        List.of(
            "\uD83D\uDE80 to the moon \uD83C\uDF19.",
            "Ada wrote Ada.",
            "né à Évry",
            "x",
            "\"Q?\"")) {
      Question q =
          question(
              List.of(new Fact("B", 1)),
              new Paragraph("A \uD83D\uDE80\uD83D\uDE80", List.of(sentence, sentence + sentence)),
              new Paragraph("B", List.of(sentence + "!", sentence, " " + sentence)));
      QuestionTrial trial = HotpotQa.standard().trial(tokenizer, q, 1);
      assertThat(needles(trial)).containsExactly(sentence);
    }
  }

  @Test
  void spansOfFiveHundredGeneratedQuestionsAreTheirSentences() {
    World world =
        World.standard()
            .withParagraphs(2, 7)
            .withTypes(World.Type.SINGLE, World.Type.BRIDGE, World.Type.COMPARISON);
    for (Question q : world.questions(500, 3)) {
      QuestionTrial trial = HotpotQa.standard().trial(tokenizer, q, 1);
      assertThat(trial.missingFacts()).isZero();
      List<String> found = new ArrayList<>(needles(trial));
      List<String> wanted = q.needles();
      // neighbouring supporting sentences are one stretch
      if (found.size() < wanted.size()) {
        assertThat(found).hasSize(1);
        assertThat(found.get(0))
            .isIn(wanted.get(0) + " " + wanted.get(1), wanted.get(1) + " " + wanted.get(0));
      } else {
        assertThat(found).containsExactlyInAnyOrderElementsOf(wanted);
      }
      assertThat(trial.depth()).isBetween(0.0, 1.0);
      assertThat(trial.length()).isLessThan(trial.prompt().length());
    }
  }

  @Test
  void depthIsTheMeanPlaceOfTheSupportingSentences() {
    Question q =
        question(
            List.of(new Fact("A", 0), new Fact("B", 0)),
            new Paragraph("A", List.of("First one.")),
            new Paragraph("C", List.of("Nothing here.", "Nor here.")),
            new Paragraph("B", List.of("Last one.")));
    QuestionTrial trial = HotpotQa.standard().trial(tokenizer, q, 1);
    Spans context = trial.prompt().span(Prompt.CONTEXT);
    List<Span> needle = trial.prompt().span(Prompt.NEEDLE).list();
    double start = context.list().get(0).from();
    double mean =
        (needle.get(0).from() - start + needle.get(1).from() - start) / 2 / context.length();
    assertThat(trial.depth()).isCloseTo(mean, within(1e-12));
    assertThat(trial.length()).isEqualTo(context.length());
  }

  @Test
  void aQuestionWithoutAnySupportingSentenceIsRefusedByItsId() {
    Question q = question(List.of(new Fact("A", 3)), new Paragraph("A", List.of("One.")));
    assertThatThrownBy(() -> HotpotQa.standard().trial(tokenizer, q, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("question id")
        .hasMessageContaining("1 supporting facts");
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    List<Question> made =
        new ArrayList<>(World.standard().withTypes(World.Type.values()).questions(60, 2));
    made.add(question(List.of(), new Paragraph("\u2028\"<b>\\", List.of("", " \uD83D\uDE80\n"))));
    Path file = folder.resolve("q.json");
    HotpotQa.write(file, made);
    try (Stream<Question> read = HotpotQa.read(file)) {
      assertThat(read.toList()).isEqualTo(made);
    }
    byte[] bytes = Files.readAllBytes(file);
    HotpotQa.write(file, made);
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
  }

  private static final String GOOD =
      """
      [{"_id": "a", "question": "q", "answer": "x", "type": "bridge", "level": "easy",
        "supporting_facts": [["T", 0]], "context": [["T", ["s"]]]}]
      """;

  private static List<Question> read(String json) {
    List<Question> all = new ArrayList<>();
    new QuestionReader("q.json", new StringReader(json)).forEachRemaining(all::add);
    return all;
  }

  @Test
  void whatIsWrongIsNamedWithQuestionIdAndPlace() {
    assertThat(read(GOOD)).hasSize(1);
    Map<String, String> broken =
        Map.of(
            GOOD.replace("\"answer\": \"x\", ", ""),
            "question 0 (id a), line",
            GOOD.replace("\"answer\": \"x\", ", " "),
            "\"answer\" is missing",
            GOOD.replace("\"answer\": \"x\"", "\"answer\": 3"),
            "\"answer\" is a text, found a number",
            GOOD.replace("[\"T\", 0]", "[\"T\", \"z\"]"),
            "question 0 (id a)",
            GOOD.replace("[\"T\", 0]", "[\"T\"]"),
            "question 0 (id a)",
            GOOD.strip().substring(0, 60),
            "it is no JSON",
            GOOD.replace("}]", "},"),
            "it is no JSON",
            GOOD + "x",
            "it is no JSON",
            GOOD.strip().replaceFirst("]$", "") + "," + GOOD.strip().substring(1),
            "question 1 (id a), line 3",
            "{}",
            "\"question\" is missing");
    broken.forEach(
        (json, message) ->
            assertThatThrownBy(() -> read(json))
                .as(json)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("q.json")
                .hasMessageContaining(message));
    assertThat(read(GOOD.replace("[{", "[{\"new\": {},"))).hasSize(1);
    for (String key : List.of("question", "answer", "supporting_facts", "context")) {
      assertThatThrownBy(() -> read(GOOD.replace("\"" + key + "\"", "\"x\"")))
          .hasMessageContaining("\"" + key + "\" is missing")
          .hasMessageContaining(", x");
    }
    assertThatThrownBy(() -> HotpotQa.read(folder.resolve("none.json")))
        .hasMessageContaining("none.json");
  }

  private static final String HUGGING_FACE =
      """
      {"id": "a", "question": "q", "answer": "x", "type": "bridge", "level": "easy",
        "supporting_facts": {"title": ["T", "U"], "sent_id": [0, 1]},
        "context": {"title": ["T", "U"], "sentences": [["s"], ["t", "u"]]}}
      """;

  private static final Question AS_READ =
      new Question(
          "a",
          "q",
          "x",
          "bridge",
          "easy",
          List.of(new Fact("T", 0), new Fact("U", 1)),
          List.of(new Paragraph("T", List.of("s")), new Paragraph("U", List.of("t", "u"))));

  @Test
  void theSameQuestionIsReadFromEveryPublishedForm() {
    String line = HUGGING_FACE.replace("\n", "");
    String published =
        line.replaceAll("\\{\"title\".*?\\]\\}", "[[\"T\", 0], [\"U\", 1]]")
            .replaceAll(
                "\"context\".*", "\"context\": [[\"T\", [\"s\"]], [\"U\", [\"t\", \"u\"]]]}");
    String objects =
        line.replaceAll(
                "\\{\"title\".*?\\]\\}",
                "[{\"title\": \"T\", \"sent_id\": 0}, {\"sent_id\": 1, \"title\": \"U\"}]")
            .replaceAll(
                "\"context\".*",
                "\"context\": [{\"title\": \"T\", \"sentences\": [\"s\"]},"
                    + " {\"title\": \"U\", \"sentences\": [\"t\", \"u\"]}]}");
    // as 2WikiMultihopQA's Parquet holds the lists: JSON in a text
    String inText =
        published
            .replaceAll(
                "(\"supporting_facts\": )(.*?\\]\\])",
                "$1\"[[\\\\\"T\\\\\", 0], [\\\\\"U\\\\\", 1]]\"")
            .replaceAll(
                "\"context\".*",
                "\"context\": \"[[\\\\\"T\\\\\", [\\\\\"s\\\\\"]], [\\\\\"U\\\\\", [\\\\\"t\\\\\", \\\\\"u\\\\\"]]]\"}");
    for (String one : List.of(line, HUGGING_FACE, published, objects, inText)) {
      String second = one.replaceFirst("\"a\"", "\"b\"");
      for (String file :
          List.of(
              "[" + one + "," + second + "]",
              "{\"version\": 1, \"data\": [" + one + "," + second + "], \"x\": [1]}",
              one.strip() + "\n\n" + second.strip() + "\n",
              "\ufeff" + one.strip() + "  \r\n" + second.strip())) {
        assertThat(read(file)).as(file).hasSize(2).first().isEqualTo(AS_READ);
        assertThat(read(file).get(1).id()).isEqualTo("b");
      }
    }
  }

  @Test
  void withoutIdsAQuestionHasItsPlaceAndWithoutLevelNone() {
    String bare = HUGGING_FACE.replace("\"id\": \"a\", ", "").replace(", \"level\": \"easy\"", "");
    assertThat(read("[" + bare + "," + bare + "]"))
        .extracting(Question::id, Question::level)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("0", ""),
            org.assertj.core.groups.Tuple.tuple("1", ""));
  }

  private static final String MUSIQUE =
      """
      {"id": "2hop__1_2", "paragraphs": [
        {"idx": 0, "title": "T", "paragraph_text": "One. Two.", "is_supporting": false},
        {"idx": 1, "title": "T", "paragraph_text": "Three. Four.", "is_supporting": true},
        {"idx": 2, "title": "U", "paragraph_text": "Five.", "is_supporting": true}],
       "question": "q", "question_decomposition": [
        {"id": 1, "question": "T >> a", "answer": "b", "paragraph_support_idx": 1}],
       "answer": "the x", "answer_aliases": ["y", "z z"], "answerable": true}
      """;

  @Test
  void musiquesSupportingParagraphsAreTheNeedleWhateverTheirTitles() {
    String unanswerable = MUSIQUE.replace("\"answerable\": true", "\"answerable\": false");
    List<Question> read =
        read(unanswerable + MUSIQUE + MUSIQUE.replace("2hop__1_2", "other")); // the same id
    assertThat(read).hasSize(2);
    Question q = read.get(0);
    assertThat(q.needles()).containsExactly("Three. Four.", "Five.");
    assertThat(q.answers()).containsExactly("the x", "y", "z z");
    QuestionTrial trial = HotpotQa.standard().trial(tokenizer, q, 1);
    assertThat(trial.missingFacts()).isZero();
    assertThat(trial.prompt().text()).contains("T\nOne. Two.\n\nT\nThree. Four.\n\nU\nFive.");
    for (String answer : q.answers()) {
      assertThat(trial.metrics("So the answer is " + answer + "."))
          .containsEntry(Metric.EM, 1.0)
          .containsEntry(Metric.F1, 1.0);
    }
    assertThat(trial.metrics("The answer is z").get(Metric.F1)).isCloseTo(2 / 3., within(1e-12));
    assertThatThrownBy(() -> HotpotQa.write(folder.resolve("m.json"), read))
        .hasMessageContaining("several paragraphs \"T\"");
  }

  @Test
  void whatIsNoQuestionFileIsNamedByItsForm() throws IOException {
    Map<String, String> forms =
        Map.of(
            "PAR1\u0000\u0015",
            "is Parquet; convert it: python -c",
            "\u001f\u008b\b",
            "compressed with gzip",
            "id,question\n1,Why?",
            "a text that begins with \"id,question\"",
            "",
            "an empty file",
            "questions:\n- 1",
            "YAML",
            "version https://git-lfs.github.com/spec/v1\n",
            "Git LFS");
    for (Map.Entry<String, String> form : forms.entrySet()) {
      Path file = folder.resolve("q.parquet");
      Files.write(file, form.getKey().getBytes(StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> HotpotQa.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(file.toString(), form.getValue(), "MuSiQue");
    }
    assertThatThrownBy(() -> HotpotQa.read(folder)).hasMessageContaining("is a folder");
  }

  @Test
  void otherFormsOfJsonAreNamedWithLineAndQuestionAndNoParsersWords() {
    String line = HUGGING_FACE.replace("\n", "") + "\n";
    Map<String, String> broken =
        Map.of(
            line + line.replace("\"a\"", "\"b\"").replace("[0, 1]", "[0]"),
            "question 1 (id b), line 2 column",
            line + line,
            "question 1 (id a), line 2",
            line + "[]",
            "question 1, line 2 column 2: a question is an object, found a list",
            line.strip() + line,
            "line 1",
            "[" + line + "]\n" + line,
            "a second JSON document follows",
            "{\"question\": {\"0\": \"q\"}}",
            "\"question\" is a text, found an object",
            "[{\"id\": \"a\", \"question\": \"q\", \"golden_answers\": [\"x\"], \"metadata\": {}}]",
            "its keys are id, question, golden_answers, metadata",
            line.replace("[0, 1]", "[0, 1.5]"),
            "whole number, found 1.5",
            line.replace("\"sent_id\"", "\"x\""),
            "\"supporting_facts\" lacks \"sent_id\"",
            MUSIQUE.replace("\"is_supporting\"", "\"x\""),
            "\"supporting_facts\" is missing");
    broken.forEach(
        (json, message) ->
            assertThatThrownBy(() -> read(json))
                .as(json)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageNotContainingAny(
                    "BEGIN_", "STRING", "Exception", "null", "gson", "Strictness", "Expected"));
  }

  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    Path file = folder.resolve("q.json");
    HotpotQa.write(file, World.standard().questions(2, 1));
    byte[] whole = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    for (int i = 0; i < 2_500; i++) {
      byte[] bytes = whole.clone();
      for (int k = 0; k <= i % 3; k++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      if (i % 5 == 0) {
        bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      Files.write(file, bytes);
      try (Stream<Question> read = HotpotQa.read(file)) {
        read.forEach(q -> q.needles().size());
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).contains("q.json").doesNotContain("BEGIN_", "Exception");
        refused++;
      }
    }
    assertThat(refused).isBetween(500, 2_400);
  }

  @Test
  void aHundredMegabytesAreReadOneQuestionAtATime() {
    byte[] filler = ("[\"T\", [\"" + "s".repeat(100_000) + "\"]]").getBytes(StandardCharsets.UTF_8);
    int questions = 1_000;
    Enumeration<InputStream> parts =
        Collections.enumeration(
            IntStream.range(0, questions)
                .mapToObj(
                    i -> {
                      String head =
                          (i == 0 ? "[" : ",")
                              + "{\"_id\": \""
                              + i
                              + "\", \"question\": \"q\", \"answer\": \"x\","
                              + " \"type\": \"\", \"level\": \"\", \"supporting_facts\": [], \"context\": [";
                      String tail = "]}" + (i == questions - 1 ? "]" : "");
                      return (InputStream)
                          new SequenceInputStream(
                              Collections.enumeration(
                                  List.of(
                                      bytes(head),
                                      new java.io.ByteArrayInputStream(filler),
                                      bytes(tail))));
                    })
                .toList());
    QuestionReader reader =
        new QuestionReader(
            "large.json",
            new InputStreamReader(new SequenceInputStream(parts), StandardCharsets.UTF_8));
    List<java.lang.ref.WeakReference<Question>> seen = new ArrayList<>();
    reader.forEachRemaining(q -> seen.add(new java.lang.ref.WeakReference<>(q)));
    assertThat(seen).hasSize(questions);
    System.gc();
    assertThat(seen.stream().filter(r -> r.get() != null).count()).isLessThan(10);
  }

  private static InputStream bytes(String text) {
    return new java.io.ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
