package headscope.experiment;

import headscope.failure.Section;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A share of the groups of every stage, computed on its own: of the groups 0, 1, … shard i of n has
 * those of which the number leaves i - 1 when divided by n.
 *
 * @param number from 1 on
 * @param of how many shards there are
 */
public record Shard(int number, int of) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  public Shard {
    if (of < 1 || number < 1 || number > of) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a shard is I/N with 1 <= I <= N, such as 3/16; got " + number + "/" + of);
    }
  }

  /** A shard as it is typed, such as {@code 3/16}. */
  public static Shard parse(String text) {
    Matcher found = TEXT.matcher(text.strip());
    if (!found.matches()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a shard is I/N with 1 <= I <= N, such as 3/16; got \"" + text + "\"");
    }
    return new Shard(Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2)));
  }

  /** The shard that a group belongs to, by its place in the stage. */
  static Shard owner(int group, int of) {
    return new Shard(group % of + 1, of);
  }

  /** The name of its folder, such as {@code shard-03-of-16}. */
  public String folderName() {
    int digits = Integer.toString(of).length();
    return String.format(Locale.ROOT, "shard-%0" + digits + "d-of-%d", number, of);
  }

  @Override
  public String toString() {
    return number + "/" + of;
  }
}
