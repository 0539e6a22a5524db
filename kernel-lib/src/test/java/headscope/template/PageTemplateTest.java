package headscope.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import headscope.template.TemplateException.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PageTemplateTest {
  private static final String HOSTILE = "<b a=\"x\" b='y'>&";
  private static final String ESCAPED = "&lt;b a=&#34;x&#34; b=&#39;y&#39;&gt;&amp;";

  private static String render(String source, Object value) {
    return PageTemplate.parse(source).render(Map.of("x", value));
  }

  @Test
  void whateverIsPrintedIsEscaped() {
    for (String source :
        List.of(
            "{{ x }}",
            "{{ x ~ '' }}",
            "{{ x + '' }}",
            "{{ [x] | join }}",
            "{{ x | string }}",
            "{{ x if true }}",
            "{% set y = x %}{{ y }}",
            "{% set y %}{{ x }}{% endset %}{{ y }}",
            "{% filter string %}{{ x }}{% endfilter %}",
            "{% macro m(y) %}{{ y }}{% endmacro %}{{ m(x) }}",
            "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}",
            "{% for y in [x] %}{{ y }}{% endfor %}")) {
      assertThat(render(source, HOSTILE)).as(source).isEqualTo(ESCAPED);
    }
  }

  @Test
  void markupStandsAsItIs() {
    assertThat(render("<i>{{ x }}</i>", new Markup("<b>"))).isEqualTo("<i><b></i>");
    assertThat(render("{{ x + '<' }}", new Markup("<b>"))).isEqualTo("<b>&lt;");
    assertThat(render("{{ x | safe }}", "<b>")).isEqualTo("<b>");
  }

  @Test
  void markupThatIsMixedIntoTextIsTextAgain() {
    assertThat(render("{{ x ~ 'y' }}", new Markup("<b>"))).isEqualTo("&lt;b&gt;y");
    assertThat(render("{{ [x] | join }}", new Markup("<b>"))).isEqualTo("&lt;b&gt;");
  }

  @Test
  void whatIsNotThereOrNotTextIsAnErrorAndNoBlank() {
    for (Map.Entry<String, Kind> wrong :
        Map.of("{{ y }}", Kind.UNDEFINED, "{{ x.y }}", Kind.UNDEFINED, "{{ x }}", Kind.VALUE)
            .entrySet()) {
      TemplateException error =
          catchThrowableOfType(
              TemplateException.class, () -> render(wrong.getKey(), Map.of("z", 1)));
      assertThat(error.kind()).isEqualTo(wrong.getValue());
    }
    assertThat(render("{% if x.y %}a{% else %}b{% endif %}", Map.of("z", 1))).isEqualTo("b");
  }

  @Test
  void aPageMayBeLongerThanAChat() {
    String text = "a".repeat(Limits.TEXT + 1);
    assertThat(render("{{ x }}!", text)).hasSize(Limits.TEXT + 2);
  }
}
