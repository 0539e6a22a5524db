package headscope.trace;

import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.json.Json;
import headscope.json.JsonFault;
import headscope.safetensors.MalformedFileException;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import headscope.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The file format {@code headscope-trace/1}; {@code FORMATS.md} describes it for other languages.
 */
final class TraceFile {
  private static final String FORMAT = "headscope-trace/1";
  private static final String MASS = "mass.";
  private static final String CLEAN = "clean.";
  private static final TypeToken<Map<String, Object>> MAP = new TypeToken<>() {};
  private static final TypeToken<List<String>> STRINGS = new TypeToken<>() {};
  private static final TypeToken<Map<String, int[][]>> SPANS = new TypeToken<>() {};
  private static final TypeToken<Map<String, Described>> DESCRIBED = new TypeToken<>() {};
  private static final String TENSORS = "tensors";

  /** What the file says of a tensor that not every trace has. */
  private record Described(String meaning, List<String> axes) {}

  private TraceFile() {}

  static void save(Trace trace, Path file) {
    SafeTensorsWriter out = new SafeTensorsWriter();
    Prompt prompt = trace.prompt();
    Map<String, int[][]> spans = new LinkedHashMap<>();
    prompt
        .spans()
        .forEach(
            (name, s) ->
                spans.put(
                    name,
                    s.list().stream()
                        .map(x -> new int[] {x.from(), x.to()})
                        .toArray(int[][]::new)));
    out.metadata("format", FORMAT)
        .metadata("model", trace.model())
        .metadata("layers", String.valueOf(trace.layers()))
        .metadata("heads_per_layer", String.valueOf(trace.headsPerLayer()))
        .metadata("text", trace.text())
        .metadata("tokens", Json.line(trace.tokens()))
        .metadata("prompt_text", prompt.text())
        .metadata("prompt_tokens", Json.line(prompt.tokens()))
        .metadata("ended", String.valueOf(trace.ended()))
        .metadata("spans", Json.line(spans))
        .metadata("options", Json.line(trace.options()))
        .metadata("environment", Json.line(trace.environment()));
    out.longs("prompt_ids", Arrays.stream(prompt.ids()).asLongStream().toArray(), prompt.length());
    out.longs("tokens", Arrays.stream(trace.ids()).asLongStream().toArray(), trace.steps().size());
    saveTensors(out, "", trace.steps());
    rows(out, "", trace, trace.steps());
    if (!trace.clean().isEmpty()) {
      out.longs(
          CLEAN + "tokens",
          trace.clean().stream().mapToLong(Step::token).toArray(),
          trace.clean().size());
      saveTensors(out, CLEAN, trace.clean());
      rows(out, CLEAN, trace, trace.clean());
    }
    out.write(file);
  }

  private static void rows(SafeTensorsWriter out, String prefix, Trace trace, List<Step> steps) {
    int n = steps.size();
    out.floats(prefix + "logprob", floats(steps, s -> new float[] {s.logprob()}), n);
    out.floats(prefix + "entropy", floats(steps, s -> new float[] {s.entropy()}), n);
    if (steps.isEmpty()) {
      return;
    }
    Step first = steps.get(0);
    if (first.argmaxIndex().length > 0) {
      long[] heads = {n, trace.layers(), trace.headsPerLayer()};
      out.ints(
          prefix + "argmax_index",
          steps.stream().flatMapToInt(s -> Arrays.stream(s.argmaxIndex())).toArray(),
          heads);
      out.floats(prefix + "argmax_weight", floats(steps, Step::argmaxWeight), heads);
      for (String span : first.mass().keySet()) {
        out.floats(prefix + MASS + span, floats(steps, s -> s.mass(span)), heads);
      }
    }
    if (first.hidden().length > 0) {
      out.floats(prefix + "hidden", floats(steps, Step::hidden), n, first.hidden().length);
    }
    if (first.logits().length > 0) {
      out.floats(prefix + "logits", floats(steps, Step::logits), n, first.logits().length);
    }
    saveWholeRows(out, prefix, trace, steps);
  }

