package headscope.spark;

import headscope.failure.Section;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A command line with the questions or the haystack that prompts are made of: small, so that they
 * are sent to the executors and need not lie on every machine.
 */
final class Inputs implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final List<String> SENT = List.of("--questions", "--haystack");

  private final ArrayList<String> words;
  private final TreeMap<Integer, TreeMap<String, byte[]>> files = new TreeMap<>(); // by word

  private Inputs(List<String> words) {
    this.words = new ArrayList<>(words);
  }

  /** A command line with the files that it names. */
  static Inputs of(List<String> words) {
    Inputs inputs = new Inputs(words);
    for (int i = 0; i < words.size(); i++) {
      for (String option : SENT) {
        if (words.get(i).startsWith(option + "=")) {
          inputs.read(i, Path.of(words.get(i).substring(option.length() + 1)));
        } else if (i > 0 && words.get(i - 1).equals(option)) {
          inputs.read(i, Path.of(words.get(i)));
        }
      }
    }
    return inputs;
  }

  private void read(int word, Path from) {
    TreeMap<String, byte[]> read = new TreeMap<>();
    try (Stream<Path> all = Files.walk(from, 1)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        read.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw Section.WORKERS.io("cannot read " + from + " for the executors: " + e.getMessage(), e);
    }
    files.put(word, read);
  }

  /** The command line with the paths of the files on this machine, where they are written. */
  String[] here() {
    String[] all = words.toArray(String[]::new);
    files.forEach(
        (word, contents) -> {
          int sign = all[word].startsWith("--") ? all[word].indexOf('=') + 1 : 0;
          Path named = Path.of(all[word].substring(sign));
          try {
            Path folder = Files.createTempDirectory("headscope").resolve(named.getFileName());
            boolean single =
                contents.size() == 1 && contents.containsKey(named.getFileName().toString());
            Path into = single ? folder.getParent() : Files.createDirectories(folder);
            for (var file : contents.entrySet()) {
              Files.write(into.resolve(file.getKey()), file.getValue());
            }
            all[word] = all[word].substring(0, sign) + folder;
          } catch (IOException e) {
            throw Section.WORKERS.io("cannot write " + named + " here: " + e.getMessage(), e);
          }
        });
    return all;
  }
}
