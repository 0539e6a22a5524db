package headscope.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir private Path folder;

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void theFileAppearsWhenItIsComplete() throws IOException {
    Path file = folder.resolve("a.txt");
    WholeFile.write(
        file,
        part -> {
          Files.writeString(part, "half");
          assertThat(file).doesNotExist();
          Files.writeString(part, "whole");
        });
    assertThat(file).hasContent("whole");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void whatWasThereBeforeStaysWhenWritingFails() throws IOException {
    Path file = folder.resolve("a.txt");
    Files.writeString(file, "before");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    part -> {
                      Files.writeString(part, "half");
                      throw new IOException("the disk is full");
                    }))
        .hasMessage("the disk is full");
    assertThat(file).hasContent("before");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void aPartThatAKilledRunLeftIsWrittenOver() throws IOException {
    Files.writeString(folder.resolve(".a.txt.part"), "of a killed run, longer than the new one");
    WholeFile.write(folder.resolve("a.txt"), part -> Files.writeString(part, "new"));
    assertThat(folder.resolve("a.txt")).hasContent("new");
    assertThat(files()).isEqualTo(1);
  }
}
