package headscope.task;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.model.Encoding;
import headscope.model.Tokenizer;
import headscope.warning.Warnings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The task of section 4: a sentence hidden in essays at a wanted length and depth, and a question
 * that only this sentence answers. Immutable; {@code with…} methods give changed copies.
 *
 * <pre>
 *   var task  = NeedleInHaystack.standard();
 *   var trial = task.trial(model.tokenizer(), 384, 0.5, seed);   // tokens, depth
 *   trial.needle();                  // The magic word is 0f6c2f2e-….
 *   trial.prompt().span("needle");   // 215:247
 * </pre>
 */
public final class NeedleInHaystack {
  private static final String INSTRUCTION =
      "Don't give information outside the document or repeat your findings.";

  /** Needles that are drawn at most to find one of as many tokens. */
  private static final int OTHERS = 1_000;

  private final Haystack haystack;
  private final List<Needle> needles;
  private final String question;
  private final ContextPrompt form;

  private NeedleInHaystack(
      Haystack haystack, List<Needle> needles, String question, ContextPrompt form) {
    this.haystack = haystack;
    this.needles = List.copyOf(needles);
    this.question = question.strip();
    this.form = form;
    if (this.needles.isEmpty()) {
      throw Section.TASK_OPTIONS.wrong("the task hides at least one needle, got none");
    }
    if (this.question.isEmpty()) {
      throw Section.TASK_OPTIONS.wrong("the task asks a question, got a blank one");
    }
  }

  /** "The magic word is [UUID]." in the essays of this jar, with a fresh UUID a trial. */
  public static NeedleInHaystack standard() {
    return new NeedleInHaystack(
        Haystack.standard(),
        List.of(new Needle("The magic word is " + Needle.UUID + ".", Needle.UUID)),
        "What is the magic word?",
        new ContextPrompt(ContextPrompt.SYSTEM, INSTRUCTION, Tokenizer::render));
  }

  /** The San Francisco needle of Figs. 1 and 5 in the essays of this jar. */
  public static NeedleInHaystack classic() {
    return standard()
        .withNeedle(
            "The best thing to do in San Francisco is to eat a sandwich and sit in Dolores Park on"
                + " a sunny day.",
            "What is the best thing to do in San Francisco?",
            "eat a sandwich and sit in Dolores Park on a sunny day");
  }

  /**
   * With another needle.
   *
   * @param sentence the whole sentence; {@value Needle#UUID} or {@value Needle#NUMBER} in it is
   *     drawn anew every trial
   * @param question what is asked
   * @param answer what a right response contains; may hold the same as well
   */
  public NeedleInHaystack withNeedle(String sentence, String question, String answer) {
    return withNeedles(List.of(new Needle(sentence, answer)), question);
  }

  /** With several needles, each at a depth of its own; a right response contains every answer. */
  public NeedleInHaystack withNeedles(List<Needle> needles, String question) {
    return new NeedleInHaystack(haystack, needles, question, form);
  }

  /** With another text to hide in; its {@link Haystack#warning} is said. */
  public NeedleInHaystack withHaystack(Haystack haystack) {
    haystack.warning().ifPresent(Warnings::say);
    return new NeedleInHaystack(haystack, needles, question, form);
  }

  /** With the {@code .txt} files of a folder to hide in, see {@link Haystack#folder}. */
  public NeedleInHaystack withHaystack(Path folder) {
    return withHaystack(Haystack.folder(folder));
  }

  /** With another system text; a blank one is left out, for templates that know no system. */
  public NeedleInHaystack withSystem(String system) {
    return with(new ContextPrompt(system, form.instruction(), form.rendering()));
  }

  /** With another instruction behind the question; a blank one is left out with its heading. */
  public NeedleInHaystack withInstruction(String instruction) {
    return with(new ContextPrompt(form.system(), instruction, form.rendering()));
  }

  /**
   * When a response has said the answer of a trial of which only the sentences were kept.
   *
   * @param sentences the trial's needles, as {@link NeedleTrial#needle} has them
   * @throws IllegalArgumentException if they are not of this task
   */
  public AnswerSpan answerSpan(String sentences) {
    return AnswerSpan.ofNeedles(Needle.answers(needles, sentences));
  }

  /**
   * The text around context and question, the same in all prompts of this task.
   *
   * @throws IllegalArgumentException if the chat template rewrites the user's text
   */
  public PromptFrame frame(Tokenizer tokenizer) {
    return form.frame(tokenizer);
  }

