package headscope.experiment;

import headscope.ablation.HeadCount;
import headscope.ablation.MaskingPolicy;
import headscope.failure.Section;
import headscope.score.StaticRanking;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of masking conditions, as options and results write them. */
final class Conditions {
  private static final String DYNAMIC = "dynamic";
  private static final String STATIC = "static";
  private static final String RANDOM = "random";
  private static final String MATCHED = "random, layer-matched";
  private static final String FIXED = "random, fixed";
  private static final Pattern NAME =
      Pattern.compile(
          "none|"
              + FIXED
              + "|("
              + DYNAMIC
              + "|"
              + STATIC
              + "|"
              + MATCHED
              + "|"
              + RANDOM
              + ")"
              + "( \\d{1,6})?");

  private Conditions() {}

  /** A name in its parts: who is masked, and the most of them. */
  private record Parts(String who, OptionalInt k) {
    int most() {
      return k.orElse(Integer.MAX_VALUE);
    }

    String with(String other) {
      return k.isPresent() ? other + " " + k.getAsInt() : other;
    }
  }

  private static Parts parts(String name) {
    Matcher found = NAME.matcher(name);
    if (!found.matches()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a condition is none, dynamic, static, random or \"random, layer-matched\", each of these"
              + " with a number behind it or not, or \"random, fixed\"; got \""
              + name
              + "\"");
    }
    return found.group(1) == null
        ? new Parts(name, OptionalInt.empty())
        : new Parts(
            found.group(1),
            found.group(2) == null
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(found.group(2).strip())));
  }

  /** The number behind a name, such as 4 of {@code dynamic 4}. */
  static OptionalInt k(String name) {
    return parts(name).k();
  }

  /**
   * Checks that names are known, and that what they are counted by is there.
   *
   * @param counts how many heads the baselines mask
   */
  static void check(List<String> names, Optional<Counts> counts) {
    for (String name : names) {
      Parts parts = parts(name);
      if (parts.who().equals(FIXED) && counts.orElse(Counts.CONSTANT) != Counts.CONSTANT) {
        throw Section.EXPERIMENT_OPTIONS.wrong(
            "\"random, fixed\" masks the same heads at every step, so their number is constant;"
                + " counts are "
                + counts.get().key()
                + ": leave the condition out, or take constant counts");
      }
      boolean baseline = List.of(STATIC, RANDOM, MATCHED).contains(parts.who());
      if (baseline && counts.equals(Optional.of(Counts.GIVEN)) && parts.k().isEmpty()) {
        throw Section.EXPERIMENT_OPTIONS.wrong(
            "with given counts a condition has its number behind its name, such as \"static 8\"; got"
                + " \""
                + name
                + "\"");
      }
      boolean follows = baseline && counts.equals(Optional.of(Counts.YOKED));
      if (follows && !names.contains(parts.with(DYNAMIC))) {
        throw Section.EXPERIMENT_OPTIONS.wrong(
            String.format(
                "with yoked counts \"%s\" masks as many heads as \"%s\", which is not among the"
                    + " conditions %s; add it, or take own or constant counts",
                name, parts.with(DYNAMIC), names));
      }
    }
  }

  /**
   * Dynamic conditions and, behind them, what they are compared with in forced runs: random and
   * layer-matched heads of the same k. All other names stay where they are.
   */
  static List<String> withNulls(List<String> names) {
    List<String> all = new ArrayList<>(names);
    for (String name : names) {
      Parts parts = parts(name);
      if (parts.who().equals(DYNAMIC) && parts.most() > 0) {
        all.add(parts.with(RANDOM));
        all.add(parts.with(MATCHED));
      }
    }
    return all.stream().distinct().toList();
  }

  /**
   * The policy of that name.
   *
   * @param counts how many heads the baselines mask
   * @param size the mean number of dynamic heads a step in clean runs
   * @param staticHeads how many heads of the ranking are static, and so never drawn at random
   * @param seed of random draws
   */
  static MaskingPolicy policy(
      String name, StaticRanking ranking, Counts counts, int size, int staticHeads, long seed) {
    Parts parts = parts(name);
    int k = parts.most();
    HeadCount count = counts.of(k, size);
    return switch (parts.who()) {
      case DYNAMIC -> MaskingPolicy.dynamic(k);
      case STATIC -> MaskingPolicy.first(ranking.heads(), count);
      case RANDOM -> MaskingPolicy.random(count, ranking.top(staticHeads), seed);
      // layers follow the heads that retrieve now, whatever the constant number is
      case MATCHED ->
          MaskingPolicy.random(
                  counts == Counts.CONSTANT || counts == Counts.GIVEN ? HeadCount.own(k) : count,
                  ranking.top(staticHeads),
                  seed)
              .layerMatched();
      case FIXED -> MaskingPolicy.random(size, ranking.top(staticHeads), seed).oncePerSample();
      default -> MaskingPolicy.none();
    };
  }
}