  /** Measured arrays as [steps, ...], each described in the metadata. */
  private static void saveTensors(SafeTensorsWriter out, String prefix, List<Step> steps) {
    if (steps.isEmpty() || steps.get(0).tensors().isEmpty()) {
      return;
    }
    Map<String, Described> described = new LinkedHashMap<>();
    steps
        .get(0)
        .tensors()
        .forEach(
            (name, first) -> {
              List<String> axes = new ArrayList<>(List.of("steps"));
              axes.addAll(first.axes());
              described.put(name, new Described(first.meaning(), axes));
              long[] shape =
                  IntStream.concat(
                          IntStream.of(steps.size()),
                          first.shape().stream().mapToInt(Integer::intValue))
                      .asLongStream()
                      .toArray();
              out.floats(prefix + name, floats(steps, s -> sameShape(name, first, s)), shape);
            });
    out.metadata(prefix + TENSORS, Json.line(described));
  }

  private static float[] sameShape(String name, Tensor first, Step step) {
    Tensor tensor = step.tensor(name, "a tensor is there at every step or at none");
    if (!tensor.shape().equals(first.shape())) {
      throw Section.TRACE_CONTENT.wrong(
          "tensor \""
              + name
              + "\" has shape "
              + first.shape()
              + " at the first step and "
              + tensor.shape()
              + " at another; a reduction gives as many numbers at every step");
    }
    return tensor.values();
  }

  /** Attention rows as [steps, heads, positions], zero behind the query; absent rows are zero. */
  private static void saveWholeRows(
      SafeTensorsWriter out, String prefix, Trace trace, List<Step> steps) {
    HeadSet heads =
        HeadSet.of(steps.stream().flatMap(s -> s.rows().keySet().stream()).distinct().toList());
    if (heads.isEmpty()) {
      return;
    }
    int positions = trace.prompt().length() + steps.size() - 1;
    out.metadata(prefix + "rows", heads.toString());
    out.floats(
        prefix + "rows",
        floats(
            steps,
            s -> {
              float[] all = new float[heads.size() * positions];
              int at = 0;
              for (HeadId h : heads) {
                float[] row = s.rows().getOrDefault(h, new float[0]);
                System.arraycopy(row, 0, all, at, row.length);
                at += positions;
              }
              return all;
            }),
        steps.size(),
        heads.size(),
        positions);
  }

  private static float[] floats(List<Step> steps, Function<Step, float[]> part) {
    int n = steps.isEmpty() ? 0 : part.apply(steps.get(0)).length;
    float[] all = new float[steps.size() * n];
    for (int i = 0; i < steps.size(); i++) {
      System.arraycopy(part.apply(steps.get(i)), 0, all, i * n, n);
    }
    return all;
  }

  static Trace load(Path file) {
    try (SafeTensors in = SafeTensors.open(file)) {
      String format = in.metadata().getOrDefault("format", "none");
      if (!format.equals(FORMAT)) {
        throw new MalformedFileException(
            file, "is no trace: its format is " + format + ", it should be " + FORMAT);
      }
      try {
        return read(in);
      } catch (JsonParseException
          | IllegalArgumentException
          | NullPointerException
          | IndexOutOfBoundsException
          | ArithmeticException
          | ClassCastException e) {
        throw new MalformedFileException(file, "is a damaged trace: " + JsonFault.of(e));
      }
    }
  }

  private static Trace read(SafeTensors in) {
    Map<String, String> meta = in.metadata();
    Map<String, int[][]> ranges = Json.read(need(in, "spans"), SPANS);
    Map<String, Spans> spans = new LinkedHashMap<>();
    ranges.forEach(
        (name, r) ->
            spans.put(name, Spans.of(Arrays.stream(r).map(x -> new Span(x[0], x[1])).toList())));
    Prompt prompt =
        new Prompt(
            ids(in, "prompt_ids"),
            meta.getOrDefault("prompt_text", ""),
            Json.read(meta.getOrDefault("prompt_tokens", "[]"), STRINGS),
            spans);
    int layers = Integer.parseInt(need(in, "layers"));
    int headsPerLayer = Integer.parseInt(need(in, "heads_per_layer"));
    boolean twoPass = in.tensors().containsKey(CLEAN + "tokens");
    return new Trace(
        need(in, "model"),
        layers,
        headsPerLayer,
        prompt,
        steps(in, "", layers, headsPerLayer),
        twoPass ? steps(in, CLEAN, layers, headsPerLayer) : List.of(),
        need(in, "text"),
        Json.read(meta.getOrDefault("tokens", "[]"), STRINGS),
        Boolean.parseBoolean(meta.get("ended")),
        Json.read(meta.getOrDefault("options", "{}"), MAP),
        Json.read(meta.getOrDefault("environment", "{}"), MAP));
  }

