package headscope.experiment;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.model.Tokenizer;
import headscope.reference.World;
import headscope.task.AnswerSpan;
import headscope.task.HotpotQa;
import headscope.task.Metric;
import headscope.task.Question;
import headscope.task.QuestionTrial;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Questions over several paragraphs, in an order that the seed draws: the first ones rank the
 * heads, the next ones are evaluated.
 *
 * @param task how they are asked
 * @param questions those that are used, in the order of use: {@code ranking}, then the evaluated
 * @param evaluated evaluated questions
 * @param ranking questions that rank the heads
 * @param bins cells of the figures
 * @param seed of everything that is drawn
 */
public record QuestionTrials(
    HotpotQa task, List<Question> questions, int evaluated, int ranking, Bins bins, long seed)
    implements Trials {

  public QuestionTrials {
    questions = List.copyOf(questions);
    if (evaluated < 0
        || ranking < 0
        || evaluated + ranking == 0
        || questions.size() != evaluated + ranking) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "0 or more questions are evaluated, 0 or more rank the heads, and there is one at"
                  + " least; %d and %d are asked for, %d are there",
              evaluated, ranking, questions.size()));
    }
  }

  /** Questions of a generated world, for the reference model. */
  public static QuestionTrials world(World world, int evaluated, int ranking, long seed) {
    return of(world.questions(evaluated + ranking, seed), evaluated, ranking, seed)
        .withBins(Bins.small());
  }

  /**
   * Questions of a list, with the bins of the paper. Those whose supporting facts name no sentence
   * are left out.
   *
   * @throws IllegalArgumentException if the list has too few
   */
  public static QuestionTrials of(List<Question> all, int evaluated, int ranking, long seed) {
    List<Question> usable = new ArrayList<>(all);
    usable.removeIf(q -> q.needles().isEmpty());
    int wanted = Math.max(0, evaluated) + Math.max(0, ranking);
    if (usable.size() < wanted) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "%d questions are evaluated and %d rank the heads, but only %d of %d are usable; ask"
                  + " for fewer or give more",
              evaluated, ranking, usable.size(), all.size()));
    }
    for (int i = 0; i < wanted; i++) { // the first places of a Fisher-Yates shuffle
      int j = i + Math.floorMod(Draws.at(seed, i), usable.size() - i);
      Question other = usable.get(j);
      usable.set(j, usable.get(i));
      usable.set(i, other);
    }
    return new QuestionTrials(
        HotpotQa.standard(), usable.subList(0, wanted), evaluated, ranking, Bins.paper(), seed);
  }

  /**
   * Questions of a file.
   *
   * @see HotpotQa#read
   */
  public static QuestionTrials of(Path file, int evaluated, int ranking, long seed) {
    try (Stream<Question> questions = HotpotQa.read(file)) {
      return of(questions.toList(), evaluated, ranking, seed);
    }
  }

  /**
   * The same questions, each changed in some way, such as {@link Question#gold}; those that are
   * left without a supporting sentence may not be asked.
   */
  public QuestionTrials withEach(UnaryOperator<Question> change) {
    return new QuestionTrials(
        task, questions.stream().map(change).toList(), evaluated, ranking, bins, seed);
  }

  /**
   * Ranked by the ranking questions of other trials, such as shorter ones.
   *
   * @throws IllegalArgumentException if the others have a question of these
   */
  public QuestionTrials rankedBy(QuestionTrials others) {
    List<Question> all = new ArrayList<>(others.questions.subList(0, others.ranking));
    List<Question> own = questions.subList(ranking, questions.size());
    Set<String> ids = all.stream().map(Question::id).collect(Collectors.toSet());
    own.stream()
        .filter(q -> ids.contains(q.id()))
        .findFirst()
        .ifPresent(
            q -> {
              throw Section.EXPERIMENT_OPTIONS.wrong(
                  "question "
                      + q.id()
                      + " would rank the heads and be evaluated; take other seeds");
            });
    all.addAll(own);
    return new QuestionTrials(task, all, evaluated, others.ranking, bins, seed);
  }

  /** Asked in another way. */
  public QuestionTrials withTask(HotpotQa other) {
    return new QuestionTrials(other, questions, evaluated, ranking, bins, seed);
  }

  /** With other cells in the figures. */
  public QuestionTrials withBins(Bins other) {
    return new QuestionTrials(task, questions, evaluated, ranking, other, seed);
  }

  @Override
  public QuestionTrial rankingTrial(Tokenizer tokenizer, int index) {
    return task.trial(tokenizer, questions.get(index), seed);
  }

  @Override
  public QuestionTrial trial(Tokenizer tokenizer, int index) {
    return task.trial(tokenizer, questions.get(ranking + index), seed);
  }

  @Override
  public Trial another(Tokenizer tokenizer, Trial trial) {
    throw Section.EXPERIMENT_OPTIONS.wrong(
        "mask mode resample takes z from another needle's run, and questions have no other needle;"
            + " take zero, uniform or mean");
  }

  @Override
  public int longestPrompt(Tokenizer tokenizer) {
    return questions.stream()
        .mapToInt(q -> task.trial(tokenizer, q, seed).prompt().length())
        .max()
        .orElse(0);
  }

  @Override
  public AnswerSpan answerSpan(TrialFacts facts) {
    if (facts instanceof TrialFacts.OfQuestion question) {
      return AnswerSpan.ofQuestion(question.answer());
    }
    throw Section.EXPERIMENT_OPTIONS.wrong("these trials ask questions, got the line of " + facts);
  }

  @Override
  public QuestionTrials rankingOnly() {
    return new QuestionTrials(task, questions.subList(0, ranking), 0, ranking, bins, seed);
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.F1, Metric.EM, Metric.CONTAINS, Metric.PRECISION, Metric.RECALL);
  }

  @Override
  public List<Cell> cells() {
    return bins.cells();
  }

  @Override
  public Optional<Cell> cell(double length, double depth) {
    return bins.cell(length, depth);
  }

  @Override
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("task", "hotpotqa");
    map.putAll(task.options());
    map.put("samples", evaluated);
    map.put("rankingSamples", ranking);
    map.put("questions", hash());
    map.put("lengthFrom", bins.lengthFrom());
    map.put("lengthStep", bins.lengthStep());
    map.put("lengthBins", bins.lengths());
    map.put("depthBins", bins.depths());
    map.put("seed", seed);
    return map;
  }

  /** SHA-256 of the questions as they are used. */
  private String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      questions.forEach(q -> digest.update((q + "\n").getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "QuestionTrials["
        + evaluated
        + " evaluated, "
        + ranking
        + " rank the heads, seed "
        + seed
        + "]";
  }
}
