package headscope.model;

import static headscope.model.EnginePropertiesTest.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A row among others is the row alone, whatever the others are. */
@Tag("slow")
class RowsTest {
  /** Logits, and all that heads see: by how much the largest weight leads is known. */
  private static Capture all(LanguageModel model) {
    HeadSet heads = HeadSet.all(model.config().layers(), model.config().heads());
    return Capture.heads().withLogits().withRows(heads);
  }

  /** What random rows are drawn from. */
  private static final class Draw {
    final LanguageModel model;
    final SplittableRandom random;
    final Map<HeadId, float[]> means;

    Draw(LanguageModel model, long seed) {
      this.model = model;
      this.random = new SplittableRandom(seed);
      this.means = model.meanHeadOutputs(List.of(Prompt.ofIds(ids(9))));
    }

    int below(int n) {
      return random.nextInt(n);
    }

    int[] ids(int length) {
      return random.ints(length, 0, model.config().vocabulary()).toArray();
    }

    /** Often with the beginning of another, or of about its length. */
    Prompt prompt(List<Prompt> others) {
      int[] ids = ids(below(2) == 0 ? 60 + below(8) : 2 + below(100));
      if (!others.isEmpty() && below(3) > 0) {
        int[] other = others.get(below(others.size())).ids();
        int shared = below(4) == 0 ? other.length : 1 + below(other.length);
        System.arraycopy(other, 0, ids, 0, Math.min(ids.length, shared));
        ids = shared == other.length && below(2) == 0 ? other.clone() : ids;
      }
      Prompt prompt = Prompt.ofIds(ids);
      return below(3) == 0 ? prompt : prompt.withSpan(Prompt.NEEDLE, span(ids.length));
    }

    List<Prompt> prompts(int count) {
      List<Prompt> prompts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        prompts.add(prompt(prompts));
      }
      return prompts;
    }

    Spans span(int length) {
      int from = below(length);
      return Spans.of(from, from + 1 + below(length - from));
    }

    Spans hidden(int length) {
      return below(3) > 0 ? Spans.none() : span(length);
    }

    HeadMask mask() {
      List<HeadId> heads = new ArrayList<>();
      for (HeadId h : HeadSet.all(model.config().layers(), model.config().heads())) {
        if (below(4) == 0) {
          heads.add(h);
        }
      }
      return switch (below(4)) {
        case 0 -> HeadMask.zero(HeadSet.of(heads));
        case 1 -> HeadMask.uniform(HeadSet.of(heads));
        case 2 -> HeadMask.mean(HeadSet.of(heads), means);
        default -> HeadMask.none();
      };
    }

