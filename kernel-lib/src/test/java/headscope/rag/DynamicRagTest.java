package headscope.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import headscope.bench.RandomCheckpoint;
import headscope.head.HeadSet;
import headscope.json.Json;
import headscope.model.CheckpointException;
import headscope.model.Encoding;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.Tokenizer;
import headscope.probe.HeadPredictor;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tech.tablesaw.api.Table;

@Tag("slow")
class DynamicRagTest {
  /** Heads that retrieve in the reference model. */
  private static final HeadSelector STATIC =
      HeadSelector.fixed("static", HeadSet.parse("L3-H0,L3-H1,L3-H2,L3-H11,L5-H8"));

  private static final Rind ALWAYS = Rind.standard().withThreshold(0);
  private static final Rind NEVER = Rind.standard().withThreshold(Double.POSITIVE_INFINITY);
  private static final InContextRetriever EVERYTHING =
      InContextRetriever.standard().withK(100_000).withRadius(100_000);

  private static LanguageModel model;

  /** The question of rind.json. */
  private static Prompt prompt;

  @BeforeAll
  static void load() {
    model = LanguageModel.reference();
    JsonObject golden = Golden.rind().getAsJsonObject("model");
    prompt =
        prompt(
            golden.get("system").getAsString(),
            golden.get("user").getAsString(),
            golden.get("context").getAsString());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Prompt prompt(String system, String user, String context) {
    Encoding encoding =
        model.tokenizer().encode(model.tokenizer().render(Tokenizer.messages(system, user)));
    return encoding.prompt().withSpan(Prompt.CONTEXT, encoding.span(context));
  }

  private static List<Prompt> prompts() {
    return List.of(
        prompt,
        NeedleInHaystack.standard().trial(model.tokenizer(), 96, .5, 3).prompt(),
        NeedleInHaystack.classic().trial(model.tokenizer(), 128, .2, 4).prompt());
  }

  private static int[] plain(Prompt p, Spans hidden) {
    return model.generate(p, Capture.tokens(), GenerateOptions.defaults().withHidden(hidden)).ids();
  }

  @Test
  void withTheWholeContextVisibleItIsPlainGeneration() {
    for (Prompt p : prompts()) {
      RagRun run = DynamicRag.of(HeadSelector.wholeContext()).run(model, p);
      Trace trace = model.generate(p, Capture.tokens());
      assertThat(run.ids()).containsExactly(trace.ids());
      assertThat(run.answer()).isEqualTo(trace.text());
      assertThat(run.ended()).isEqualTo(trace.ended());
      assertThat(run.shareSeen()).isEqualTo(1);
      assertThat(run.meanShareSeen()).isCloseTo(1, within(1e-12));
      assertThat(run.retrievals()).isEmpty();
      assertThat(run.generatedTokens()).isEqualTo(run.keptTokens());
    }
  }

  @ParameterizedTest
  @EnumSource(Rind.Form.class)
  void whatIsCheckedAndNeverTriggersIsGenerationWithTheContextHidden(Rind.Form form) {
    Rind never = new Rind(form, Double.POSITIVE_INFINITY, ContentWords.standard());
    for (Prompt p : prompts()) {
      RagRun run = DynamicRag.of(STATIC).withRind(never).run(model, p);
      assertThat(run.ids()).containsExactly(plain(p, p.span(Prompt.CONTEXT)));
      assertThat(run.ids()).containsExactly(DynamicRag.of(HeadSelector.none()).run(model, p).ids());
      assertThat(run.drafts()).allSatisfy(d -> assertThat(d.kept()).isTrue());
      assertThat(run.shareSeen()).isZero();
      assertThat(run.drafts().get(0).words()).isNotEmpty();
      assertThat(String.join("", run.drafts().stream().map(Draft::text).toList()))
          .isEqualTo(run.answer());
    }
  }

  @Test
  void aHiddenContextIsADeletedOneWithPositionsKept() {
    JsonObject golden = Golden.rind().getAsJsonObject("model");
    int[] hidden = Golden.ints(golden.get("hidden"));
    assertThat(prompt.span(Prompt.CONTEXT)).isEqualTo(Spans.of(hidden[0], hidden[1]));
    assertThat(DynamicRag.of(HeadSelector.none()).run(model, prompt).ids())
        .containsExactly(Golden.ints(golden.get("tokens")));
  }

  @ParameterizedTest
  @EnumSource(Rind.Form.class)
  void rindOfTheRealModelIsThatOfAnIndependentProgram(Rind.Form form) {
    JsonObject golden = Golden.rind().getAsJsonObject("model");
    JsonObject expected = golden.getAsJsonObject(form.title());
    RagRun run =
        DynamicRag.of(STATIC)
            .withRind(new Rind(form, 1, ContentWords.standard()))
            .run(model, prompt);
    Draft first = run.drafts().get(0);
    assertThat(first.words().stream().map(Rind.Word::text).toList())
        .isEqualTo(Golden.strings(golden.get("words")));
    assertThat(first.words().stream().mapToDouble(Rind.Word::attention).toArray())
        .containsExactly(Golden.doubles(expected.get("attention")), within(1e-5));
    assertThat(first.words().stream().mapToDouble(Rind.Word::entropy).toArray())
        .containsExactly(Golden.doubles(expected.get("entropy")), within(1e-4));
    assertThat(first.words().stream().mapToDouble(Rind.Word::value).toArray())
        .containsExactly(Golden.doubles(expected.get("value")), within(1e-4));
    assertThat(first.triggerWord().orElseThrow().text()).isEqualTo("Benhearn"); // a guessed town
  }

  @ParameterizedTest
  @EnumSource(DynamicRag.Closing.class)
  void windowsThatCoverEverythingGivePlainGeneration(DynamicRag.Closing closing) {
    for (Prompt p : prompts()) {
      RagRun run =
          DynamicRag.of(STATIC)
              .withRind(ALWAYS)
              .withRetriever(EVERYTHING)
              .withClosing(closing)
              .run(model, p);
      assertThat(run.ids()).containsExactly(plain(p, Spans.none()));
      assertThat(run.retrievals().get(0).passages().windows()).isEqualTo(p.span(Prompt.CONTEXT));
      assertThat(run.generatedTokens()).isGreaterThan(run.keptTokens());
    }
  }

  /**
   * Every draft is what a fresh run writes that has only its windows; and what is hidden may be
   * anything.
   */
  @ParameterizedTest
  @EnumSource(DynamicRag.Closing.class)
  void nothingHiddenLeaksIntoAnyDraft(DynamicRag.Closing closing) {
    SplittableRandom random = new SplittableRandom(8);
    for (Prompt p : prompts()) {
      RagRun run =
          DynamicRag.of(STATIC)
              .withRind(Rind.standard())
              .withClosing(closing)
              .withRechecks(1)
              .run(model, p);
      List<Integer> ids = new ArrayList<>(Arrays.stream(p.ids()).boxed().toList());
      for (Draft d : run.drafts()) {
        Spans hidden = p.span(Prompt.CONTEXT).minus(d.visible());
        int[] other = ids.stream().mapToInt(i -> i).toArray();
        for (int i = 0; i < other.length; i++) {
          other[i] = hidden.contains(i) ? 4 + Math.floorMod(random.nextLong(), 2000) : other[i];
        }
        Trace fresh =
            model.generate(
                Prompt.ofIds(other),
                Capture.tokens(),
                GenerateOptions.defaults().withMaxNewTokens(d.ids().length).withHidden(hidden));
        assertThat(fresh.ids()).containsExactly(d.ids());
        for (Rind.Word word : d.words()) {
          double entropy =
              fresh.steps().subList(word.from(), word.to()).stream()
                  .mapToDouble(Step::entropy)
                  .average()
                  .orElseThrow();
          assertThat(word.entropy()).isCloseTo(entropy, within(1e-4));
        }
        if (d.kept()) {
          Arrays.stream(d.ids()).forEach(ids::add);
        }
      }
      assertThat(run.retrievals()).isNotEmpty();
    }
  }

  /** Linear in the hidden state with drawn weights: a test input, no trained probe. */
  private static HeadPredictor drawn(long seed) {
    return new HeadPredictor() {
      @Override
      public int layers() {
        return 6;
      }

      @Override
      public int headsPerLayer() {
        return 12;
      }

      @Override
      public double[] predict(float[] hidden) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] scores = new double[72];
        for (int h = 0; h < scores.length; h++) {
          for (float x : hidden) {
            scores[h] += x * ((random.nextLong() >> 40) * 0x1p-23);
          }
        }
        return scores;
      }
    };
  }

  @ParameterizedTest
  @EnumSource(InContextRetriever.Query.class)
  void aRetrievalAsksTheChosenHeadsOfARowThatSeesTheWholeContext(InContextRetriever.Query query) {
    HeadSelector probe = HeadSelector.probe(drawn(5), 4);
    InContextRetriever retriever =
        InContextRetriever.standard().withK(6).withRadius(5).withQuery(query);
    RagRun run =
        DynamicRag.of(probe)
            .withRind(Rind.standard().withThreshold(.01))
            .withRetriever(retriever)
            .run(model, prompt);
    List<Integer> ids = new ArrayList<>(Arrays.stream(prompt.ids()).boxed().toList());
    int retrievals = 0;
    for (Draft d : run.drafts()) {
      if (d.kept()) {
        Arrays.stream(d.ids()).forEach(ids::add);
        continue;
      }
      List<Integer> asked = new ArrayList<>(ids);
      if (query == InContextRetriever.Query.BEFORE_WORD) {
        Arrays.stream(d.ids()).limit(d.triggerWord().orElseThrow().from()).forEach(asked::add);
      }
      Retrieval r = d.retrieval().orElseThrow();
      assertThat(r.query()).isEqualTo(asked.size() - 1);
      Step seen =
          model
              .generate(
                  Prompt.ofIds(asked.stream().mapToInt(i -> i).toArray()),
                  Capture.heads().withRows(HeadSet.all(6, 12)),
                  GenerateOptions.defaults().withMaxNewTokens(1))
              .steps()
              .get(0);
      HeadSet heads = HeadSet.top(drawn(5).predict(seen.hidden()), 12, 4);
      assertThat(r.heads()).isEqualTo(heads);
      double[] mean = new double[asked.size()];
      heads.forEach(
          h -> IntStream.range(0, mean.length).forEach(i -> mean[i] += seen.rows().get(h)[i]));
      assertThat(r.passages()).isEqualTo(retriever.passages(mean, prompt.span(Prompt.CONTEXT)));
      retrievals++;
    }
    assertThat(retrievals).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aRewrittenSentenceIsCheckedAgainAsOftenAsAsked(int rechecks) {
    RagRun run = DynamicRag.of(STATIC).withRind(ALWAYS).withRechecks(rechecks).run(model, prompt);
    int rewriting = 0;
    for (Draft d : run.drafts()) {
      assertThat(d.rewriting()).isEqualTo(rewriting);
      if (rewriting > rechecks) { // accepted unseen
        assertThat(d.kept()).isTrue();
        assertThat(d.words()).isEmpty();
      }
      rewriting = d.kept() ? 0 : rewriting + 1;
    }
    // every sentence but the end token's has a content word that later tokens look at
    assertThat(run.drafts().stream().filter(d -> !d.kept()))
        .hasSize((run.kept().size() - 1) * (rechecks + 1));
  }

  @Test
  void windowsCloseAsAsked() {
    for (DynamicRag.Closing closing : DynamicRag.Closing.values()) {
      RagRun run =
          DynamicRag.of(STATIC)
              .withRind(Rind.standard().withThreshold(.2))
              .withClosing(closing)
              .run(model, prompt);
      Spans open = Spans.none();
      Spans expected = Spans.none();
      for (Draft d : run.drafts()) {
        assertThat(d.visible()).as(closing + " " + run).isEqualTo(expected);
        if (!d.kept()) {
          open = d.retrieval().orElseThrow().passages().windows();
          expected = open;
        } else if (closing == DynamicRag.Closing.AFTER_REWRITING
            || closing == DynamicRag.Closing.AFTER_NEXT_DRAFT && d.rewriting() == 0) {
          expected = Spans.none();
        }
      }
      assertThat(open.isEmpty()).isFalse();
    }
  }

  @Test
  void anAnswerThatIsDoneIsAnEmptyDraft() {
    int[] answer = plain(prompt, Spans.none());
    int[] all = Arrays.copyOf(prompt.ids(), prompt.length() + answer.length - 1);
    System.arraycopy(answer, 0, all, prompt.length(), answer.length - 1);
    Prompt done = Prompt.ofIds(all).withSpan(Prompt.CONTEXT, prompt.span(Prompt.CONTEXT));
    for (Rind.Form form : Rind.Form.values()) {
      RagRun run =
          DynamicRag.of(STATIC)
              .withRind(new Rind(form, 0, ContentWords.standard()))
              .run(model, done);
      assertThat(run.answer()).isEmpty();
      assertThat(run.keptTokens()).isEqualTo(1);
      assertThat(run.ended()).isTrue();
      assertThat(run.drafts().get(0).words()).isEmpty();
      assertThat(run.drafts().get(0).text()).isEmpty();
      assertThat(run.retrievals()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 20})
  void theAnswerEndsAtItsLimit(int limit) {
    RagRun run =
        DynamicRag.of(STATIC)
            .withRind(ALWAYS)
            .withRetriever(EVERYTHING)
            .withMaxTokens(limit)
            .run(model, prompt);
    assertThat(run.ids()).containsExactly(Arrays.copyOf(plain(prompt, Spans.none()), limit));
    assertThat(run.ended()).isFalse();
  }

  @Test
  void contextsOfNoneAndOfOneTokenAreDefined() {
    RagRun none =
        DynamicRag.of(STATIC)
            .withRind(ALWAYS)
            .run(model, prompt.withSpan(Prompt.CONTEXT, Spans.none()));
    assertThat(none.ids()).containsExactly(plain(prompt, Spans.none()));
    assertThat(none.retrievals())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.passages().windows().isEmpty()).isTrue());
    assertThat(none.shareSeen()).isZero();
    assertThat(none.meanShareSeen()).isZero();

    Spans one = Spans.of(40, 41);
    RagRun single =
        DynamicRag.of(STATIC).withRind(ALWAYS).run(model, prompt.withSpan(Prompt.CONTEXT, one));
    assertThat(single.retrievals())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.passages().windows()).isEqualTo(one));
    assertThat(single.ids()).containsExactly(plain(prompt, Spans.none()));
  }

  /** A model of drawn weights, with the reference model's tokenizer. */
  private static LanguageModel babbler(Path folder, int positions) throws IOException {
    new RandomCheckpoint(2, 32, 4, 2, 64, 2048, positions).write(folder, 3);
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      try (InputStream in =
          LanguageModel.class.getResourceAsStream("/headscope/reference/model/" + file)) {
        Files.write(folder.resolve(file), in.readAllBytes());
      }
    }
    return LanguageModel.load(folder);
  }

  /** The question with a word behind it, whose last token the babbler repeats for ever. */
  private static Prompt repeated() {
    int[] oslo = model.tokenizer().encode(" Oslo").ids();
    int[] ids = Arrays.copyOf(prompt.ids(), prompt.length() + oslo.length);
    System.arraycopy(oslo, 0, ids, prompt.length(), oslo.length);
    return Prompt.ofIds(ids).withSpan(Prompt.CONTEXT, prompt.span(Prompt.CONTEXT));
  }

  @Test
  void aModelThatNeverEndsASentenceIsStopped(@TempDir Path folder) throws IOException {
    Prompt repeated = repeated();
    try (LanguageModel babbler = babbler(folder, 1024)) {
      for (int rechecks = 0; rechecks <= 2; rechecks++) {
        RagRun run =
            DynamicRag.of(HeadSelector.randomPerRetrieval(3, 1))
                .withRind(ALWAYS)
                .withRechecks(rechecks)
                .withRetriever(
                    InContextRetriever.standard().withQuery(InContextRetriever.Query.BEFORE_WORD))
                .run(babbler, repeated);
        assertThat(run.ended()).isFalse();
        assertThat(run.keptTokens()).isEqualTo(100);
        assertThat(run.kept()).hasSize(1);
        assertThat(run.retrievals()).hasSize(rechecks + 1);
        assertThat(run.generatedTokens()).isEqualTo(100 * (rechecks + 2));
      }
    }
  }

  @Test
  void aModelWithoutMorePositionsIsStoppedAsInPlainGeneration(@TempDir Path folder)
      throws IOException {
    Prompt repeated = repeated();
    for (int more = 0; more < 4; more++) {
      Path there = Files.createDirectories(folder.resolve("positions-" + more));
      try (LanguageModel babbler = babbler(there, repeated.length() + more)) {
        Trace plain = babbler.generate(repeated, Capture.tokens());
        assertThat(plain.ids()).hasSize(more + 1);
        assertThat(DynamicRag.of(HeadSelector.wholeContext()).run(babbler, repeated).ids())
            .containsExactly(plain.ids());
        for (Rind.Form form : Rind.Form.values()) {
          RagRun run =
              DynamicRag.of(HeadSelector.randomPerRun(3, 1))
                  .withRind(new Rind(form, 0, ContentWords.standard()))
                  .withRetriever(EVERYTHING)
                  .run(babbler, repeated);
          assertThat(run.ids()).containsExactly(plain.ids());
          // the last token has no row here, the one before it sees those before
          assertThat(run.retrievals()).hasSize(form == Rind.Form.DRAGIN || more > 1 ? 1 : 0);
        }
      }
    }
  }

  @Test
  void anInterruptLeavesNothingBehind() {
    int live = model.liveArrays();
    DynamicRag rag = DynamicRag.of(STATIC).withRind(ALWAYS);
    rag.run(model, prompt);
    assertThat(model.liveArrays()).isEqualTo(live);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> rag.run(model, prompt)).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isFalse();
    // in the middle: the tagger is asked behind the first draft
    Rind interrupting =
        ALWAYS.withContentWords(
            words -> {
              Thread.currentThread().interrupt();
              return ContentWords.standard().of(words);
            });
    assertThatThrownBy(() -> rag.withRind(interrupting).run(model, prompt))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isFalse();
    // a tagger that fails
    Rind failing =
        ALWAYS.withContentWords(
            words -> {
              throw new IllegalStateException("no tagger");
            });
    assertThatThrownBy(() -> rag.withRind(failing).run(model, prompt)).hasMessage("no tagger");
    assertThat(model.liveArrays()).isEqualTo(live);
  }

  @Test
  void theSameOptionsGiveTheSameRun() {
    DynamicRag rag =
        DynamicRag.of(HeadSelector.randomPerRetrieval(5, 9)).withRind(ALWAYS).withRechecks(2);
    RagRun run = rag.run(model, prompt);
    String json = Json.line(run.description());
    assertThat(Json.line(rag.run(model, prompt).description())).isEqualTo(json);
    assertThat(run.retrievals().stream().map(Retrieval::heads).distinct().count()).isGreaterThan(1);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      assertThat(rag.run(model, prompt).options().get("rind")).isEqualTo("paper");
      assertThat(rag.options().get("closing")).isEqualTo("after-next-draft");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void waysTogetherAreTheirSingleRuns() {
    DynamicRag rag = DynamicRag.of(STATIC).withRind(ALWAYS).withRechecks(1);
    List<DynamicRag> ways =
        List.of(
            DynamicRag.of(HeadSelector.none()),
            rag,
            rag.withSelector(HeadSelector.randomPerRetrieval(5, 2)),
            rag.withRind(Rind.dragin(.5)),
            DynamicRag.of(HeadSelector.wholeContext()),
            rag.withRetriever(
                InContextRetriever.standard().withQuery(InContextRetriever.Query.BEFORE_WORD)));
    List<RagRun> together = DynamicRag.run(model, prompt, ways);
    for (int i = 0; i < ways.size(); i++) {
      assertSame(together.get(i), ways.get(i).run(model, prompt));
    }
    assertThat(DynamicRag.run(model, prompt, List.of())).isEmpty();
  }

  /** The same tokens, drafts and windows; numbers up to rounding, which follows the company. */
  private static void assertSame(RagRun one, RagRun other) {
    assertThat(one.ids()).containsExactly(other.ids());
    assertThat(one.options()).isEqualTo(other.options());
    assertThat(one.drafts()).hasSameSizeAs(other.drafts());
    for (int d = 0; d < one.drafts().size(); d++) {
      Draft a = one.drafts().get(d);
      Draft b = other.drafts().get(d);
      assertThat(a.ids()).containsExactly(b.ids());
      assertThat(a.tokens()).isEqualTo(b.tokens());
      assertThat(a.visible()).isEqualTo(b.visible());
      assertThat(a.retrieval()).isEqualTo(b.retrieval());
      assertThat(a.trigger()).isEqualTo(b.trigger());
      for (int w = 0; w < a.words().size(); w++) {
        assertThat(a.words().get(w).value()).isCloseTo(b.words().get(w).value(), within(1e-4));
      }
    }
  }

  @Test
  void promptsTogetherAreTheirSingleRuns() {
    List<DynamicRag> ways =
        List.of(DynamicRag.of(STATIC).withRind(ALWAYS), DynamicRag.of(HeadSelector.none()));
    List<DynamicRag.Asked> asked =
        prompts().stream().map(p -> new DynamicRag.Asked(p, ways)).toList();
    List<List<RagRun>> together = DynamicRag.run(model, asked, generation -> {});
    for (int p = 0; p < asked.size(); p++) {
      for (int w = 0; w < ways.size(); w++) {
        assertSame(together.get(p).get(w), ways.get(w).run(model, asked.get(p).prompt()));
      }
    }
  }

  @Test
  void aRivalShowsAsManyTokensAsItIsToldAtEachRetrieval() {
    DynamicRag rag = DynamicRag.of(STATIC).withRind(Rind.standard().withThreshold(.01));
    List<DynamicRag> ways =
        List.of(
            rag.withSelector(PassageFinder.bm25(), "static"),
            rag,
            rag.withSelector(PassageFinder.randomPlaces(3), "static"),
            rag.withSelector(HeadSelector.randomPerRetrieval(5, 2), "static"));
    List<RagRun> runs = DynamicRag.run(model, prompt, ways);
    List<Integer> told = shown(runs.get(1));
    assertThat(told).isNotEmpty();
    for (int i : List.of(0, 2, 3)) {
      List<Integer> shown = shown(runs.get(i));
      assertThat(shown).isNotEmpty();
      for (int r = 0; r < shown.size(); r++) {
        assertThat(shown.get(r)).isEqualTo(told.get(r % told.size()));
      }
    }
    assertThat(runs.get(2).retrievals().get(0).passages())
        .isNotEqualTo(runs.get(3).retrievals().get(0).passages());
    assertThat(runs.get(0).options()).containsEntry("tokensOf", "static");
    assertThatThrownBy(() -> DynamicRag.run(model, prompt, ways.subList(2, 4)))
        .hasMessageContaining("as many tokens as \"static\", which is not among");
    assertThatThrownBy(() -> rag.withSelector(PassageFinder.bm25()))
        .hasMessageContaining("BM25 shows as many tokens as it is told");
  }

  private static List<Integer> shown(RagRun run) {
    return run.retrievals().stream().map(r -> r.passages().windows().length()).toList();
  }

  @Test
  void theOracleShowsTheNeedleAndNothingElse() {
    NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 160, .5, 21);
    RagRun run =
        DynamicRag.of(STATIC).withSelector(PassageFinder.oracle()).run(model, trial.prompt());
    assertThat(run.retrievals())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.passages().windows()).isEqualTo(trial.prompt().needle()));
    assertThat(trial.answeredBy(run.answer())).isTrue();
  }

  @Test
  void aWatchedRunIsPlainGenerationWithRindOfItsSentences() {
    RagRun run = DynamicRag.of(HeadSelector.watched()).withRind(ALWAYS).run(model, prompt);
    assertThat(run.ids()).containsExactly(plain(prompt, Spans.none()));
    assertThat(run.retrievals()).isEmpty();
    assertThat(run.drafts().get(0).words()).isNotEmpty();
    assertThat(run.drafts().get(0).greatestRind()).isPositive();
  }

  @Test
  void aRunTellsWhatItDid() {
    RagRun run = DynamicRag.of(STATIC).run(model, prompt);
    Table table = run.toTable();
    assertThat(table.rowCount()).isEqualTo(run.drafts().size());
    assertThat(table.stringColumn("trigger").get(0)).isEqualTo("Benhearn");
    assertThat(table.stringColumn("windows").get(0))
        .isEqualTo(run.retrievals().get(0).passages().windows().toString());
    assertThat(table.booleanColumn("kept").get(0)).isFalse();
    assertThat(run.options())
        .containsEntry("selector", "static")
        .containsEntry("rind", "paper")
        .containsEntry("threshold", Rind.THRESHOLD)
        .containsEntry("k", 10)
        .containsEntry("gap", 8)
        .containsEntry("radius", 16)
        .containsEntry("query", "before-sentence")
        .containsEntry("closing", "after-next-draft")
        .containsEntry("rechecks", 0)
        .containsEntry("maxTokens", 100)
        .containsEntry("model", "reference");
    JsonObject json = Json.tree(run.description()).getAsJsonObject();
    assertThat(json.get("answer").getAsString()).isEqualTo(run.answer());
    assertThat(json.getAsJsonArray("drafts")).hasSameSizeAs(run.drafts());
    assertThat(new Gson().toJson(DynamicRag.of(STATIC).withRind(NEVER).options()))
        .contains("\"infinity\"");
    int dropped = run.drafts().stream().filter(d -> !d.kept()).mapToInt(d -> d.ids().length).sum();
    assertThat(run.generatedTokens()).isEqualTo(run.keptTokens() + dropped);
    assertThat(run.shareSeen()).isGreaterThan(0).isLessThanOrEqualTo(1);
    assertThat(run.meanShareSeen()).isLessThanOrEqualTo(run.shareSeen());
  }

  @Test
  void aNeedleIsOutOfReachWithoutTheContextAndFoundWithIt() {
    int whole = 0;
    int hidden = 0;
    int found = 0;
    for (long seed = 20; seed < 24; seed++) {
      NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 160, .5, seed);
      whole +=
          trial.answeredBy(
                  DynamicRag.of(HeadSelector.wholeContext()).run(model, trial.prompt()).answer())
              ? 1
              : 0;
      hidden +=
          trial.answeredBy(DynamicRag.of(HeadSelector.none()).run(model, trial.prompt()).answer())
              ? 1
              : 0;
      RagRun run = DynamicRag.of(STATIC).run(model, trial.prompt());
      found += run.seen().intersect(trial.prompt().span(Prompt.NEEDLE)).isEmpty() ? 0 : 1;
    }
    assertThat(whole).isGreaterThanOrEqualTo(3);
    assertThat(hidden).isZero();
    assertThat(found).isEqualTo(4);
  }

  @Test
  void whatDoesNotFitIsRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> DynamicRag.of(STATIC).withRechecks(3)).hasMessageContaining("got 3");
    assertThatThrownBy(() -> DynamicRag.of(STATIC).withMaxTokens(0)).hasMessageContaining("got 0");
    HeadSelector outside = HeadSelector.fixed("static", HeadSet.parse("L9-H0"));
    assertThatThrownBy(() -> DynamicRag.of(outside).withRind(ALWAYS).run(model, prompt))
        .hasMessageContaining("L9-H0");
    new RandomCheckpoint(1, 8, 2, 1, 8, 20, 64).write(folder, 1);
    try (LanguageModel mute = LanguageModel.load(folder)) {
      assertThatThrownBy(() -> DynamicRag.of(STATIC).run(mute, Prompt.ofIds(1, 2)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("tokenizer.json");
    }
  }
}
