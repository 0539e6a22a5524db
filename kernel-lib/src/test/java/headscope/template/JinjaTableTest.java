package headscope.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Small templates and what jinja2 makes of them; the table says how it was made. */
class JinjaTableTest {
  @TestFactory
  @SuppressWarnings("unchecked")
  Stream<DynamicTest> agreesWithJinja() {
    Map<String, Object> file = JsonFile.resource("/headscope/template/jinja_cases.json");
    Map<String, Object> variables = (Map<String, Object>) file.get("variables");
    LocalDateTime now = LocalDateTime.parse((String) file.get("now"));
    return ((List<Map<String, Object>>) file.get("cases"))
        .stream()
            .map(
                row ->
                    DynamicTest.dynamicTest(
                        row.get("group") + ": " + row.get("template"),
                        () -> check(row, variables, now)));
  }

  private static void check(
      Map<String, Object> row, Map<String, Object> variables, LocalDateTime now) {
    String source = (String) row.get("template");
    if (row.containsKey("text")) {
      assertThat(ChatTemplate.parse(source).render(variables, now)).isEqualTo(row.get("text"));
      return;
    }
    TemplateException thrown =
        catchThrowableOfType(
            TemplateException.class, () -> ChatTemplate.parse(source).render(variables, now));
    Object expected = row.containsKey("refused") ? row.get("refused") : row.get("error");
    assertThat(thrown.kind()).hasToString((String) expected);
  }
}
