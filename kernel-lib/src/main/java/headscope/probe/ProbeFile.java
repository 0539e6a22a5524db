package headscope.probe;

import com.google.gson.JsonParseException;
import headscope.json.Json;
import headscope.json.JsonFault;
import headscope.probe.HeadProbe.Epoch;
import headscope.probe.HeadProbe.Options;
import headscope.safetensors.MalformedFileException;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The file format {@code headscope-probe/1}; {@code FORMATS.md} describes it for other languages.
 */
final class ProbeFile {
  private static final String FORMAT = "headscope-probe/1";

  /** The JSON beside the weights. The threshold is null of a regressor: JSON has no NaN. */
  private record Description(
      Options options,
      int layers,
      int headsPerLayer,
      int offset,
      OptionalDouble threshold,
      List<Epoch> history) {}

  private ProbeFile() {}

  static void save(HeadProbe probe, Path file) {
    OptionalDouble threshold =
        Double.isNaN(probe.threshold())
            ? OptionalDouble.empty()
            : OptionalDouble.of(probe.threshold());
    Description description =
        new Description(
            probe.options(),
            probe.layers(),
            probe.headsPerLayer(),
            probe.offset(),
            threshold,
            probe.history());
    SafeTensorsWriter out = new SafeTensorsWriter();
    out.metadata("format", FORMAT).metadata("probe", Json.line(description));
    List<Mlp.Layer> layers = probe.mlp().layers();
    for (int l = 0; l < layers.size(); l++) {
      Mlp.Layer layer = layers.get(l);
      out.floats(l + ".weight", layer.transposed(), layer.out(), layer.in());
      out.floats(l + ".bias", layer.bias(), layer.out());
    }
    out.write(file);
  }

  static HeadProbe load(Path file) {
    try (SafeTensors in = SafeTensors.open(file)) {
      String format = in.metadata().getOrDefault("format", "none");
      if (!format.equals(FORMAT)) {
        throw new MalformedFileException(
            file, "is no probe: its format is " + format + ", it should be " + FORMAT);
      }
      try {
        return read(in);
      } catch (JsonParseException
          | IllegalArgumentException
          | NullPointerException
          | IndexOutOfBoundsException e) {
        throw new MalformedFileException(file, "is a damaged probe: " + JsonFault.of(e));
      }
    }
  }

  private static HeadProbe read(SafeTensors in) {
    Description d = Json.read(in.metadata().get("probe"), Description.class);
    List<Mlp.Layer> layers = new ArrayList<>();
    for (int l = 0; l <= d.options().widths().size(); l++) {
      List<Long> shape = in.tensor(l + ".weight").shape();
      layers.add(
          Mlp.Layer.ofTransposed(
              Math.toIntExact(shape.get(1)),
              Math.toIntExact(shape.get(0)),
              in.floats(l + ".weight"),
              in.floats(l + ".bias")));
    }
    return new HeadProbe(
        d.options(),
        d.layers(),
        d.headsPerLayer(),
        d.offset(),
        d.threshold().orElse(Double.NaN),
        d.history(),
        new Mlp(layers));
  }
}
