package headscope.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import headscope.model.Encoding;
import headscope.model.Tokenizer;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.warning.Warnings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeedleInHaystackTest {
  private static final Tokenizer TOKENIZER =
      Tokenizer.load(Path.of("src/main/resources/headscope/reference/model"));
  private static final Haystack AWKWARD =
      Haystack.of(
          "Straßen \ud83d\ude82\ud83d\ude83 of Über-Town\n\nHe said: “No!” (And meant it.) "
              + "\ud83c\udf89 3.14 is pi... „Ja.“ She left?! Yes.\ud83c\udf89 No end there.",
          "Ünder \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67. 'Was it?' «Oui.» e\u0301t\u0301e\u0301"
              + " [sic!] She sat.\u00a0Then stood");

  private static final NeedleInHaystack STANDARD = plain(NeedleInHaystack.standard());
  private static final NeedleInHaystack CLASSIC = plain(NeedleInHaystack.classic());

  /** The template of the reference model, written by hand. */
  private static NeedleInHaystack plain(NeedleInHaystack task) {
    return task.withRendering((tokenizer, messages) -> rendered(messages));
  }

  private static String rendered(List<Map<String, Object>> messages) {
    return messages.stream()
        .map(m -> "<|im_start|>" + m.get("role") + "\n" + m.get("content") + "<|im_end|>\n")
        .collect(Collectors.joining("", "<|begin_of_text|>", "<|im_start|>assistant\n"));
  }

  /**
   * Computed with CPython 3.11, tokenizers 0.23.3 and the reference model's tokenizer.json by an
   * independent program: SplitMix64 draws, essays, cut, sentence end, insertion, template, spans.
   * The last two are CRC-32 of the rendered text and of the ids joined by commas.
   */
  @ParameterizedTest
  @CsvSource({
    "64,0,0,6e789e6a-a1b9-45f4-86c4-5d188009454f,0.0,157,31:65,31:129,132:138,3538426010,3635213343",
    "64,1,1,beeb8da1-658e-4c67-b893-a2eefb32555e,0.953125,154,92:123,31:126,129:135,509142328,3456330989",
    "128,0.5,2,bfc84610-0bfc-4e42-987b-bcbfdd7e532f,0.3046875,221,70:104,31:193,196:202,3734703422,776722051",
    "200,0.25,-3,ec779c36-93f8-4501-bed9-eeb4936de39d,0.25,288,81:110,31:260,263:269,3429897706,3721355300",
    "256,0.9,4,e474c66a-4b98-4030-9bef-19fc8e7b845f,0.87109375,348,254:287,31:320,323:329,1514264804,2891015461",
    "384,0.5,42,28efe333-b266-4103-8752-6757130f9f52,0.4166666666666667,472,191:220,31:444,447:453,2478833170,1678570271",
    "384,0.33,1099511627783,b5f577ed-ea75-464b-b746-10128527de04,0.3072916666666667,471,149:177,31:443,446:452,3472557191,3477519325",
    "1,0.5,5,c097314d-9397-46f8-bb92-d3f0106bc147,0.0,90,31:61,31:62,65:71,2614367141,1786322775",
    "5000,0.7,6,72419db2-3951-4f99-8e6c-7d0372aa2f46,0.6966,5093,3514:3548,31:5065,5068:5074,3857520180,767315878",
    "60000,0.1,7,044c3cd7-f43c-461c-a698-4080bab12a02,0.09986666666666667,60091,6023:6055,31:60063,60066:60072,3259089966,1892004181",
    "150,0.6,11,,0.5666666666666667,259,116:155,31:220,223:240,192155494,398953831",
  })
  void aTrialIsTheOneAnIndependentProgramMakes(
      int length,
      double depth,
      long seed,
      String uuid,
      double realDepth,
      int promptLength,
      String needle,
      String context,
      String question,
      long textCrc,
      long idsCrc) {
    NeedleTrial trial = (uuid == null ? CLASSIC : STANDARD).trial(TOKENIZER, length, depth, seed);
    Prompt prompt = trial.prompt();
    assertThat(crc(prompt.text())).isEqualTo(textCrc);
    assertThat(crc(Arrays.stream(prompt.ids()).mapToObj(String::valueOf).toList()))
        .isEqualTo(idsCrc);
    assertThat(prompt.span(Prompt.NEEDLE)).hasToString(needle);
    assertThat(prompt.span(Prompt.CONTEXT)).hasToString(context);
    assertThat(prompt.span(Prompt.QUESTION)).hasToString(question);
    assertThat(trial.prompt().length()).isEqualTo(promptLength);
    assertThat(trial.length()).isEqualTo(length);
    assertThat(trial.depth()).isEqualTo(depth);
    assertThat(trial.realDepth()).isEqualTo(realDepth);
    assertThat(trial.seed()).isEqualTo(seed);
    if (uuid != null) {
      assertThat(trial.answers()).containsExactly(uuid);
      assertThat(trial.needle()).isEqualTo("The magic word is " + uuid + ".");
    }
  }

  private static long crc(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  private static long crc(List<String> numbers) {
    return crc(String.join(",", numbers));
  }

  @Property(tries = 600, seed = "1")
  void theNeedleSpanIsExactlyTheTokensThatShareACharacterWithTheSentence(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 400) int length,
      @ForAll @DoubleRange(min = 0, max = 1) double depth,
      @ForAll boolean awkward) {
    NeedleInHaystack task = awkward ? STANDARD.withHaystack(AWKWARD) : STANDARD;
    NeedleTrial trial = task.trial(TOKENIZER, length, depth, seed);
    String text = trial.prompt().text();
    int from = text.indexOf(trial.needle());
    Spans span = trial.prompt().span(Prompt.NEEDLE);
    assertThat(span.list()).hasSize(1);
    int first = span.list().get(0).from();
    assertThat(charactersOf(trial, first)).isLessThanOrEqualTo(from);
    assertThat(charactersOf(trial, first + 1)).isGreaterThan(from);
    int to = from + trial.needle().length();
    assertThat(charactersOf(trial, span.end() - 1)).isLessThan(to);
    assertThat(charactersOf(trial, span.end())).isGreaterThanOrEqualTo(to);
  }

  /** How much of the text the first tokens decode to. */
  private static int charactersOf(NeedleTrial trial, int tokens) {
    String text = TOKENIZER.decode(Arrays.copyOf(trial.prompt().ids(), tokens), false);
    assertThat(trial.prompt().text()).startsWith(text);
    return text.length();
  }

  @Property(tries = 200, seed = "1")
  void takingTheNeedleOutLeavesTheHaystackAndNoLaterSentenceEndFits(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 400) int length,
      @ForAll @DoubleRange(min = 0, max = 1) double depth,
      @ForAll boolean awkward) {
    NeedleInHaystack task = awkward ? STANDARD.withHaystack(AWKWARD) : STANDARD;
    NeedleTrial trial = task.trial(TOKENIZER, length, depth, seed);
    String context = contextOf(trial);
    int at = context.indexOf(trial.needle());
    String haystack =
        at == 0
            ? context.substring(trial.needle().length() + 1)
            : context.substring(0, at - 1) + context.substring(at + trial.needle().length());
    Encoding alone = TOKENIZER.encode(haystack);
    // The cut keeps a character whole of which it holds the first token of several.
    assertThat(alone.length()).isBetween(length, length + 3);
    assertThat(trial.realDepth()).isLessThanOrEqualTo(depth);
    int token = (int) (depth * length);
    int point = token < length ? alone.from()[token] : haystack.length();
    int end = 0;
    Matcher m = Pattern.compile("[.!?][\"'”“’»)\\]]*(?=[ \u00a0]|$)").matcher(haystack);
    while (m.find()) {
      end = m.end() <= point ? m.end() : end;
    }
    assertThat(Math.max(at - 1, 0)).isEqualTo(end);
  }

  private static String contextOf(NeedleTrial trial) {
    String text = trial.prompt().text();
    return text.substring(
        text.indexOf("Context:\n") + "Context:\n".length(), text.indexOf("\nQuestion:\n"));
  }

  @Property(tries = 30, seed = "1")
  void theSameSeedGivesTheSameTrial(@ForAll long seed) {
    NeedleTrial trial = STANDARD.trial(TOKENIZER, 60, .5, seed);
    assertThat(STANDARD.trial(TOKENIZER, 60, .5, seed)).isEqualTo(trial);
    assertThat(trial.answers().get(0))
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    assertThat(STANDARD.trial(TOKENIZER, 90, .1, seed).answers())
        .as("length and depth draw nothing")
        .isEqualTo(trial.answers());
    assertThat(STANDARD.trial(TOKENIZER, 60, .5, seed + 1).answers()).isNotEqualTo(trial.answers());
  }

  @Test
  void depthZeroIsTheVeryStartAndDepthOneTheLastSentenceEnd() {
    NeedleInHaystack task =
        STANDARD
            .withHaystack(Haystack.of("Alpha one. Beta \"two.\" Gamma three"))
            .withNeedle("Here!", "Where?", "Here");
    assertThat(contextOf(task.trial(TOKENIZER, 12, 0, 0))).startsWith("Here! Alpha one. Beta");
    NeedleTrial last =
        task.trial(TOKENIZER, TOKENIZER.encode("Alpha one. Beta \"two.\" Gam").length(), 1, 0);
    assertThat(contextOf(last)).startsWith("Alpha one. Beta \"two.\" Here! Gam");
  }

  @Test
  void aSentenceEndIsFollowedByWhiteSpaceOrTheEnd() {
    String hay = "v1.2 of x.y ended.) Then \ud83c\udf89! Last";
    NeedleInHaystack task =
        STANDARD.withHaystack(Haystack.of(hay)).withNeedle("Here.", "Where?", "Here");
    int n = TOKENIZER.encode(hay).length();
    assertThat(contextOf(task.trial(TOKENIZER, n, .999, 0)))
        .isEqualTo("v1.2 of x.y ended.) Then \ud83c\udf89! Here. Last");
    int point = TOKENIZER.encode("v1.2 of x.y ended.").length();
    assertThat(contextOf(task.trial(TOKENIZER, n, (point + .5) / n, 0)))
        .isEqualTo("Here. v1.2 of x.y ended.) Then \ud83c\udf89! Last");
    assertThat(contextOf(task.trial(TOKENIZER, n, (point + 1.5) / n, 0)))
        .isEqualTo("v1.2 of x.y ended.) Here. Then \ud83c\udf89! Last");
  }

  @Test
  void inAHaystackWithoutAnySentenceEndTheNeedleGoesInAtWhiteSpaceWithAWarning() {
    List<String> said = new java.util.ArrayList<>();
    NeedleInHaystack task;
    try (Warnings.Listening listening = Warnings.to(said::add)) {
      task = STANDARD.withHaystack(Haystack.of("words without any end"));
    }
    assertThat(said).singleElement().asString().contains("no essay", "white space");
    for (double depth : List.of(0., .3, .5, .8, 1.)) {
      NeedleTrial trial = task.trial(TOKENIZER, 200, depth, 0);
      assertThat(trial.realDepth()).isBetween(depth - .05, depth);
      String context = contextOf(trial);
      String before = context.substring(0, context.indexOf(trial.needle())).strip();
      assertThat(before).matches("(?s)(|.*\\b(words|without|any|end))");
    }
    assertThat(task.options()).containsKey("haystackWarning");
    assertThat(STANDARD.options()).doesNotContainKey("haystackWarning");
  }

  @Test
  void withoutWhiteSpaceItGoesInBetweenCharacters() {
    for (String hay : List.of("天地玄黄宇宙洪荒", "e\u0301", "\ud83d\ude80\u200d\ud83c\udf19")) {
      NeedleInHaystack task = STANDARD.withHaystack(Haystack.of(hay.repeat(500)));
      for (double depth : List.of(.5, .501, .502, .503)) {
        NeedleTrial trial = task.trial(TOKENIZER, 1000, depth, 0);
        assertThat(trial.realDepth()).isBetween(depth - .05, depth);
        String context = contextOf(trial);
        String behind =
            context.substring(context.indexOf(trial.needle()) + trial.needle().length());
        assertThat(behind).doesNotMatch("(?s)[\\udc00-\\udfff\\p{M}\\u200d].*");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "山上有一座塔。|塔下有三棵树！|谁住在那里？|他说：“我住在这里。”|",
        "丘の上に塔がある。|「誰がいるのか？」|木が三本ある｡|高さは３．１４である．|",
        "पहाड़ी पर एक मीनार है।|उसके नीचे पेड़ हैं।|वहाँ कौन रहता है?|कथा समाप्त ॥|",
        "هناك برج على التل.|من يسكن هناك؟|تحته ثلاث أشجار!|إنه قديم.|",
        "پہاڑی پر ایک مینار ہے۔|وہاں کون رہتا ہے؟|وہ پرانا ہے۔|درخت ہیں۔|",
        "በኮረብታው ላይ ግንብ አለ።|እዚያ ማን ይኖራል፧ ማንም።|ዛፎች አሉ።|ያረጀ ነው።|",
      })
  void inEveryScriptANeedleLiesNearTheWantedDepthAtASentenceEnd(
      String first, String second, String third, String fourth, String none) {
    List<String> sentences = List.of(first, second, third, fourth);
    boolean spaced = first.contains(" ");
    String essay = String.join(spaced ? " " : "", sentences) + (spaced ? " " : "");
    Haystack haystack = Haystack.of(essay.repeat(60).strip());
    assertThat(haystack.warning()).isEmpty();
    NeedleInHaystack task = STANDARD.withHaystack(haystack);
    for (double depth : List.of(.25, .5, .75, 1.)) {
      NeedleTrial trial = task.trial(TOKENIZER, 3000, depth, 1);
      assertThat(trial.realDepth()).isBetween(depth - .04, depth);
      String context = contextOf(trial);
      String before = context.substring(0, context.indexOf(trial.needle()) - 1);
      assertThat(sentences).anyMatch(before::endsWith);
    }
  }

  @Test
  void aMarkOfAnotherScriptEndsASentenceWithItsClosingBracketsAndWithoutWhiteSpace() {
    String hay = "他说：「好。」她走了（真的！）。“不。”３．１４";
    NeedleInHaystack task =
        STANDARD.withHaystack(Haystack.of(hay)).withNeedle("Here.", "Where?", "Here");
    int n = TOKENIZER.encode(hay).length();
    List<String> found = new java.util.ArrayList<>();
    for (int token = 0; token < n; token++) {
      String context = contextOf(task.trial(TOKENIZER, n, (token + .5) / n, 0));
      String before = context.substring(0, context.indexOf("Here.")).stripTrailing();
      if (!found.contains(before)) {
        found.add(before);
      }
    }
    assertThat(found).containsExactly("", "他说：「好。」", "他说：「好。」她走了（真的！）。", "他说：「好。」她走了（真的！）。“不。”");
  }

  @Test
  void theNeedleIsMarkedWhereItWentInAlsoIfTheHaystackSaysTheSame() {
    NeedleInHaystack task =
        STANDARD.withHaystack(Haystack.of("Here. There. Here.")).withNeedle("Here.", "Q?", "Here");
    NeedleTrial trial = task.trial(TOKENIZER, 20, .5, 0);
    Spans needle = trial.prompt().span(Prompt.NEEDLE);
    int[] ids = trial.prompt().ids();
    int from = needle.list().get(0).from();
    String before = TOKENIZER.decode(Arrays.copyOf(ids, from), false);
    String hay = before.substring(before.indexOf("Context:\n") + 9);
    assertThat(TOKENIZER.encode(hay).length()).isEqualTo((int) (trial.realDepth() * 20 + .5));
    assertThat(hay).isNotEmpty();
  }

  @Test
  void severalNeedlesHaveDepthsAndIdentifiersOfTheirOwn() {
    NeedleInHaystack task =
        STANDARD.withNeedles(
            List.of(
                new Needle("The first word is [UUID].", "[UUID]"),
                new Needle("The second word is [UUID].", "[UUID]"),
                new Needle("The third word is blue.", "blue")),
            "What are the three words?");
    NeedleTrial trial = task.trial(TOKENIZER, 300, List.of(.8, .2, .2), 9);
    String context = contextOf(trial);
    List<NeedleTrial.Placed> needles = trial.needles();
    assertThat(needles).extracting(NeedleTrial.Placed::depth).containsExactly(.8, .2, .2);
    assertThat(needles.get(0).realDepth()).isGreaterThan(.5);
    assertThat(needles.get(1).realDepth()).isEqualTo(needles.get(2).realDepth()).isBetween(.01, .2);
    assertThat(trial.answers()).doesNotHaveDuplicates();
    assertThat(context)
        .contains(
            needles.get(1).needle().sentence() + " " + needles.get(2).needle().sentence() + " ");
    assertThat(trial.prompt().span(Prompt.NEEDLE).list()).hasSize(2);
    assertThat(trial.answeredBy(String.join(", ", trial.answers()))).isTrue();
    assertThat(trial.answeredBy(trial.answers().get(0))).isFalse();
    assertThat(task.trial(TOKENIZER, 300, .25, 9).needles())
        .extracting(NeedleTrial.Placed::depth)
        .containsExactly(.25, .5, .75);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> task.trial(TOKENIZER, 300, List.of(.5), 9))
        .withMessage("every needle has a depth: 3 needles, 1 depths");
  }

  @Test
  void systemAndInstructionCanBeLeftOut() {
    NeedleTrial trial = STANDARD.withSystem("").withInstruction(" ").trial(TOKENIZER, 20, 0, 3);
    assertThat(trial.prompt().text())
        .startsWith("<|begin_of_text|><|im_start|>user\nContext:\n" + trial.needle())
        .endsWith("\nQuestion:\nWhat is the magic word?<|im_end|>\n<|im_start|>assistant\n")
        .doesNotContain("Instruction");
  }

  @Test
  void anAnswerIsJudgedByTheWholeIdentifierWithItsCase() {
    NeedleTrial trial = STANDARD.trial(TOKENIZER, 20, 0, 3);
    assertThat(trial.answeredBy("It is " + trial.answers().get(0) + "!")).isTrue();
    assertThat(trial.answeredBy(trial.answers().get(0).toUpperCase())).isFalse();
    assertThat(trial.answeredBy(trial.answers().get(0).substring(1))).isFalse();
    assertThat(trial.metrics(trial.needle()).get(Metric.ROUGE_L)).isEqualTo(1);
    assertThat(trial.metrics("").get(Metric.ROUGE_L)).isZero();
  }

  @Test
  void whatCannotBeATrialIsRefusedWithTheLegalRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.trial(TOKENIZER, 100, 50, 0))
        .withMessage("a depth is a share from 0 (the start) to 1 (the end), got 50.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.trial(TOKENIZER, 100, Double.NaN, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STANDARD.trial(TOKENIZER, 0, .5, 0))
        .withMessageContaining("got 0");
    assertThatIllegalArgumentException().isThrownBy(() -> STANDARD.withNeedle("", "Q?", "A"));
    assertThatIllegalArgumentException().isThrownBy(() -> STANDARD.withNeedle("S.", " ", "A"));
    assertThatIllegalArgumentException().isThrownBy(() -> STANDARD.withNeedles(List.of(), "Q?"));
  }

  @Test
  void aTemplateThatRewritesTheUsersTextIsRefused() {
    NeedleInHaystack shouting =
        STANDARD.withRendering((tokenizer, messages) -> rendered(messages).toUpperCase());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> shouting.trial(TOKENIZER, 20, .5, 0))
        .withMessageContainingAll("rewrites the user's text", "message['content']");
  }

  @Test
  void anotherNeedleOfATrialHasAsManyTokens() {
    for (long seed = 1; seed < 6; seed++) {
      NeedleTrial trial = STANDARD.trial(TOKENIZER, 96, .5, seed);
      NeedleTrial other = STANDARD.another(TOKENIZER, trial);
      assertThat(other.needle()).isNotEqualTo(trial.needle());
      assertThat(other.prompt().length()).isEqualTo(trial.prompt().length());
      assertThat(other.prompt().needle()).isEqualTo(trial.prompt().needle());
      assertThat(TOKENIZER.encode(other.rightResponse()).ids())
          .hasSameSizeAs(TOKENIZER.encode(trial.rightResponse()).ids());
      assertThat(other.prompt().text().replace(other.needle(), trial.needle()))
          .isEqualTo(trial.prompt().text());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CLASSIC.another(TOKENIZER, CLASSIC.trial(TOKENIZER, 96, .5, 1)))
        .withMessageContaining("a task of its own");
  }

  @Test
  void aNumberIsDrawnOfSixDigits() {
    NeedleInHaystack task =
        STANDARD.withNeedle("The number is " + Needle.NUMBER + ".", "Which?", Needle.NUMBER);
    for (long seed = 1; seed < 20; seed++) {
      NeedleTrial trial = task.trial(TOKENIZER, 64, .5, seed);
      assertThat(trial.needle()).matches("The number is [1-9][0-9]{5}\\.");
      assertThat(trial.answeredBy("It is " + trial.answers().get(0))).isTrue();
      assertThat(
              Needle.answers(
                  List.of(new Needle("The number is " + Needle.NUMBER + ".", Needle.NUMBER)),
                  trial.needle()))
          .isEqualTo(trial.answers());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Needle(Needle.NUMBER + " or " + Needle.UUID, "x"))
        .withMessageContaining("not both");
  }
}
