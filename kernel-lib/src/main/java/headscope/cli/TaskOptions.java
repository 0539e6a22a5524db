package headscope.cli;

import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.QuestionTrials;
import headscope.experiment.Trials;
import headscope.failure.Section;
import headscope.reference.World;
import headscope.score.Score;
import headscope.task.HotpotQa;
import headscope.task.Stop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that runs trials of a task. */
final class TaskOptions {
  private static final int QUESTIONS = 60;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      description = {
        "niah: a needle in a haystack; hotpotqa: questions over several paragraphs (niah; for rag"
            + " hotpotqa)."
      })
  private String task;

  @Option(
      names = "--haystack",
      paramLabel = "DIR",
      description = "niah: a folder of essays, .txt files, instead of those in the jar.")
  private Path haystack;

  @Option(
      names = "--lengths",
      split = ",",
      paramLabel = "N",
      description = "niah: haystack lengths in tokens (those of the notebook).")
  private List<Integer> lengths = new ArrayList<>();

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "PERCENT",
      description = "niah: needle depths in per cent (those of the notebook).")
  private List<Double> depths = new ArrayList<>();

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      description = {
        "hotpotqa: a JSON or JSON Lines file of HotpotQA, 2WikiMultihopQA or MuSiQue (bridge"
            + " questions of a generated world)."
      })
  private Path questions;

  @Mixin private WorldOptions world;

  @Option(
      names = "--instruction",
      paramLabel = "TEXT",
      description = "hotpotqa: what stands behind the question (that of the reference model).")
  private String instruction;

  @Option(
      names = "--answer",
      paramLabel = "FORM",
      description = {
        "hotpotqa: reasoned, the answer follows the last \"answer is\"; direct, it is the whole"
            + " response (reasoned)."
      })
  private HotpotQa.Form form;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of everything that is drawn (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "The most tokens an answer has (as many as in the notebook).")
  private Integer maxNewTokens;

  @Option(
      names = "--stop",
      paramLabel = "WHERE",
      defaultValue = "none",
      description = {
        "Ends an answer behind its first sentence or line, or behind the answer itself, for sweeps"
            + " whose tails ramble: sentence, line, answer or none (${DEFAULT-VALUE})."
      })
  private Stop stop;

  @Option(
      names = "--score",
      paramLabel = "SCORE",
      description = {
        "copy-paste (Eq. 1), reasoning (Eq. 2) or attribution (what a head writes)"
            + " (copy-paste for niah, reasoning for hotpotqa)."
      })
  private String score;

  @Option(
      names = "--threshold",
      paramLabel = "X",
      description = {
        "A head with more than this retrieves; for Eq. 2 (0.1) and attribution (1, in logits)."
            + " Contexts below 1,000 tokens want 0.3 for Eq. 2, and --local 8."
      })
  private Double threshold;

  @Mixin private WindowOptions windows;

  /** Refuses needles where only questions can be asked. */
  void refuseNeedles(String experiment) {
    refuse("niah".equals(task), experiment + " is of questions; leave --task out");
    preferQuestions();
  }

  /** Asks questions unless another task was asked for. */
  void preferQuestions() {
    task = task == null ? "hotpotqa" : task;
  }

  private boolean isNeedle() {
    if (task == null) {
      return true;
    }
    if (!task.equals("niah") && !task.equals("hotpotqa")) {
      throw Section.WRONG_USE.wrong("the task is niah or hotpotqa, got \"" + task + "\"");
    }
    return task.equals("niah");
  }

  /** The seed that was asked for. */
  long seed() {
    return seed;
  }

  /** So many trials; what no option says is as in {@code own}, or 60 questions. */
  Trials trials(NeedleTrials own, Integer samples, int ranking) {
    return isNeedle()
        ? needles(own).withSamples(samples == null ? own.evaluated() : samples, ranking)
        : questions(samples, ranking, seed);
  }

  /**
   * Trials over length and depth: so many runs of every cell of a grid, or so many questions; what
   * no option says is as in {@code own}.
   */
  Trials grid(NeedleTrials own, Integer runs, Integer samples, int ranking) {
    if (!isNeedle()) {
      refuse(runs != null, "--runs is for niah; hotpotqa has --samples");
      return questions(samples, ranking, seed);
    }
    refuse(samples != null, "--samples is for hotpotqa; niah has --runs for each cell");
    NeedleTrials asked = needles(own);
    int each = runs == null ? own.evaluated() / own.cells().size() : runs;
    return asked.withGrid(asked.lengths(), asked.depths(), each).withRanking(ranking);
  }

  private NeedleTrials needles(NeedleTrials own) {
    refuse(
        questions != null || instruction != null || form != null || world.given(),
        "--questions, --instruction, --answer, --paragraphs and --types are for --task hotpotqa");
    NeedleTrials asked =
        own.withLengths(or(lengths, own.lengths()))
            .withDepths(or(depths.stream().map(percent -> percent / 100).toList(), own.depths()))
            .withSeed(seed);
    return haystack == null ? asked : asked.withTask(asked.task().withHaystack(haystack));
  }

  /** Questions, whatever the task; so many, drawn from a seed. */
  QuestionTrials questions(Integer samples, int ranking, long from) {
    refuse(
        questions != null && world.given(),
        "--paragraphs and --types are of a generated world; --questions brings its own");
    refuse(
        haystack != null || !lengths.isEmpty() || !depths.isEmpty(),
        "--haystack, --lengths and --depths are for --task niah; questions bring their own");
    int evaluated = samples == null ? QUESTIONS : samples;
    HotpotQa asked = HotpotQa.standard();
    asked = instruction == null ? asked : asked.withInstruction(instruction);
    asked = form == null ? asked : asked.withForm(form);
    return (questions == null
            ? QuestionTrials.world(world.world(World.standard()), evaluated, ranking, from)
            : QuestionTrials.of(questions, evaluated, ranking, from))
        .withTask(asked);
  }

  /** The protocol that was asked for, needles answered as in {@code own}. */
  Protocol protocol(Protocol own) {
    Protocol ofTask = isNeedle() ? own : Protocol.reasoning();
    Protocol scored = score == null ? ofTask : ofTask.withScore(Score.named(score));
    return (threshold == null ? scored : scored.withThreshold(threshold))
        .withWindows(windows.sink, windows.local)
        .withMaxNewTokens(maxNewTokens == null ? ofTask.maxNewTokens() : maxNewTokens)
        .withStop(stop);
  }

  /** Refuses stop rules where an answer is written draft by draft. */
  void refuseStop() {
    refuse(stop != Stop.NONE, "--stop is not for rag, which writes an answer sentence by sentence");
  }

  private static void refuse(boolean wrong, String why) {
    if (wrong) {
      throw Section.WRONG_USE.wrong(why);
    }
  }

  private static <T> List<T> or(List<T> given, List<T> otherwise) {
    return given.isEmpty() ? otherwise : given;
  }
}
