package headscope.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import headscope.template.TemplateException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that want too much, and templates that are broken at random. */
@Tag("slow")
class HostileTemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 9, 5, 3);

  /** Half of what a thread usually has. */
  private static final int STACK = 512 * 1024;

  private static Throwable outcome(String source) {
    List<Throwable> outcome = new ArrayList<>();
    Runnable task =
        () -> outcome.add(catchThrowable(() -> ChatTemplate.parse(source).render(Map.of(), NOW)));
    Thread thread = new Thread(null, task, "small", STACK);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          thread.start();
          thread.join();
        });
    return outcome.get(0);
  }

  private static void isRefused(String source) {
    assertThat(outcome(source))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT));
  }

  private static String around(String open, String middle, String close) {
    return open.repeat(20_000) + middle + close.repeat(20_000);
  }

  @Test
  void nestingOfTheSourceIsBounded() {
    isRefused("{{ " + around("(", "1", ")") + " }}");
    isRefused("{{ " + around("[", "1", "]") + " }}");
    isRefused("{{ " + around("{'a': ", "1", "}") + " }}");
    isRefused("{{ " + around("a[", "1", "]") + " }}");
    isRefused("{{ " + around("f(", "1", ")") + " }}");
    isRefused("{{ " + around("a|join(", "1", ")") + " }}");
    isRefused("{{ " + around("1 is eq(", "1", ")") + " }}");
    isRefused("{{ " + around("1 is eq ", "1", "") + " }}");
    isRefused("{{ " + around("not ", "1", "") + " }}");
    isRefused("{{ " + around("- ", "1", "") + " }}");
    isRefused("{{ " + around("1 if 1 else ", "1", "") + " }}");
    isRefused("{% set " + around("(", "a", ")") + " = 1 %}");
    isRefused(around("{% if 1 %}", "x", "{% endif %}"));
    isRefused(around("{% for i in [1] %}", "x", "{% endfor %}"));
    isRefused(around("{% set x %}", "x", "{% endset %}"));
    isRefused(around("{% macro m() %}", "x", "{% endmacro %}"));
    isRefused("{% for i in [1] %}".repeat(21) + "{% endfor %}".repeat(21));
  }

  @Test
  void chainsOfTheSourceAreBounded() {
    isRefused("{{ 1" + " + 1".repeat(20_000) + " }}");
    isRefused("{{ 1" + " * 1".repeat(20_000) + " }}");
    isRefused("{{ 1" + " and 1".repeat(20_000) + " }}");
    isRefused("{{ 1" + "|string".repeat(20_000) + " }}");
    isRefused("{{ 1" + " is odd".repeat(1) + " == 1".repeat(1) + " or 0".repeat(20_000) + " }}");
    isRefused("{{ a" + ".a".repeat(20_000) + " }}");
    isRefused("{{ a" + "[0]".repeat(20_000) + " }}");
    isRefused("{{ a" + "()".repeat(20_000) + " }}");
    isRefused("{{ 1" + " if 1".repeat(20_000) + " }}");
  }

  @Test
  void wideTemplatesAreFine() {
    String tags = "{% if 0 %}a" + "{% elif 0 %}b".repeat(20_000) + "{% else %}c{% endif %}";
    assertThat(ChatTemplate.parse(tags).render(Map.of(), NOW)).isEqualTo("c");
    String list = "{{ [" + "1, ".repeat(100_000) + "] | length }}";
    assertThat(ChatTemplate.parse(list).render(Map.of(), NOW)).isEqualTo("100000");
    String text = "{{ '" + "\\n".repeat(100_000) + "' | length }}";
    assertThat(ChatTemplate.parse(text).render(Map.of(), NOW)).isEqualTo("100000");
    String many = "{{ '" + "a' '".repeat(50_000) + "' | length }}" + "{# c #}".repeat(50_000);
    assertThat(ChatTemplate.parse(many).render(Map.of(), NOW)).isEqualTo("50000");
  }

  @Test
  void sourcesAreBounded() {
    isRefused(" ".repeat(1_000_001));
    isRefused("{{ " + "1".repeat(5_000) + " }}");
    isRefused("{{ 1" + "0".repeat(4_000) + " }}");
    isRefused("{{ " + "1".repeat(900_000) + " }}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(a=f()) %}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{% for i in range(2) %}{% if n %}{{ f(n - 1) }}{% endif %}{% endfor %}"
            + "{% endmacro %}{{ f(40) }}",
      })
  void recursionIsBounded(String source) {
    isRefused(source);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ns.x }}",
        "{{ ns.x | tojson }}",
        "{{ ns.x == ns.y }}",
        "{{ ns.x in [ns.y] }}",
        "{{ ns.x is eq ns.y }}",
        "{{ ns.x | string }}",
        "{{ ns.x ~ '' }}",
        "{{ [ns.x] == [ns.y] }}"
      })
  void depthOfValuesIsBounded(String use) {
    isRefused(
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(20000) %}"
            + "{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}"
            + use);
  }

  @Test
  void depthOfGeneratorsIsBounded() {
    isRefused(
        "{% set ns = namespace(x=[1]) %}{% for i in range(20000) %}"
            + "{% set ns.x = ns.x | map('string') %}{% endfor %}{{ ns.x | list }}");
    isRefused(
        "{% set ns = namespace(x=[1]) %}{% for i in range(20000) %}"
            + "{% set ns.x = ns.x | unique %}{% endfor %}{{ 1 in ns.x }}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{% for b in range(100000) if false %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{{ 'a' in range(100000) | map('string') | list }}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}"
            + "{% endfor %}",
        "{% set ns = namespace(s=['ab']) %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}"
            + "{% endfor %}",
        "{% set ns = namespace(n=2) %}{% for a in range(99) %}{% set ns.n = ns.n * ns.n %}"
            + "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for a in range(99) %}"
            + "{% set ns.s = ns.s | replace('a', 'aab') %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for a in range(99) %}{% set ns.s = [ns.s] | tojson %}"
            + "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for a in range(99) %}"
            + "{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{{ s }}{{ s }}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ s == s ~ '' }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ 'b' in s }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ s.split('b') | length }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ s | length }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ s[8000000] }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ {}.get(s) }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ s | int }}{% endfor %}",
        "{% set s = 'a' * 9000000 %}{% for i in range(100000) %}{{ s | trim == 'b' }}{% endfor %}",
        "{{ 'a' * 99999999999999999999 }}",
        "{{ 'a' * 999999999999999999 }}",
        "{% set s = '%s' * 7000000 %}{{ s | format(1) }}{{ s | format(*range(9)) }}",
        "{{ 'a\nb' | indent(99999999) }}",
        "{{ [1] | tojson(indent=99999999) }}",
        "{{ range(100001) }}",
        "{{ range(0, 9999999999999999999999) }}",
        "{{ ('1' * 5000) | int }}",
        "{{ strftime_now('%A' * 7999999) }}",
      })
  void workAndTextAreBounded(String source) {
    Throwable outcome = outcome(source);
    assertThat(outcome).isInstanceOf(TemplateException.class);
    Kind kind = ((TemplateException) outcome).kind();
    assertThat(kind).isIn(Kind.LIMIT, Kind.VALUE);
  }

  @Test
  void nothingOfJavaCanBeReached() {
    for (String source :
        List.of(
            "{{ ''.getClass() }}",
            "{{ ''.class.forName('java.lang.System') }}",
            "{{ [].hashCode() }}",
            "{{ {}.size() }}",
            "{{ ns.attributes.x }}",
            "{{ ''.__class__.__mro__ }}",
            "{{ range.__globals__ }}",
            "{{ (1).intValue() }}")) {
      assertThat(outcome(source)).as(source).isInstanceOf(TemplateException.class);
    }
  }

  @Test
  void brokenTemplatesEndInATextOrATemplateException() throws IOException {
    Random random = new Random(20240706);
    int rendered = 0;
    for (int i = 0; i < 4_000; i++) {
      String folder = pick(random, ChatTemplateFixturesTest.FOLDERS);
      Map<String, Object> file = FILES.computeIfAbsent(folder, ChatTemplateFixturesTest::file);
      String source = mutated(random, ChatTemplateFixturesTest.source(folder));
      Chat chat = ChatTemplateFixturesTest.chat(pick(random, ChatTemplateFixturesTest.cases(file)));
      try {
        ChatTemplate.parse(source).render(chat, NOW);
        rendered++;
      } catch (TemplateException expected) {
        assertThat(expected.line()).isBetween(1, source.split("\n", -1).length);
        assertThat(expected.reason()).isNotNull();
      }
    }
    assertThat(rendered).isBetween(400, 3_600);
  }

  private static final Map<String, Map<String, Object>> FILES = new HashMap<>();

  private static final List<String> FRAGMENTS =
      List.of(
          "{{",
          "}}",
          "{%",
          "%}",
          "{#",
          "#}",
          "-%}",
          "{{-",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "'",
          "\"",
          "|",
          "~",
          "+",
          "-",
          "**",
          "==",
          "<",
          "=",
          ",",
          ":",
          ".",
          "\\",
          "\n",
          " if ",
          " else ",
          " in ",
          " not ",
          " is ",
          " for ",
          "messages",
          "loop.last",
          "0",
          "-1",
          "none",
          "'a'",
          "[::-1]",
          "|list",
          "|tojson",
          "|join",
          "|map('upper')",
          ".items()",
          "{% endif %}",
          "{% endfor %}",
          "{% break %}",
          "{% set messages = 1 %}",
          "{{ messages }}",
          "{% raw %}",
          "\ud83c\udf4e");

  private static String mutated(Random random, String source) {
    StringBuilder text = new StringBuilder(source);
    for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
      int from = random.nextInt(text.length());
      int to = Math.min(text.length(), from + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(from, to);
        case 1 -> text.insert(random.nextInt(text.length()), text.substring(from, to));
        case 2 -> text.replace(from, to, pick(random, FRAGMENTS));
        default -> text.insert(from, pick(random, FRAGMENTS));
      }
    }
    return text.toString();
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
