package headscope.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Memory that a process can still have. */
final class FreeMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path LIMIT = Path.of("/sys/fs/cgroup/memory.max");
  private static final Path USED = Path.of("/sys/fs/cgroup/memory.current");
  private static final Path STATISTICS = Path.of("/sys/fs/cgroup/memory.stat");

  private FreeMemory() {}

  /** Bytes that the system and the container give; empty where neither says so. */
  static OptionalLong bytes() {
    OptionalLong system = number(MEMINFO, "MemAvailable:", 1024);
    OptionalLong container = container();
    if (system.isEmpty() || container.isEmpty()) {
      return system.isPresent() ? system : container;
    }
    return OptionalLong.of(Math.min(system.getAsLong(), container.getAsLong()));
  }

  private static OptionalLong container() {
    OptionalLong limit = number(LIMIT, "", 1);
    OptionalLong used = number(USED, "", 1);
    if (limit.isEmpty() || used.isEmpty()) {
      return OptionalLong.empty();
    }
    // pages of files that nobody needs count as used until they are wanted
    long cache = number(STATISTICS, "inactive_file ", 1).orElse(0);
    return OptionalLong.of(limit.getAsLong() - used.getAsLong() + cache);
  }

  /** The first number behind a key; empty where there is none, as in the word max. */
  private static OptionalLong number(Path file, String key, long unit) {
    try {
      List<String> lines = Files.readAllLines(file);
      return lines.stream()
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).strip().split("\\s", 2)[0])
          .filter(number -> number.matches("\\d{1,18}"))
          .mapToLong(number -> unit * Long.parseLong(number))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
