package headscope.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class SpansTest {
  private static Spans spans(List<Integer> numbers) {
    List<Span> list = new ArrayList<>();
    for (int i = 0; i + 1 < numbers.size(); i += 2) {
      list.add(new Span(numbers.get(i), numbers.get(i) + 1 + numbers.get(i + 1) % 7));
    }
    return Spans.of(list);
  }

  @Property
  void differenceAndIntersectionArePositionByPosition(
      @ForAll @Size(max = 10) List<@IntRange(min = 0, max = 30) Integer> first,
      @ForAll @Size(max = 10) List<@IntRange(min = 0, max = 30) Integer> second) {
    Spans a = spans(first);
    Spans b = spans(second);
    for (int i = 0; i < 40; i++) {
      assertThat(a.minus(b).contains(i)).isEqualTo(a.contains(i) && !b.contains(i));
      assertThat(a.intersect(b).contains(i)).isEqualTo(a.contains(i) && b.contains(i));
    }
    assertThat(a.minus(b).union(a.intersect(b))).isEqualTo(a);
  }
}
