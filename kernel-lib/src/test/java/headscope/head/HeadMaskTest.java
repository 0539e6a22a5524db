package headscope.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HeadMaskTest {
  private static final HeadSet HEADS = HeadSet.parse("L0-H1,L2-H0");

  @Test
  void theMaskOfNoHeadsIsEmpty() {
    assertThat(HeadMask.none().isEmpty()).isTrue();
    assertThat(HeadMask.zero(HeadSet.empty())).isEqualTo(HeadMask.none());
    assertThat(HeadMask.uniform(HEADS).isEmpty()).isFalse();
  }

  @Test
  void theSameTreatmentGoesToOtherHeads() {
    assertThat(HeadMask.none().withHeads(HEADS)).isEqualTo(HeadMask.zero(HEADS));
    assertThat(HeadMask.uniform(HEADS).withHeads(HeadSet.empty()).mode())
        .isEqualTo(MaskMode.UNIFORM);
  }

  @Test
  void aMeanIsThereForEveryMaskedHead() {
    Map<HeadId, float[]> one = Map.of(new HeadId(0, 1), new float[] {1});
    assertThatThrownBy(() -> HeadMask.mean(HEADS, one)).hasMessageContaining("L2-H0");
    assertThat(HeadMask.mean(HeadSet.parse("L0-H1"), one).means())
        .containsOnlyKeys(new HeadId(0, 1));
    assertThatThrownBy(() -> new HeadMask(HEADS, MaskMode.ZERO, one)).hasMessageContaining("ZERO");
  }

  @Test
  void resamplingTakesTheStepModuloTheLengthOfTheOtherRun() {
    HeadSet head = HeadSet.parse("L0-H1");
    HeadMask mask =
        HeadMask.resample(head, Map.of(new HeadId(0, 1), new float[] {1, 2, 3, 4, 5, 6}));
    assertThat(mask.at(1, 2).means().get(new HeadId(0, 1))).containsExactly(3, 4);
    assertThat(mask.at(5, 2).means().get(new HeadId(0, 1))).containsExactly(5, 6);
    assertThat(HeadMask.zero(head).at(5, 2)).isEqualTo(HeadMask.zero(head));
    assertThatThrownBy(() -> mask.at(0, 4)).hasMessageContaining("6 in all");
    assertThatThrownBy(() -> HeadMask.resample(head, Map.of()))
        .hasMessageContaining("z of another run");
  }
}