  /** What decides the trials beside length, depth and seed, to be written with every result. */
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("needles", needles.stream().map(Needle::sentence).toList());
    map.put("answers", needles.stream().map(Needle::answer).toList());
    map.put("question", question);
    map.put("system", form.system());
    map.put("instruction", form.instruction());
    map.put("haystack", haystack.hash());
    haystack.warning().ifPresent(w -> map.put("haystackWarning", w));
    return map;
  }

  private NeedleInHaystack with(ContextPrompt other) {
    return new NeedleInHaystack(haystack, needles, question, other);
  }

  /** With another way to write a conversation than the tokenizer's chat template. */
  NeedleInHaystack withRendering(
      BiFunction<Tokenizer, List<Map<String, Object>>, String> rendering) {
    return with(new ContextPrompt(form.system(), form.instruction(), rendering));
  }

  /**
   * Makes a prompt. Of several needles the first lies at the given depth, the others at equal
   * distances between it and the end. The same arguments give the same prompt on every machine.
   *
   * @param tokenizer the model's
   * @param lengthTokens tokens of the haystack before the needle goes in; needle and template come
   *     on top
   * @param depth 0 the very start, 1 the last sentence end; else the last sentence end at or before
   *     token {@code (int) (depth * lengthTokens)}, the start where there is none; in a haystack
   *     without any sentence end the last white space, or that very place, see {@link
   *     Haystack#warning}
   * @param seed draws the first essay and the identifiers, whatever length and depth
   * @throws IllegalArgumentException if length or depth are out of range, or if the chat template
   *     rewrites the user's text
   */
  public NeedleTrial trial(Tokenizer tokenizer, int lengthTokens, double depth, long seed) {
    int n = needles.size();
    return trial(
        tokenizer,
        lengthTokens,
        IntStream.range(0, n).mapToObj(i -> depth + i * (1 - depth) / n).toList(),
        seed);
  }

  /**
   * Makes a prompt with a depth of its own for every needle.
   *
   * @param depths a depth a needle, in the order of the task
   * @see #trial(Tokenizer, int, double, long)
   */
  public NeedleTrial trial(Tokenizer tokenizer, int lengthTokens, List<Double> depths, long seed) {
    if (depths.size() != needles.size()) {
      throw Section.TASK_OPTIONS.wrong(
          "every needle has a depth: " + needles.size() + " needles, " + depths.size() + " depths");
    }
    for (double depth : depths) {
      if (!(depth >= 0 && depth <= 1)) {
        throw Section.TASK_OPTIONS.wrong(
            "a depth is a share from 0 (the start) to 1 (the end), got " + depth);
      }
    }
    return trial(tokenizer, lengthTokens, depths, seed, seed);
  }

  /**
   * The same trial with another needle of as many tokens: the same haystack, depths and question,
   * other identifiers, drawn until prompt and right response have as many tokens as those of the
   * trial. What patching and mode RESAMPLE take from.
   *
   * @param trial one of this task
   * @throws IllegalArgumentException if the needles hold nothing that is drawn, or none of as many
   *     tokens is found
   */
  public NeedleTrial another(Tokenizer tokenizer, NeedleTrial trial) {
    if (needles.stream().noneMatch(Needle::isDrawn)) {
      throw Section.TASK_OPTIONS.wrong(
          "another needle is one with another identifier, but there is no "
              + Needle.UUID
              + " or "
              + Needle.NUMBER
              + " in "
              + needles.stream().map(Needle::sentence).toList()
              + "; make a task of its own for the other needle");
    }
    int response = tokenizer.encode(trial.rightResponse()).ids().length;
    List<Double> depths = trial.needles().stream().map(NeedleTrial.Placed::depth).toList();
    for (int i = 0; i < OTHERS; i++) {
      NeedleTrial other =
          trial(tokenizer, trial.length(), depths, trial.seed(), Draws.at(~trial.seed(), i));
      if (!other.needle().equals(trial.needle())
          && other.prompt().length() == trial.prompt().length()
          && tokenizer.encode(other.rightResponse()).ids().length == response) {
        return other;
      }
    }
    throw Section.TASK_OPTIONS.wrong(
        String.format(
            "of %d drawn needles none has as many tokens as \"%s\"; take another seed",
            OTHERS, trial.needle()));
  }

  private NeedleTrial trial(
      Tokenizer tokenizer, int lengthTokens, List<Double> depths, long seed, long ofNeedles) {
    int first = new Draws(seed).below(haystack.essays().size());
    Draws draws = new Draws(ofNeedles);
    draws.below(haystack.essays().size()); // where the essay was drawn from
    List<Needle> drawn = needles.stream().map(n -> n.with(uuid(draws))).toList();

    Encoding hay = haystack.cut(tokenizer, lengthTokens, first);
    int[] at = depths.stream().mapToInt(depth -> insertion(hay, depth)).toArray();
    StringBuilder context = new StringBuilder();
    int[] start = new int[drawn.size()];
    int done = 0;
    for (int i : inOrderOf(at)) {
      context.append(hay.text(), done, at[i]).append(at[i] > 0 ? " " : "");
      start[i] = context.length();
      context.append(drawn.get(i).sentence()).append(at[i] > 0 ? "" : " ");
      done = at[i];
    }
    context.append(hay.text(), done, hay.text().length());

    List<NeedleTrial.Placed> placed = new ArrayList<>();
    List<ContextPrompt.Stretch> stretches = new ArrayList<>();
    for (int i = 0; i < at.length; i++) {
      int end = at[i];
      long before = IntStream.of(hay.from()).filter(from -> from < end).count();
      stretches.add(
          new ContextPrompt.Stretch(start[i], start[i] + drawn.get(i).sentence().length()));
      placed.add(
          new NeedleTrial.Placed(drawn.get(i), depths.get(i), (double) before / lengthTokens));
    }
    return new NeedleTrial(
        form.write(tokenizer, context.toString(), question, stretches).prompt(),
        placed,
        question,
        lengthTokens,
        seed);
  }

  /** The character before which a needle of that depth goes in. */
  private int insertion(Encoding hay, double depth) {
    int token = (int) (depth * hay.length());
    int point = token < hay.length() ? hay.from()[token] : hay.text().length();
    return haystack.insertion(hay.text(), point);
  }

  /** Indexes by ascending place; of equal places the first comes first. */
  private static List<Integer> inOrderOf(int[] at) {
    return IntStream.range(0, at.length)
        .boxed()
        .sorted(Comparator.comparingInt(i -> at[i]))
        .toList();
  }

  /** A version 4 UUID from the next two numbers. */
  private static UUID uuid(Draws draws) {
    long high = draws.next() & ~0xf000L | 0x4000L;
    long low = draws.next() & ~0xc000_0000_0000_0000L | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  @Override
  public String toString() {
    return "NeedleInHaystack["
        + haystack
        + ", needle "
        + needles.stream().map(Needle::sentence).collect(Collectors.joining(" "))
        + ", question "
        + question
        + "]";
  }
}