    Continuation continuation(Prompt prompt) {
      int steps = 1 + below(6);
      List<HeadMask> masks = Stream.generate(this::mask).limit(steps).toList();
      int forced = below(3) == 0 ? below(model.config().vocabulary()) : -1;
      boolean looks = below(3) == 0;
      Capture capture =
          switch (below(4)) {
            case 0 -> Capture.tokens().withLogits();
            case 1 -> all(model).withWindows(below(6), below(6));
            case 2 ->
                Capture.heads()
                    .withLogits()
                    .withHidden(Capture.Hidden.BEFORE_NORM)
                    .withRows(HeadSet.of(new HeadId(1, 0)));
            default -> all(model);
          };
      Steering steering =
          new Steering() {
            @Override
            public HeadMask mask(Generation.Row row) {
              return masks.get(row.step());
            }

            @Override
            public OptionalInt forced(Generation.Row row) {
              return forced < 0 || row.step() != 1 ? OptionalInt.empty() : OptionalInt.of(forced);
            }

            @Override
            public boolean looksFirst(Generation.Row row) {
              return looks;
            }

            @Override
            public int maxNewTokens() {
              return steps;
            }
          };
      HeadMask promptMask =
          below(3) == 0 ? HeadMask.zero(HeadSet.of(new HeadId(1, 0))) : HeadMask.none();
      return Continuation.of(prompt, steering, capture)
          .withPromptMask(promptMask)
          .withHidden(hidden(prompt.length()));
    }
  }

  private static List<Generation.Row> run(LanguageModel model, List<Continuation> rows) {
    try (Generation generation = Generation.of(model, rows)) {
      while (generation.going()) {
        generation.advance();
      }
      return generation.rows();
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void aRowAmongOthersIsTheRowAlone(String name) {
    try (LanguageModel model =
        LanguageModel.load(Fixture.of(name).folder(), LoadOptions.defaults().withChunk(16))) {
      int live = 0;
      for (long seed = 1; seed <= 4; seed++) {
        Draw draw = new Draw(model, seed);
        int count = seed == 4 ? 32 + draw.below(8) : 2 + draw.below(7); // of more than one lane
        List<Continuation> rows = draw.prompts(count).stream().map(draw::continuation).toList();
        List<Generation.Row> together = run(model, rows);
        for (int i = 0; i < count; i++) {
          Generation.Row alone = run(model, rows.subList(i, i + 1)).get(0);
          assertSame(together.get(i).steps(), alone.steps(), model.config().heads());
          assertSame(together.get(i).clean(), alone.clean(), model.config().heads());
        }
        live = seed == 1 ? model.liveArrays() : live;
      }
      assertThat(model.liveArrays()).isLessThanOrEqualTo(live + 4); // larger rotary tables
    }
  }

  @Test
  void anInterruptedPassIsMadeUpForInEveryLane() {
    try (LanguageModel model = LanguageModel.reference()) {
      Draw draw = new Draw(model, 11);
      List<Continuation> rows = draw.prompts(40).stream().map(draw::continuation).toList();
      List<Generation.Row> calm = run(model, rows);
      try (Generation generation = Generation.of(model, rows)) {
        for (int i = 0; generation.going(); i++) {
          Thread main = Thread.currentThread();
          Thread later = new Thread(main::interrupt);
          long wait = 300_000L * i; // at the beginning, and anywhere in a pass
          later.start();
          try {
            long until = System.nanoTime() + wait;
            while (System.nanoTime() < until) {
              Thread.onSpinWait();
            }
            generation.advance();
          } catch (CancellationException e) {
            assertThat(e).hasMessageContaining("interrupted");
          }
          join(later);
          Thread.interrupted();
          if (generation.going()) {
            generation.advance();
          }
        }
        for (int i = 0; i < rows.size(); i++) {
          List<Step> steps = generation.rows().get(i).steps();
          assertSame(steps, calm.get(i).steps(), model.config().heads());
        }
      }
    }
  }

  private static void join(Thread thread) {
    while (thread.isAlive()) {
      Thread.onSpinWait();
    }
  }

  /** Its matrices are packed, as those of the fixtures are too small to be. */
  @Test
  void aRowAmongManyOfAModelThatPeopleUseIsTheRowAlone() {
    try (LanguageModel model = Fixture.smolLm2()) {
      Draw draw = new Draw(model, 12);
      List<Continuation> rows = draw.prompts(36).stream().map(draw::continuation).toList();
      List<Generation.Row> together = run(model, rows);
      for (int i = 0; i < rows.size(); i += 5) {
        Generation.Row alone = run(model, rows.subList(i, i + 1)).get(0);
        List<Step> steps = together.get(i).steps();
        assertThat(steps).hasSameSizeAs(alone.steps());
        for (int s = 0; s < steps.size(); s++) {
          // drawn tokens: its logits range over 50, and two ways of multiplying differ by 5e-4
          assertSame(steps.get(s), alone.steps().get(s), model.config().heads(), 5);
        }
      }
    }
  }

  private static void assertSame(List<Step> a, List<Step> b, int heads) {
    assertThat(a).hasSameSizeAs(b);
    for (int s = 0; s < a.size(); s++) {
      assertSame(a.get(s), b.get(s), heads, 1);
    }
  }

  /**
   * To the tolerances of DEFINITIONS.md, twice in weights: scores of random checkpoints range over
   * 20 to 30 and agree to 2e-6 of that, by which a weight of a quarter differs by up to 1.2e-5.
   */
  private static void assertSame(Step a, Step b, int heads, int times) {
    assertThat(a.token()).isEqualTo(b.token());
    assertThat((double) a.logprob()).isCloseTo(b.logprob(), within(times * 1e-4));
    assertThat((double) a.entropy()).isCloseTo(b.entropy(), within(times * 1e-4));
    assertThat(distance(a.logits(), b.logits())).isLessThan(times * 2e-4);
    assertThat(distance(a.hidden(), b.hidden())).isLessThan(times * 2e-4);
    assertThat(distance(a.argmaxWeight(), b.argmaxWeight())).isLessThan(times * 2e-5);
    assertThat(a.mass().keySet()).isEqualTo(b.mass().keySet());
    a.mass().forEach((span, m) -> assertThat(distance(m, b.mass(span))).isLessThan(times * 2e-5));
    assertThat(a.rows().keySet()).isEqualTo(b.rows().keySet());
    a.rows()
        .forEach((h, row) -> assertThat(distance(row, b.rows().get(h))).isLessThan(times * 2e-5));
    a.rows()
        .forEach(
            (head, row) -> {
              if (lead(row) > times * 1e-5) {
                int h = head.layer() * heads + head.head();
                assertThat(a.argmaxIndex()[h]).as("%s", head).isEqualTo(b.argmaxIndex()[h]);
              }
            });
  }

  /** By how much the largest weight leads. */
  private static double lead(float[] row) {
    float[] sorted = row.clone();
    Arrays.sort(sorted);
    return sorted.length < 2 ? 1 : sorted[sorted.length - 1] - sorted[sorted.length - 2];
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void sessionsThatGoTogetherApartBackAndForkAreThemselves(String name) {
    try (LanguageModel model = Fixture.of(name).load()) {
      Draw draw = new Draw(model, 7);
      List<Session> sessions = new ArrayList<>();
      List<Session> alone = new ArrayList<>();
      List<Continuation> rows = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int length = i < 2 ? 60 + draw.below(8) : 5 + draw.below(70);
        Prompt prompt = Prompt.ofIds(draw.ids(length));
        rows.add(Continuation.of(prompt, GenerateOptions.defaults(), all(model)));
        alone.add(model.session(prompt, all(model)));
      }
      sessions.addAll(new PromptTree(model.config(), rows).open(model.network()));
      for (int round = 0; round < 40; round++) {
        List<Integer> some = new ArrayList<>();
        for (int i = 0; i < sessions.size(); i++) {
          if (draw.below(3) > 0 && sessions.get(i).hasRoom()) {
            some.add(i);
          }
        }
        if (!some.isEmpty()) {
          int[] tokens = draw.ids(some.size());
          List<HeadMask> masks = Stream.generate(draw::mask).limit(some.size()).toList();
          List<Step> steps =
              Session.step(
                  some.stream().map(sessions::get).toList(),
                  tokens,
                  masks,
                  Collections.nCopies(some.size(), Choice.mostLikely()));
          for (int j = 0; j < some.size(); j++) {
            Step one = alone.get(some.get(j)).step(tokens[j], masks.get(j));
            assertSame(steps.get(j), one, model.config().heads(), 1);
          }
        }
        int i = draw.below(sessions.size());
        switch (draw.below(6)) {
          case 0 -> {
            int back = draw.below(1 + Math.min(4, sessions.get(i).nextStep()));
            sessions.get(i).rollBack(back);
            alone.get(i).rollBack(back);
          }
          case 1 -> {
            Spans hidden = draw.hidden(5);
            sessions.get(i).hide(hidden);
            alone.get(i).hide(hidden);
          }
          case 2 -> {
            if (sessions.size() < 7) {
              sessions.add(sessions.get(i).fork());
              alone.add(alone.get(i).fork());
            }
          }
          case 3 -> {
            if (sessions.size() > 3) {
              sessions.remove(i).close();
              alone.remove(i).close();
            }
          }
          default -> {}
        }
      }
      sessions.forEach(Session::close);
      alone.forEach(Session::close);
    }
  }

  @Test
  void whatPromptsShareIsComputedAndHeldOnce() {
    try (LanguageModel model = LanguageModel.reference()) {
      Draw draw = new Draw(model, 3);
      int[] trunk = draw.ids(200);
      List<Continuation> rows = new ArrayList<>();
      GenerateOptions how = GenerateOptions.defaults().withMaxNewTokens(10);
      for (int i = 0; i < 6; i++) {
        int[] ids = Arrays.copyOf(trunk, 240);
        System.arraycopy(draw.ids(40), 0, ids, 200, 40);
        Continuation row = Continuation.of(Prompt.ofIds(ids), how, all(model));
        rows.addAll(Collections.nCopies(2, row));
      }
      Footprint footprint = Generation.footprint(model, rows);
      assertThat(footprint.rows()).isEqualTo(12);
      assertThat(footprint.promptPositions()).isEqualTo(12 * 239);
      assertThat(footprint.computedPositions()).isEqualTo(200 + 6 * 39);
      assertThat(footprint.keyValueBytes())
          .isEqualTo(
              (200 + 6 * 39 + 12 * 10) * model.config().layers() * model.config().keyValueBytes());
      // hidden positions and masks part what they are before
      Continuation hidden = rows.get(0).withHidden(Spans.of(150, 160));
      assertThat(Generation.footprint(model, List.of(rows.get(0), hidden)).computedPositions())
          .isEqualTo(239 + 89);
      HeadMask mask = HeadMask.zero(HeadSet.of(new HeadId(0, 0)));
      Continuation masked = rows.get(0).withPromptMask(mask);
      assertThat(Generation.footprint(model, List.of(rows.get(0), masked)).sharedPositions())
          .isZero();
    }
  }

  @Test
  void promptsAreKeptForAGenerationOverTheSameOnesAlone() {
    try (LanguageModel model = LanguageModel.reference()) {
      Draw draw = new Draw(model, 6);
      List<Continuation> first = draw.prompts(10).stream().map(draw::continuation).toList();
      List<Continuation> more = new ArrayList<>(first);
      more.addAll(first.subList(3, 8));
      List<Generation.Row> anew = run(model, more);
      int live = model.liveArrays();
      try (LanguageModel.KeepingPrompts kept = model.keepingPrompts()) {
        run(model, first);
        assertThat(model.liveArrays()).isGreaterThan(live);
        try (Generation generation = Generation.of(model, more)) {
          assertThat(generation.footprint().computedPositions()).isZero();
          while (generation.going()) {
            generation.advance();
          }
          for (int i = 0; i < more.size(); i++) {
            List<Step> steps = generation.rows().get(i).steps();
            List<Step> before = anew.get(i).steps();
            assertThat(steps).hasSameSizeAs(before);
            for (int s = 0; s < steps.size(); s++) {
              assertThat(steps.get(s).logits()).isEqualTo(before.get(s).logits());
              assertThat(steps.get(s).argmaxWeight()).isEqualTo(before.get(s).argmaxWeight());
            }
          }
        }
        List<Continuation> others = first.subList(0, 9);
        try (Generation generation = Generation.of(model, others)) {
          assertThat(generation.footprint().computedPositions()).isPositive();
        }
      }
      assertThat(model.liveArrays()).isLessThanOrEqualTo(live + 4); // larger rotary tables
      run(model, first);
      assertThat(model.liveArrays()).isLessThanOrEqualTo(live + 4);
    }
  }

  @Test
  void rowsThatEndFreeWhatTheyHeld() {
    try (LanguageModel model = LanguageModel.reference()) {
      Draw draw = new Draw(model, 5);
      int before = model.liveArrays();
      List<Continuation> rows = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        GenerateOptions how =
            GenerateOptions.defaults().withMaxNewTokens(3 * i).withIgnoreEndTokens();
        // of lengths that differ: those of about one length are held as long as one of them goes on
        rows.add(Continuation.of(Prompt.ofIds(draw.ids(25 * i)), how, all(model)));
      }
      try (Generation generation = Generation.of(model, rows)) {
        generation.advance();
        int live = model.liveArrays();
        while (generation.rows().get(2).going()) {
          generation.advance();
        }
        assertThat(model.liveArrays()).isLessThanOrEqualTo(live - 3 * 2 * model.config().layers());
        assertThat(generation.advance()).containsExactly(generation.rows().get(3));
        while (generation.going()) {
          generation.advance();
        }
        assertThatThrownBy(generation::advance).hasMessageContaining("ended");
      }
      assertThat(model.liveArrays()).isLessThanOrEqualTo(before + 2);
    }
  }
}
