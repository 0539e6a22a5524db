package headscope.cli;

import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
import headscope.failure.Section;
import headscope.figure.Figures;
import headscope.figure.Series;
import headscope.json.Json;
import headscope.model.CheckpointException;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.LocalModel;
import headscope.trace.Capture;
import headscope.trace.Trace;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import smile.math.matrix.Matrix;

@Command(
    name = "doctor",
    description = {
      "Says what is missing on this machine and how to get it, and tries libraries and reference"
          + " model. environment/doctor looks at Maven and Python as well."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  headscope doctor"})
final class DoctorCommand implements Callable<Integer> {
  private static final int OLDEST_JAVA = 17;
  private static final long NATIVES_MB = 600;
  private static final long MEMORY_MB = 3000;
  private static final String FOLDER = "a folder for native libraries";
  private static final List<String> PLATFORMS =
      List.of("linux amd64", "linux aarch64", "mac os x aarch64", "windows amd64");

  private final List<String> missing = new ArrayList<>();

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() {
    java();
    platform();
    folders();
    memory();
    fonts();
    libraries();
    smollm2();
    kernel();
    PrintWriter out = spec.commandLine().getOut();
    if (missing.isEmpty()) {
      out.println("nothing is missing");
      return CommandLine.ExitCode.OK;
    }
    out.println(missing.size() + " needed: " + String.join(", ", missing));
    return CommandLine.ExitCode.SOFTWARE;
  }

  private void ok(String text) {
    spec.commandLine().getOut().println("ok       " + text);
  }

  private void warning(String text, String remedy) {
    spec.commandLine().getOut().println("warning  " + text + "\n         " + remedy);
  }

  private void missing(String what, String text, String remedy) {
    missing.add(what);
    spec.commandLine().getOut().println("MISSING  " + text + "\n         " + remedy);
  }

  private void java() {
    String version = System.getProperty("java.version");
    String home = System.getProperty("java.home");
    List<String> absent =
        Stream.of("jdk.jshell", "jdk.compiler")
            .filter(m -> ModuleFinder.ofSystem().find(m).isEmpty())
            .toList();
    if (Runtime.version().feature() < OLDEST_JAVA || !absent.isEmpty()) {
      missing(
          "a JDK",
          "a full JDK from 17 on: " + home + " is " + version + lacks(absent),
          "install one (Debian: apt-get install openjdk-17-jdk-headless) and set JAVA_HOME to it");
    } else {
      ok("JDK " + version + " with jdk.jshell (" + home + ")");
    }
  }

  private static String lacks(List<String> modules) {
    return modules.isEmpty() ? "" : " without " + String.join(" and ", modules);
  }

  private void platform() {
    String here = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (PLATFORMS.stream().anyMatch(p -> here.toLowerCase(Locale.ROOT).startsWith(p))
        || here.startsWith("Windows") && here.endsWith("amd64")) {
      ok("libtorch is published for " + here);
    } else {
      missing(
          "another system",
          "libtorch is not published for " + here,
          "there are " + String.join(", ", PLATFORMS) + "; a container is a way out");
    }
  }

  private void folders() {
    Path home = Path.of(System.getProperty("user.home"));
    String djl = System.getenv("DJL_CACHE_DIR");
    folder(djl == null ? home.resolve(".djl.ai") : Path.of(djl), "DJL_CACHE_DIR");
    String cpp = System.getProperty("org.bytedeco.javacpp.cachedir");
    folder(
        cpp == null ? home.resolve(".javacpp").resolve("cache") : Path.of(cpp),
        "-Dorg.bytedeco.javacpp.cachedir");
  }

  /** Native libraries are unpacked there, once. */
  private void folder(Path folder, String setting) {
    Path there = folder.toAbsolutePath();
    boolean filled = Files.isDirectory(there);
    while (there.getParent() != null && !Files.isDirectory(there)) {
      there = there.getParent();
    }
    try {
      Files.delete(Files.createTempFile(there, "headscope", ".try"));
      long free = Files.getFileStore(there).getUsableSpace() >> 20;
      if (filled || free >= NATIVES_MB) {
        ok(folder + " can be written to, " + free + " MB free");
      } else {
        missing(
            "disk space",
            folder + ": " + free + " MB free, " + NATIVES_MB + " needed",
            "make room, or set " + setting + " to a folder of another disk");
      }
    } catch (IOException e) {
      missing(
          FOLDER,
          there + " cannot be written to, native libraries are unpacked in " + folder,
          "set HOME or " + setting + " to a folder of yours");
    }
  }

  private void memory() {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    long all =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() >> 20;
    String text = all + " MB of memory, up to " + heap + " MB of them for Java's heap";
    if (all < MEMORY_MB) {
      warning(text, "the reference model wants about 2000 MB, larger models far more");
    } else {
      ok(text);
    }
  }

  private void fonts() {
    try {
      Figures.lines("x", "y", Series.of("y", new double[] {0, 1}, new double[] {0, 1})).png();
      ok("fonts");
    } catch (IllegalStateException | LinkageError e) {
      missing(
          "a font",
          "fontconfig and a font, to draw figures: " + e.getMessage(),
          "Debian: apt-get install fontconfig fonts-dejavu-core;"
              + " Fedora: dnf install fontconfig dejavu-sans-fonts");
    }
  }

  private void libraries() {
    if (missing.contains(FOLDER) || missing.contains("disk space")) {
      warning("libraries and model are not tried", "they have no folder to be unpacked in");
      return;
    }
    String remedy = "see ERRORS.md#native-libraries; --verbose with another command shows more";
    try {
      Matrix.eye(2).svd();
      ok("OpenBLAS");
    } catch (RuntimeException | LinkageError e) {
      missing("OpenBLAS", "OpenBLAS cannot be used: " + e, remedy);
    }
    try (LanguageModel model = LanguageModel.reference()) {
      Trace trace =
          model.generate(
              model.tokenizer().prompt("The magic word is"),
              Capture.heads(),
              GenerateOptions.defaults().withMaxNewTokens(2));
      if (trace.steps().isEmpty() || !Float.isFinite(trace.steps().get(0).logprob())) {
        throw Section.WRONG_USE.failed("it generated " + trace.ids().length + " tokens");
      }
      ok("reference model generates; " + versions(trace));
    } catch (RuntimeException | LinkageError e) {
      missing("a working model", "the reference model does not generate: " + e, remedy);
    }
  }

  private void smollm2() {
    try {
      LocalModel model = LocalModel.of("smollm2");
      String where = "smollm2 (" + model.path() + ")";
      model
          .problem()
          .ifPresentOrElse(
              p -> warning(where + " cannot be run: " + p, "fetch it anew; reference runs without"),
              () -> ok(where));
    } catch (CheckpointException e) {
      String[] said = e.getMessage().split(": ", 2);
      warning(said[0] + "; everything else works without it", said[1]);
    }
  }

  private static String versions(Trace trace) {
    return String.join(
        ", ",
        Stream.of("headscope", "djl", "pytorch")
            .filter(trace.environment()::containsKey)
            .map(key -> key + " " + trace.environment().get(key))
            .toList());
  }

  private void kernel() {
    Optional<Path> found = kernelFiles().stream().filter(Files::isRegularFile).findFirst();
    String remedy = "environment/lab installs it and opens JupyterLab";
    if (found.isEmpty()) {
      warning("no Java kernel for notebooks (the command line does without)", remedy);
      return;
    }
    try {
      JsonObject spec = Json.object(Files.readString(found.get()));
      String java = spec.getAsJsonArray("argv").get(0).getAsString();
      String jars = spec.getAsJsonObject("env").get("JJAVA_CLASSPATH").getAsString();
      List<String> gone =
          Stream.of(java, jars.split(File.pathSeparator)[0])
              .filter(file -> file.contains("/") && !Files.exists(Path.of(file)))
              .toList();
      if (gone.isEmpty()) {
        ok("Java kernel (" + found.get() + ") on " + jars);
      } else {
        missing(
            "the kernel's files",
            found.get() + " names what is not there: " + String.join(", ", gone),
            "environment/reproduce --prepare builds the jar and writes the kernel again");
      }
    } catch (IOException | RuntimeException e) {
      warning("the kernel " + found.get() + " cannot be read: " + e.getMessage(), remedy);
    }
  }

  /** Where Jupyter looks: its path, the environment beside the jar, the user's folder. */
  private static List<Path> kernelFiles() {
    List<Path> folders = new ArrayList<>();
    String path = Optional.ofNullable(System.getenv("JUPYTER_PATH")).orElse("");
    Stream.of(path.split(File.pathSeparator))
        .filter(p -> !p.isBlank())
        .forEach(p -> folders.add(Path.of(p)));
    try {
      Path jar =
          Path.of(DoctorCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      for (Path p = jar; p != null; p = p.getParent()) {
        folders.add(p.resolve(".venv/share/jupyter"));
      }
    } catch (URISyntaxException e) {
      // the other folders are looked at
    }
    folders.add(Path.of(System.getProperty("user.home"), ".local/share/jupyter"));
    return folders.stream().map(p -> p.resolve("kernels/java/kernel.json")).toList();
  }
}
