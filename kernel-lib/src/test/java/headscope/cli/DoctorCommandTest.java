package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own: it is the machine and the variables that are looked at. */
@Tag("slow")
class DoctorCommandTest {
  @TempDir Path folder;

  private record Run(int code, String out) {}

  private Run doctor(List<String> flags, String... variables)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.awt.headless=true");
    command.addAll(flags);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "headscope.cli.Headscope", "doctor"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    for (int i = 0; i < variables.length; i += 2) {
      builder.environment().put(variables[i], variables[i + 1]);
    }
    Process process = builder.start();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    process.getInputStream().transferTo(out);
    return new Run(process.waitFor(), out.toString(StandardCharsets.UTF_8));
  }

  private Path kernel(String java, String jar) throws IOException {
    Path file = folder.resolve("share/kernels/java/kernel.json");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "{\"argv\": [\"%s\"], \"env\": {\"JJAVA_CLASSPATH\": \"%s%slib/*\"}}"
            .formatted(java, jar, File.pathSeparator));
    return folder.resolve("share");
  }

  @Test
  void aMachineThatHasEverythingIsWell() throws IOException, InterruptedException {
    Path share = kernel("java", "src/main");
    Run run = doctor(List.of(), "JUPYTER_PATH", share.toString());
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out())
        .contains("ok       JDK ", "ok       OpenBLAS", "ok       reference model generates")
        .contains("ok       fonts", "ok       Java kernel", "nothing is missing")
        .doesNotContain("\tat ");
  }

  @Test
  void whatIsMissingIsSaidWithItsRemedy() throws IOException, InterruptedException {
    Path share = kernel("java", "/no/headscope.jar");
    Path file = Files.writeString(folder.resolve("file"), "");
    Run run =
        doctor(
            List.of("-Dorg.bytedeco.javacpp.cachedir=/proc/none"),
            "JUPYTER_PATH",
            share.toString(),
            "DJL_CACHE_DIR",
            file.resolve("in").toString());
    assertThat(run.code()).as(run.out()).isEqualTo(1);
    assertThat(run.out())
        .containsPattern("MISSING  .*/no/headscope.jar\n         environment/reproduce --prepare")
        .containsPattern("MISSING  .*native libraries are unpacked in /proc/none\n         set ")
        .contains("needed: ")
        .doesNotContain("\tat ");
  }
}
