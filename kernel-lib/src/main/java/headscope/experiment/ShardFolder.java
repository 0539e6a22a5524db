package headscope.experiment;

import com.google.gson.JsonParseException;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import headscope.json.JsonFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one shard of a run has computed: {@code experiment.json} as the whole run has it, {@code
 * shard.json}, a file a group under {@code groups}, and traces. A group is there whole or not at
 * all.
 *
 * @param folder where it lies
 */
record ShardFolder(Path folder) {
  static final String ABOUT = "shard.json";
  static final String GROUPS = "groups";

  private static final Pattern GROUP = Pattern.compile("(\\d{5,9})\\.jsonl");

  /**
   * A stage of the plan, as merging needs to know it.
   *
   * @param name of the stage
   * @param trials how many, a line each
   * @param each trials of a group
   */
  record StagePlan(String name, int trials, int each) {}

  /**
   * What shard.json says.
   *
   * @param shard from 1 on
   * @param of how many shards there are
   * @param stages the plan
   * @param traces whether each line has one
   * @param before names of experiments whose shards lie in folders of their own inside
   * @param words the command line that made it; none where it was no command line
   */
  record About(
      int shard,
      int of,
      List<StagePlan> stages,
      boolean traces,
      List<String> before,
      List<String> words) {
    About {
      stages = List.copyOf(stages);
      before = List.copyOf(before);
      words = List.copyOf(words);
    }

    /** The groups of all stages. */
    List<GroupRange> ranges() {
      List<GroupRange> all = new ArrayList<>();
      int line = 0;
      for (StagePlan stage : stages) {
        all.addAll(GroupRange.of(stage.trials(), stage.each(), line));
        line += stage.trials();
      }
      return all;
    }

    /** The stage that a line belongs to, and the shard that its group does. */
    Shard owner(GroupRange range) {
      return Shard.owner(range.from() / stage(range).each(), of);
    }

    StagePlan stage(GroupRange range) {
      int line = 0;
      for (StagePlan stage : stages) {
        line += stage.trials();
        if (range.line() < line) {
          return stage;
        }
      }
      throw Section.RESULTS_FOLDER.wrong("the plan has no line " + range.line());
    }

    boolean samePlan(About other) {
      return stages.equals(other.stages) && traces == other.traces && before.equals(other.before);
    }
  }

  /** The first line of a group's file. */
  private record Head(int line, int trials, double seconds, String crc32) {}

  /**
   * The lines of a group.
   *
   * @param seconds that it took
   * @param lines as they are to be written
   */
  record Written(double seconds, List<String> lines) {}

  /**
   * Begins a folder or takes one up.
   *
   * @param page what experiment.json says
   * @throws IllegalArgumentException if it is of other options or another version
   */
  static ShardFolder open(Path folder, String page, About about) {
    ShardFolder shard = new ShardFolder(folder);
    try {
      Files.createDirectories(folder.resolve(GROUPS));
      if (about.traces()) {
        Files.createDirectories(Lines.traceFolder(folder));
      }
      if (Files.exists(folder.resolve(Results.EXPERIMENT))) {
        Results.difference(Json.object(shard.page()), "it", Json.object(page), "this run")
            .ifPresent(
                d -> {
                  throw Section.RESULTS_FOLDER.wrong(
                      folder
                          + " holds groups of another run: "
                          + d
                          + "; choose another folder, or the same options and version to go on");
                });
      }
      WholeFile.write(folder.resolve(Results.EXPERIMENT), f -> Files.writeString(f, page));
      WholeFile.write(
          folder.resolve(ABOUT), f -> Files.writeString(f, Json.page(Json.tree(about)) + "\n"));
      return shard;
    } catch (IOException e) {
      throw failure(folder, e);
    } catch (JsonParseException | IllegalStateException e) {
      throw damaged(folder.resolve(Results.EXPERIMENT), e);
    }
  }

  /** Whether a folder is one of a shard. */
  static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(ABOUT));
  }

  private static RuntimeException failure(Path folder, IOException e) {
    return Section.RESULTS_FOLDER.io("cannot read or write " + folder + ": " + FileFault.of(e), e);
  }

  private static IllegalArgumentException damaged(Path file, RuntimeException e) {
    return Section.RESULTS_FOLDER.wrong(
        file + " is damaged (" + JsonFault.of(e) + "); remove it and run its shard again", e);
  }

  /** What experiment.json says. */
  String page() {
    try {
      return Files.readString(folder.resolve(Results.EXPERIMENT));
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  About about() {
    Path file = folder.resolve(ABOUT);
    try {
      return Json.read(Json.object(Files.readString(file)), About.class);
    } catch (IOException e) {
      throw failure(folder, e);
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw damaged(file, e);
    }
  }

  /** The shard of an experiment that is run before. */
  ShardFolder before(String name) {
    return new ShardFolder(folder.resolve(name));
  }

  private Path file(int line) {
    return folder.resolve(GROUPS).resolve(String.format(Locale.ROOT, "%05d.jsonl", line));
  }

  Path trace(int line) {
    return Lines.traceFolder(folder).resolve(Lines.traceName(line));
  }

  boolean has(GroupRange range) {
    return Files.exists(file(range.line()));
  }

  /** The groups that are there, by their first line. */
  Map<Integer, Path> groups() {
    Map<Integer, Path> there = new TreeMap<>();
    Path groups = folder.resolve(GROUPS);
    if (Files.isDirectory(groups)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(groups)) {
        for (Path file : files) {
          Matcher name = GROUP.matcher(file.getFileName().toString());
          if (name.matches()) {
            there.put(Integer.valueOf(name.group(1)), file);
          }
        }
      } catch (IOException e) {
        throw failure(groups, e);
      }
    }
    return there;
  }

  /** Writes a group, whose traces are there already; it is whole on the disk when this returns. */
  void write(GroupRange range, Written written) {
    String lines = String.join("\n", written.lines()) + "\n";
    Head head = new Head(range.line(), range.size(), written.seconds(), Results.checksum(lines));
    try {
      WholeFile.write(
          file(range.line()), f -> Files.writeString(f, Json.line(head) + "\n" + lines));
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /**
   * Reads a group.
   *
   * @throws IllegalArgumentException if it is not what was written
   */
  Written read(GroupRange range) {
    Path file = file(range.line());
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      int end = text.indexOf('\n') + 1;
      Head head = Json.read(Json.object(text.substring(0, end)), Head.class);
      String lines = text.substring(end);
      if (!Results.checksum(lines).equals(head.crc32())
          || head.line() != range.line()
          || head.trials() != range.size()) {
        throw Section.RESULTS_FOLDER.wrong(
            file + " is not what was written; remove it and run its shard again");
      }
      return new Written(head.seconds(), lines.lines().toList());
    } catch (IOException e) {
      throw failure(folder, e);
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw damaged(file, e);
    }
  }

  /** Files beside the lines that the run made once, such as the means of heads. */
  List<Path> kept() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
      List<Path> kept = new ArrayList<>();
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (!name.equals(ABOUT) && !name.equals(Results.EXPERIMENT) && !name.startsWith(".")) {
          kept.add(file);
        }
      }
      kept.sort(null);
      return kept;
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /** Which shard it is, for messages. */
  Optional<Shard> shard() {
    return is(folder) ? Optional.of(new Shard(about().shard(), about().of())) : Optional.empty();
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
