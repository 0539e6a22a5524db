package headscope.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import headscope.template.TemplateException.Kind;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 9, 5, 3);

  private static String render(String source, Map<String, ?> variables) {
    return ChatTemplate.parse(source).render(variables, NOW);
  }

  private static String render(String source, List<? extends Map<String, ?>> messages) {
    Chat chat = new Chat(messages, null, null, false, Map.of("bos_token", "<s>"));
    return ChatTemplate.parse(source).render(chat, NOW);
  }

  private static TemplateException error(String source) {
    return catchThrowableOfType(TemplateException.class, () -> render(source, Map.of()));
  }

  @Test
  void errorsNameTheConstructAndItsPlace() {
    TemplateException error = error("one\n  {{ x }}\n{% if x %}{{ x | urlize }}{% endif %}");
    assertThat(error.kind()).isEqualTo(Kind.UNSUPPORTED);
    assertThat(error.line()).isEqualTo(3);
    assertThat(error.column()).isEqualTo(18);
    assertThat(error)
        .hasMessageContaining("the filter 'urlize' is not supported; supported are capitalize,")
        .hasMessageEndingWith("(line 3, column 18 of the template)");
  }

  @Test
  void whatCanBeKnownIsFoundWhenParsing() {
    for (String source :
        List.of(
            "{% if false %}{{ x | nope }}{% endif %}",
            "{% if false %}{{ x is nope }}{% endif %}",
            "{% if false %}{{ x | map('nope') }}{% endif %}",
            "{% if false %}{{ x | select('nope') }}{% endif %}",
            "{% if false %}{{ x | rejectattr('a', 'nope') }}{% endif %}",
            "{% if false %}{% include 'x' %}{% endif %}",
            "{% if false %}{{ f(**x) }}{% endif %}",
            "{% if false %}{{ 2 ** x }}{% endif %}",
            "{% if false %}{{ 1 < x < 3 }}{% endif %}",
            "{% if false %}{{ 0x1f }}{% endif %}")) {
      TemplateException error =
          catchThrowableOfType(TemplateException.class, () -> ChatTemplate.parse(source));
      assertThat(error.kind()).as(source).isEqualTo(Kind.UNSUPPORTED);
    }
  }

  @Test
  void runtimeErrorsHaveTheirPlace() {
    assertThat(error("a\n{{ 'x' +\n none }}"))
        .hasMessage(
            "can only concatenate str (not \"NoneType\") to str (line 2, column 8 of the template)");
    assertThat(error("{{ x.y }}").kind()).isEqualTo(Kind.UNDEFINED);
    assertThat(error("{{ x.y }}").reason()).isEqualTo("'x' is undefined");
    assertThat(error("\n\n{{ raise_exception('Stop: ' ~ 1) }}"))
        .satisfies(
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.RAISED);
              assertThat(e.reason()).isEqualTo("Stop: 1");
              assertThat(e.line()).isEqualTo(3);
            });
  }

  @Test
  void valuesOfJavaAreThoseOfPython() {
    Map<String, Object> variables =
        Map.of(
            "list", List.of(1, 2L, (short) 3, (byte) 4, BigInteger.TWO.pow(70), 2.0, true, "x"),
            "map", Collections.singletonMap("key", null));
    assertThat(render("{{ list }}{{ map }}", variables))
        .isEqualTo("[1, 2, 3, 4, 1180591620717411303424, 2.0, True, 'x']{'key': None}");
  }

  @Test
  void otherValuesAreRefused() {
    List<Object> loop = new ArrayList<>();
    loop.add(loop);
    for (Object value :
        List.of(1.5f, 'c', new Object(), Map.of(1, 2), "\ud83c", loop, new int[0])) {
      assertThatIllegalArgumentException().isThrownBy(() -> render("", Map.of("x", value)));
    }
  }

  @Test
  void toolsAndDocumentsAreDefinedEvenIfAbsent() {
    String source =
        "{{ bos_token }}{{ tools is none }}{{ documents is none }}{{ tools is defined }}";
    assertThat(render(source, List.of())).isEqualTo("<s>TrueTrueTrue");
  }

  @Test
  void reasoningIsServedUnderBothNames() {
    String source =
        "{% for m in messages %}{{ m.reasoning_content }},{{ m.thinking }};{% endfor %}";
    assertThat(
            render(
                source,
                List.of(
                    Map.of("reasoning", "a"),
                    Map.of("thinking", "b"),
                    Map.of("reasoning_content", "c"),
                    Map.of("content", "d"))))
        .isEqualTo("a,a;b,b;c,c;,;");
    // two texts: transformers 5.23 serves the first of its names, and the message's own thinking
    assertThat(render(source, List.of(Map.of("reasoning", "a", "thinking", "b"))))
        .isEqualTo("b,b;");
    assertThat(render(source, List.of(Map.of("reasoning_content", "a", "thinking", "b"))))
        .isEqualTo("a,b;");
  }

  @Test
  void furtherVariablesCannotReplaceTheConversation() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Chat(List.of(), null, null, true, Map.of("messages", 1)));
  }

  @Test
  void charactersThatPythonAndJavaMayPrintDifferentlyAreRefused() {
    // unassigned in the Unicode of every Java so far
    assertThat(error("{{ ['\\u0378'] }}").kind()).isEqualTo(Kind.UNSUPPORTED);
    assertThat(render("{{ '\\u0378' }}", Map.of())).isEqualTo("\u0378");
  }

  @Test
  void theLocaleDoesNotMatter() {
    Locale before = Locale.getDefault();
    try {
      for (String tag : List.of("tr", "th-TH-u-nu-thai", "ar-EG")) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        String source =
            "{{ 0.0000001 }} {{ 'TITLE' | lower }} {{ 12 }} {{ strftime_now('%d %B %Y') }}";
        assertThat(render(source, Map.of())).isEqualTo("1e-07 title 12 06 July 2024");
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void manyThreadsMayRenderOneTemplate() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% set ns = namespace(n=0) %}{% for i in range(x) %}{% set ns.n = ns.n + i %}"
                + "{% endfor %}{{ ns.n }}");
    List<String> sums =
        IntStream.range(0, 500)
            .parallel()
            .mapToObj(x -> template.render(Map.of("x", x), NOW))
            .collect(Collectors.toList());
    for (int x = 0; x < sums.size(); x++) {
      assertThat(sums.get(x)).isEqualTo(String.valueOf(x * (x - 1) / 2));
    }
  }
}
