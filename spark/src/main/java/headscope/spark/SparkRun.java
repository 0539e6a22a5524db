package headscope.spark;

import headscope.cli.Headscope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** The command line with experiments that are computed by the executors of a cluster. */
public final class SparkRun {
  /** What these name is looked for by the executors, too, which stand in other folders. */
  private static final Set<String> PATHS =
      Set.of("--model", "--adapter", "--haystack", "--questions", "--out");

  private SparkRun() {}

  /**
   * Runs a command; to be started by {@code spark-submit}.
   *
   * @param words those of {@code headscope}
   */
  public static void main(String[] words) {
    SparkConf conf = new SparkConf().setIfMissing("spark.app.name", "headscope");
    // A task has all cores of its executor, as the engine's threads do.
    conf.setIfMissing("spark.task.cpus", conf.get("spark.executor.cores", "1"));
    String[] absolute = absolute(words);
    int code;
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      code = Headscope.run(System.out, System.err, new SparkWorkers(spark, absolute), absolute);
    }
    System.out.flush();
    System.exit(code);
  }

  /** The words with whole paths for what is here, and for the folder of the results. */
  static String[] absolute(String... words) {
    String[] all = words.clone();
    for (int i = 0; i < all.length; i++) {
      int sign = all[i].indexOf('=');
      if (sign > 0 && PATHS.contains(all[i].substring(0, sign))) {
        String option = all[i].substring(0, sign);
        all[i] = option + "=" + absolute(option, all[i].substring(sign + 1));
      } else if (i > 0 && PATHS.contains(all[i - 1])) {
        all[i] = absolute(all[i - 1], all[i]);
      }
    }
    return all;
  }

  private static String absolute(String option, String value) {
    boolean word = option.equals("--model") && Set.of("reference", "smollm2").contains(value);
    return !word && (option.equals("--out") || Files.exists(Path.of(value)))
        ? Path.of(value).toAbsolutePath().normalize().toString()
        : value;
  }
}
