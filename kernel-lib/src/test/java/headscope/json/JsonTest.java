package headscope.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The texts are written by hand. */
class JsonTest {
  enum Colour implements Keyed {
    RED("r"),
    DARK_BLUE("darkBlue");

    private final String key;

    Colour(String key) {
      this.key = key;
    }

    @Override
    public String key() {
      return key;
    }
  }

  record Place(double x, long y) {}

  sealed interface Thing {
    @Part("ball")
    record Ball(@Flat Place place, int size, OptionalInt mass) implements Thing {}

    @Part("box")
    record Box(@Flat Map<Colour, Double> shares, Colour lid, List<Place> inside) implements Thing {}
  }

  record Owner(@Flat Optional<Place> home, String name) {}

  private static void bothWays(Thing thing, String text) {
    assertThat(Json.line(Json.tree(thing))).isEqualTo(text);
    assertThat(Json.read(Json.object(text), Thing.class)).isEqualTo(thing);
  }

  @Test
  void recordsAreWrittenAndReadInTheOrderOfTheirComponents() {
    bothWays(
        new Thing.Ball(new Place(.1, -9_000_000_000L), 3, OptionalInt.empty()),
        "{\"part\":\"ball\",\"x\":0.1,\"y\":-9000000000,\"size\":3}");
    bothWays(
        new Thing.Ball(new Place(Double.NaN, 0), 3, OptionalInt.of(7)),
        "{\"part\":\"ball\",\"x\":NaN,\"y\":0,\"size\":3,\"mass\":7}");
    bothWays(
        new Thing.Box(Map.of(Colour.DARK_BLUE, 1e-4), Colour.RED, List.of(new Place(1, 2))),
        "{\"part\":\"box\",\"darkBlue\":1.0E-4,\"lid\":\"r\",\"inside\":[{\"x\":1.0,\"y\":2}]}");
  }

  @Test
  void anEmptyOptionalIsLeftOut() {
    String homeless = "{\"name\":\"<A & B>\"}";
    assertThat(Json.line(new Owner(Optional.empty(), "<A & B>"))).isEqualTo(homeless);
    assertThat(Json.read(homeless, Owner.class).home()).isEmpty();
    String housed = "{\"x\":0.5,\"y\":1,\"name\":\"C\"}";
    assertThat(Json.read(housed, Owner.class).home()).contains(new Place(.5, 1));
  }

  @Test
  void whatIsMissingOrUnknownIsSaidByName() {
    assertThatThrownBy(() -> Json.read("{\"x\":1}", Place.class))
        .isInstanceOf(JsonParseException.class)
        .hasMessageContaining("\"y\"");
    assertThatThrownBy(() -> Json.read(Json.object("{\"part\":\"cone\"}"), Thing.class))
        .hasMessageContaining("part");
    assertThatThrownBy(
            () -> Json.read("{\"part\":\"box\",\"lid\":\"green\",\"inside\":[]}", Thing.class))
        .hasMessageContaining("green");
    assertThatThrownBy(() -> Json.read("[]", Place.class)).isInstanceOf(JsonParseException.class);
    assertThatThrownBy(() -> Json.object("[1]")).isInstanceOf(JsonParseException.class);
  }
}