  private static String need(SafeTensors in, String key) {
    String value = in.metadata().get(key);
    if (value == null) {
      throw new MalformedFileException(in.file(), "has no metadata entry \"" + key + "\"");
    }
    return value;
  }

  private static int[] ids(SafeTensors in, String name) {
    return Arrays.stream(in.longs(name)).mapToInt(Math::toIntExact).toArray();
  }

  private static List<Step> steps(SafeTensors in, String prefix, int layers, int headsPerLayer) {
    int[] tokens = ids(in, prefix + "tokens");
    int n = tokens.length;
    float[] logprob = rows(in, prefix + "logprob", n);
    float[] entropy = rows(in, prefix + "entropy", n);
    boolean captured = in.tensors().containsKey(prefix + "argmax_index");
    int[] index = captured ? shaped(in, prefix + "argmax_index", n, layers, headsPerLayer) : null;
    float[] weight = optional(in, prefix + "argmax_weight", n, layers, headsPerLayer);
    float[] hidden = optional(in, prefix + "hidden", n);
    float[] logits = optional(in, prefix + "logits", n);
    Map<String, float[]> mass = new LinkedHashMap<>();
    for (String name : in.tensors().keySet()) {
      if (name.startsWith(prefix + MASS)) {
        mass.put(
            name.substring((prefix + MASS).length()), optional(in, name, n, layers, headsPerLayer));
      }
    }
    Map<String, Described> described =
        Json.read(in.metadata().getOrDefault(prefix + TENSORS, "{}"), DESCRIBED);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    described.keySet().forEach(name -> tensors.put(name, rows(in, prefix + name, n)));
    HeadSet rowHeads = HeadSet.parse(in.metadata().getOrDefault(prefix + "rows", ""));
    float[] rows = rowHeads.isEmpty() ? new float[0] : rows(in, prefix + "rows", n);
    int heads = captured ? layers * headsPerLayer : 0;
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int step = i;
      Map<String, float[]> m = new LinkedHashMap<>();
      mass.forEach((name, all) -> m.put(name, slice(all, step, n)));
      Map<String, Tensor> t = new LinkedHashMap<>();
      tensors.forEach(
          (name, all) ->
              t.put(
                  name,
                  tensor(described.get(name), in.tensor(prefix + name), slice(all, step, n))));
      steps.add(
          new Step(
              tokens[i],
              logprob[i],
              entropy[i],
              captured ? Arrays.copyOfRange(index, i * heads, (i + 1) * heads) : new int[0],
              slice(weight, i, n),
              m,
              slice(hidden, i, n),
              wholeRows(rowHeads, slice(rows, i, n)),
              slice(logits, i, n),
              t));
    }
    return steps;
  }

  private static Tensor tensor(Described described, TensorInfo info, float[] values) {
    return new Tensor(
        described.meaning(),
        described.axes().subList(1, described.axes().size()),
        info.shape().stream().skip(1).map(Math::toIntExact).toList(),
        values);
  }

  private static Map<HeadId, float[]> wholeRows(HeadSet heads, float[] all) {
    Map<HeadId, float[]> rows = new LinkedHashMap<>();
    List<HeadId> list = heads.toList();
    IntStream.range(0, list.size()).forEach(i -> rows.put(list.get(i), slice(all, i, list.size())));
    return rows;
  }

  private static float[] slice(float[] all, int i, int parts) {
    int n = all.length / parts;
    return Arrays.copyOfRange(all, i * n, (i + 1) * n);
  }

  private static float[] optional(SafeTensors in, String name, long... shape) {
    return in.tensors().containsKey(name) ? rows(in, name, shape) : new float[0];
  }

  private static float[] rows(SafeTensors in, String name, long... shape) {
    check(in, name, shape);
    return in.floats(name);
  }

  private static int[] shaped(SafeTensors in, String name, long... shape) {
    check(in, name, shape);
    return in.ints(name);
  }

  /** The leading dimensions must be the given ones. */
  private static void check(SafeTensors in, String name, long... leading) {
    TensorInfo t = in.tensor(name);
    List<Long> want = Arrays.stream(leading).boxed().toList();
    if (t.shape().size() < want.size() || !t.shape().subList(0, want.size()).equals(want)) {
      throw new MalformedFileException(
          in.file(),
          "tensor \"" + name + "\" has shape " + t.shape() + ", it should begin with " + want);
    }
  }
}
