package headscope.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import headscope.template.TemplateException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The chat templates and their renderings as recorded with transformers. */
class ChatTemplateFixturesTest {
  static final List<String> FOLDERS =
      List.of("bracket", "header", "inst", "macros", "parts", "pipe", "spaces", "think");

  static String source(String folder) throws IOException {
    String path = "/fixtures/chat_templates/" + folder + "/template.jinja";
    try (InputStream in = ChatTemplateFixturesTest.class.getResourceAsStream(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static Map<String, Object> file(String folder) {
    return JsonFile.resource("/fixtures/chat_templates/" + folder + "/cases.json");
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> cases(Map<String, Object> file) {
    return (List<Map<String, Object>>) file.get("cases");
  }

  @SuppressWarnings("unchecked")
  static Chat chat(Map<String, Object> fixture) {
    return new Chat(
        (List<Map<String, Object>>) fixture.get("messages"),
        (List<Object>) fixture.get("tools"),
        (List<Object>) fixture.get("documents"),
        (boolean) fixture.get("add_generation_prompt"),
        (Map<String, Object>) fixture.get("variables"));
  }

  @TestFactory
  List<DynamicTest> rendersAsTransformersDoes() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String folder : FOLDERS) {
      ChatTemplate template = ChatTemplate.parse(source(folder));
      Map<String, Object> file = file(folder);
      LocalDateTime now = LocalDateTime.parse((String) file.get("now"));
      for (Map<String, Object> fixture : cases(file)) {
        String name = folder + ": " + fixture.get("name");
        tests.add(DynamicTest.dynamicTest(name, () -> check(template, fixture, now)));
      }
    }
    return tests;
  }

  private static void check(ChatTemplate template, Map<String, Object> fixture, LocalDateTime now) {
    if (fixture.containsKey("text")) {
      assertThat(template.render(chat(fixture), now)).isEqualTo(fixture.get("text"));
      return;
    }
    Map<?, ?> error = (Map<?, ?>) fixture.get("error");
    TemplateException thrown =
        catchThrowableOfType(TemplateException.class, () -> template.render(chat(fixture), now));
    Map<Object, Kind> kinds =
        Map.of("raised", Kind.RAISED, "UndefinedError", Kind.UNDEFINED, "TypeError", Kind.VALUE);
    assertThat(thrown.kind()).isEqualTo(kinds.get(error.get("kind")));
    if (thrown.kind() == Kind.RAISED) {
      assertThat(thrown.reason()).isEqualTo(error.get("message"));
    }
  }

  @Test
  void allCasesAreHere() {
    assertThat(FOLDERS.stream().mapToInt(folder -> cases(file(folder)).size()).sum()).isEqualTo(79);
  }
}
