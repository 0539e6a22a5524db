package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessagesTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("m.json"), text);
  }

  @Test
  void theSameConversationIsReadFromEveryForm() throws IOException {
    List<Map<String, Object>> expected =
        List.of(
            Map.of("role", "system", "content", "S"),
            Map.of("role", "user", "content", "Hi"),
            Map.of("role", "assistant", "content", "Yo"),
            Map.of("role", "user", "content", "Bye"));
    String lines =
        """
        {"role": "system", "content": "S"}
        {"role":"user","content":"Hi"}
        {"role":"assistant","content":"Yo"}

        {"role": "user", "content": "Bye"}
        """;
    String list = "[" + lines.strip().replaceAll("\\n+", ",") + "]";
    String shareGpt =
        "[{\"from\": \"system\", \"value\": \"S\"}, {\"from\": \"human\", \"value\": \"Hi\"},"
            + "{\"from\": \"gpt\", \"value\": \"Yo\"}, {\"from\": \"human\", \"value\": \"Bye\"}]";
    for (String text :
        List.of(
            lines,
            list,
            shareGpt,
            "{\"messages\": " + list + "}",
            "{\"id\": \"x\", \"conversations\": " + shareGpt + "}",
            "[{\"id\": \"x\", \"conversations\": " + shareGpt + "}]")) {
      assertThat(Messages.read(file(text))).as(text).isEqualTo(expected);
    }
  }

  @Test
  void whatElseAMessageHasStays() throws IOException {
    assertThat(Messages.read(file("[{\"from\": \"human\", \"value\": \"a\", \"weight\": 0}]")))
        .containsExactly(Map.of("role", "user", "content", "a", "weight", 0L));
  }

  @Test
  void otherFormsAreNamed() throws IOException {
    Map<String, String> forms =
        Map.ofEntries(
            Map.entry("Hello", "is a text that begins with \"Hello\""),
            Map.entry("- role: user", "is a text that begins with \"- role: user\""),
            Map.entry("", "is an empty file"),
            Map.entry("[{\"role\": \"user\"", "is no JSON, line 1 column"),
            Map.entry("{\"a\": 1}\n{\"role\": ", "is no JSON, line 2 column"),
            Map.entry("[{\"a\": 1}]", "message 0 has the keys [a]"),
            Map.entry("[null]", "message 0 is an empty value"),
            Map.entry("[[]]", "message 0 is a list"),
            Map.entry("[\"Hi\"]", "message 0 is a text"),
            Map.entry("{\"messages\": 3}", "no list under the key \"messages\""),
            Map.entry("{\"messages\": [], \"tools\": []}", "[messages, tools]"),
            Map.entry("{\"messages\": []}\n{\"messages\": []}", "holds 2 conversations"),
            Map.entry("[{\"from\": \"observation\", \"value\": \"x\"}]", "from \"observation\""));
    for (Map.Entry<String, String> form : forms.entrySet()) {
      Path file = file(form.getKey());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Messages.read(file))
          .withMessageContainingAll(file.toString(), form.getValue(), "ShareGPT")
          .withMessageNotContainingAny("BEGIN_", "Exception", "gson", "null", "Strictness");
    }
  }
}
