package headscope.experiment;

import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Makes of the folders of shards the one that a single machine would have written, byte for byte
 * but for the times. Options, seeds, versions and the hash of the checkpoint must agree, and every
 * group must be there once.
 *
 * <pre>
 *   Merge merge = Merge.of(List.of(Path.of("results")));
 *   merge.into(Path.of("merged"));
 * </pre>
 */
public final class Merge {
  private static final int SHOWN = 20;

  private final List<ShardFolder> shards;

  private Merge(List<ShardFolder> shards) {
    this.shards = shards;
  }

  /**
   * Looks for the shards.
   *
   * @param folders of shards, or folders that hold these
   * @throws IllegalArgumentException if one of them is or holds none
   */
  public static Merge of(List<Path> folders) {
    List<ShardFolder> shards = new ArrayList<>();
    for (Path folder : folders) {
      int before = shards.size();
      if (ShardFolder.is(folder)) {
        shards.add(new ShardFolder(folder));
      } else if (Files.isDirectory(folder)) {
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder)) {
          for (Path each : inside) {
            if (ShardFolder.is(each)) {
              shards.add(new ShardFolder(each));
            }
          }
        } catch (IOException e) {
          throw Section.RESULTS_FOLDER.io("cannot read " + folder + ": " + FileFault.of(e), e);
        }
      }
      if (shards.size() == before) {
        throw Section.RESULTS_FOLDER.wrong(
            folder
                + " is no folder of shards; give what --out named where --shard was run, or the"
                + " folders shard-…-of-… in it");
      }
    }
    shards.sort((a, b) -> a.folder().compareTo(b.folder()));
    return new Merge(shards);
  }

  /** The command line that made the shards, without that which is a shard's own; may be empty. */
  public List<String> words() {
    return shards.get(0).about().words();
  }

  /**
   * Writes the folder of the whole run, but for the tables: these are read off its lines.
   *
   * @param out new, empty, or what an earlier merge of the same shards left
   * @throws IllegalArgumentException if shards do not belong together, a group is there twice or
   *     damaged, or the folder holds something else
   * @throws IllegalStateException if a group is missing; the message has the commands that make it
   */
  public void into(Path out) {
    check(shards);
    write(shards, out);
  }

  private static void check(List<ShardFolder> shards) {
    ShardFolder first = shards.get(0);
    ShardFolder.About plan = first.about();
    for (ShardFolder shard : shards) {
      Results.difference(
              page(shard), shard.folder().getFileName().toString(),
              page(first), first.folder().getFileName().toString())
          .ifPresent(
              d -> {
                throw Section.RESULTS_FOLDER.wrong(
                    shard
                        + " does not belong to "
                        + first
                        + ": "
                        + d
                        + "; run the one that is unlike the others again, as they were run");
              });
      if (!shard.about().samePlan(plan)) {
        throw Section.RESULTS_FOLDER.wrong(
            shard + " has another plan than " + first + ": it is of another version of headscope");
      }
    }
    for (String name : plan.before()) {
      List<ShardFolder> inside =
          shards.stream().map(s -> s.before(name)).filter(s -> ShardFolder.is(s.folder())).toList();
      if (inside.isEmpty()) {
        throw Section.RESULTS_FOLDER.failed(
            "no shard has begun " + name + ": " + commands(plan, shardsOf(plan)));
      }
      check(inside);
    }
    checkOnce(shards, plan);
  }

  private static TreeSet<Integer> shardsOf(ShardFolder.About plan) {
    TreeSet<Integer> all = new TreeSet<>();
    for (int i = 1; i <= plan.of(); i++) {
      all.add(i);
    }
    return all;
  }

  private static JsonObject page(ShardFolder shard) {
    return Json.object(shard.page());
  }

  /** Every group of the plan is in one of the folders, and nothing else is. */
  private static void checkOnce(List<ShardFolder> shards, ShardFolder.About plan) {
    Map<Integer, GroupRange> planned = new TreeMap<>();
    plan.ranges().forEach(r -> planned.put(r.line(), r));
    Map<Integer, Path> found = new TreeMap<>();
    for (ShardFolder shard : shards) {
      shard
          .groups()
          .forEach(
              (line, file) -> {
                if (!planned.containsKey(line)) {
                  throw Section.RESULTS_FOLDER.wrong(file + " is no group of the plan; remove it");
                }
                Path twice = found.put(line, file);
                if (twice != null) {
                  throw Section.RESULTS_FOLDER.wrong(
                      "the group at line "
                          + (line + 1)
                          + ", of stage "
                          + plan.stage(planned.get(line)).name()
                          + ", is there twice: "
                          + twice
                          + " and "
                          + file
                          + "; leave one of their folders out");
                }
              });
    }
    List<GroupRange> missing =
        planned.values().stream().filter(r -> !found.containsKey(r.line())).toList();
    if (!missing.isEmpty()) {
      TreeSet<Integer> owners = new TreeSet<>();
      missing.forEach(r -> owners.add(plan.owner(r).number()));
      throw Section.RESULTS_FOLDER.failed(
          missing.size()
              + " of "
              + planned.size()
              + " groups are missing ("
              + named(missing, plan)
              + "); these commands make them: "
              + commands(plan, owners));
    }
  }

  private static String named(List<GroupRange> missing, ShardFolder.About plan) {
    String some =
        missing.stream()
            .limit(SHOWN)
            .map(
                r ->
                    plan.stage(r).name()
                        + " "
                        + (r.from() + 1)
                        + (r.size() == 1 ? "" : " to " + r.to()))
            .collect(Collectors.joining(", "));
    return missing.size() > SHOWN ? some + ", …" : some;
  }

  private static String commands(ShardFolder.About plan, TreeSet<Integer> owners) {
    List<String> words = new ArrayList<>();
    boolean value = false;
    for (String word : plan.words()) {
      if (!value && !word.startsWith("--shard")) {
        words.add(quoted(word));
      }
      value = !value && word.equals("--shard");
    }
    String base = words.isEmpty() ? "" : "headscope " + String.join(" ", words) + " ";
    return owners.stream()
        .map(i -> base + "--shard " + i + "/" + plan.of())
        .collect(Collectors.joining("; "));
  }

  private static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static void write(List<ShardFolder> shards, Path out) {
    ShardFolder first = shards.get(0);
    ShardFolder.About plan = first.about();
    try {
      Files.createDirectories(out);
      Path page = out.resolve(Results.EXPERIMENT);
      if (Files.exists(page) ? !Files.readString(page).equals(first.page()) : holdsAnything(out)) {
        throw Section.RESULTS_FOLDER.wrong(
            out + " holds something else; choose another folder for what is merged");
      }
      WholeFile.write(page, f -> Files.writeString(f, first.page()));
      for (String name : plan.before()) {
        write(
            shards.stream()
                .map(s -> s.before(name))
                .filter(s -> ShardFolder.is(s.folder()))
                .toList(),
            out.resolve(name));
      }
      copyKept(shards, out);
      if (plan.traces()) {
        Files.createDirectories(Lines.traceFolder(out));
      }
      WholeFile.write(
          out.resolve("times.jsonl"),
          times ->
              WholeFile.write(
                  out.resolve("results.jsonl"), f -> lines(shards, plan, out, f, times)));
    } catch (IOException e) {
      throw Section.RESULTS_FOLDER.io("cannot merge into " + out + ": " + FileFault.of(e), e);
    }
  }

  private static boolean holdsAnything(Path out) throws IOException {
    try (DirectoryStream<Path> inside = Files.newDirectoryStream(out)) {
      return inside.iterator().hasNext();
    }
  }

  private static void copyKept(List<ShardFolder> shards, Path out) throws IOException {
    Map<String, Path> copied = new TreeMap<>();
    for (ShardFolder shard : shards) {
      for (Path file : shard.kept()) {
        Path earlier = copied.putIfAbsent(file.getFileName().toString(), file);
        if (earlier == null) {
          copy(file, out.resolve(file.getFileName()));
        } else if (Files.mismatch(earlier, file) >= 0) {
          throw Section.RESULTS_FOLDER.wrong(
              file
                  + " differs from "
                  + earlier
                  + ", though both were computed from the same: the machines do not round alike;"
                  + " run the shards with the same number of threads");
        }
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    WholeFile.write(to, f -> Files.copy(from, f, StandardCopyOption.REPLACE_EXISTING));
  }

  private static void lines(
      List<ShardFolder> shards, ShardFolder.About plan, Path out, Path results, Path times)
      throws IOException {
    Map<Integer, ShardFolder> owner = new TreeMap<>();
    shards.forEach(s -> s.groups().keySet().forEach(line -> owner.put(line, s)));
    try (BufferedWriter into = Files.newBufferedWriter(results);
        BufferedWriter timesInto = Files.newBufferedWriter(times)) {
      for (GroupRange range : plan.ranges()) {
        ShardFolder shard = owner.get(range.line());
        ShardFolder.Written written = shard.read(range);
        for (int i = 0; i < range.size(); i++) {
          int line = range.line() + i;
          if (plan.traces()) {
            copy(shard.trace(line), Lines.traceFolder(out).resolve(Lines.traceName(line)));
          }
          String text = written.lines().get(i);
          into.write(text + "\n");
          timesInto.write(
              Results.time(line, written.seconds() / range.size(), Results.checksum(text)) + "\n");
        }
      }
    }
  }

  @Override
  public String toString() {
    return "Merge[" + shards.size() + " shards]";
  }
}
