package headscope.experiment;

import headscope.ablation.MaskingPolicy;
import headscope.failure.Section;
import headscope.score.StaticRanking;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of masking conditions, as options and results write them. */
final class Conditions {
  private static final Pattern DYNAMIC = Pattern.compile("dynamic( \\d{1,6})?");
  private static final String STATIC = "static";
  private static final String RANDOM = "random";
  private static final String MATCHED = "random, layer-matched";
  private static final String FIXED = "random, fixed";

  private Conditions() {}

  /** Checks that a name is one of those that {@link #policy} knows. */
  static void check(String name) {
    if (!DYNAMIC.matcher(name).matches()
        && !Arrays.asList("none", STATIC, RANDOM, MATCHED, FIXED).contains(name)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a condition is none, dynamic, dynamic K, static, random, \"random, layer-matched\" or"
              + " \"random, fixed\"; got \""
              + name
              + "\"");
    }
  }

  /**
   * The policy of that name.
   *
   * @param size how many heads the baselines mask
   * @param staticHeads how many heads of the ranking are static, and so never drawn at random
   * @param seed of random draws
   */
  static MaskingPolicy policy(
      String name, StaticRanking ranking, int size, int staticHeads, long seed) {
    Matcher dynamic = DYNAMIC.matcher(name);
    if (dynamic.matches()) {
      return dynamic.group(1) == null
          ? MaskingPolicy.dynamic()
          : MaskingPolicy.dynamic(Integer.parseInt(dynamic.group(1).strip()));
    }
    MaskingPolicy.RandomHeads random = MaskingPolicy.random(size, ranking.top(staticHeads), seed);
    return switch (name) {
      case STATIC -> MaskingPolicy.fixed(STATIC, ranking.top(size));
      case RANDOM -> random;
      case MATCHED -> random.layerMatched();
      case FIXED -> random.oncePerSample();
      default -> MaskingPolicy.none();
    };
  }
}
