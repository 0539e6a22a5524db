package headscope.score;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.json.JsonDocuments;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * A score a head and sample: what static rankings are made of, and what public collections of
 * retrieval heads publish as {@code head_score} files, {@code {"layer-head": [score per sample, …],
 * …}}. A head that is not named has no score, and is never ranked. Immutable.
 *
 * <pre>
 *   HeadScores scores = HeadScores.load(Path.of("head_score/llama.json"), 32, 32);
 *   StaticRanking.of(scores).top(20);
 * </pre>
 */
public final class HeadScores {
  private static final Pattern KEY = Pattern.compile("(0|[1-9]\\d{0,2})-(0|[1-9]\\d{0,2})");

  private static final Pattern NOT_FINITE = Pattern.compile("\\b(NaN|Infinity)\\b");

  private final int layers;
  private final int headsPerLayer;
  private final SortedMap<HeadId, double[]> scores; // each [samples]

  private HeadScores(int layers, int headsPerLayer, SortedMap<HeadId, double[]> scores) {
    this.layers = layers;
    this.headsPerLayer = headsPerLayer;
    this.scores = Collections.unmodifiableSortedMap(scores);
  }

  /**
   * The given scores.
   *
   * @param layers the model's layers
   * @param headsPerLayer its query heads a layer
   * @param scores head to [samples]
   * @throws IllegalArgumentException if a head is outside the model, the samples are none or not as
   *     many for each head, or a score is not finite
   */
  public static HeadScores of(int layers, int headsPerLayer, Map<HeadId, double[]> scores) {
    if (scores.isEmpty()) {
      throw Section.SCORE_FILES.wrong("there is at least one head with scores, got none");
    }
    HeadSet.of(scores.keySet()).checkWithin(layers, headsPerLayer);
    SortedMap<HeadId, double[]> copy = new TreeMap<>();
    scores.forEach((head, list) -> copy.put(head, list.clone()));
    HeadId first = copy.firstKey();
    int samples = copy.get(first).length;
    copy.forEach(
        (head, list) -> {
          if (samples == 0) {
            throw Section.SCORE_FILES.wrong("the head " + head + " has no score");
          }
          if (list.length != samples) {
            throw Section.SCORE_FILES.wrong(
                String.format(
                    "every head has a score per sample: %s has %d, %s has %d",
                    first, samples, head, list.length));
          }
          for (int i = 0; i < samples; i++) {
            if (!Double.isFinite(list[i])) {
              throw Section.SCORE_FILES.wrong(
                  "scores are finite numbers, that of "
                      + head
                      + " for sample "
                      + i
                      + " is "
                      + list[i]);
            }
          }
        });
    return new HeadScores(layers, headsPerLayer, copy);
  }

  /**
   * The samples of all the given scores, one after the other.
   *
   * @throws IllegalArgumentException if there are none, or they are not of the same heads
   */
  public static HeadScores ofSamples(List<HeadScores> samples) {
    if (samples.isEmpty()) {
      throw Section.SCORE_FILES.wrong("there is at least one sample, got none");
    }
    HeadScores first = samples.get(0);
    for (HeadScores s : samples) {
      if (s.layers != first.layers
          || s.headsPerLayer != first.headsPerLayer
          || !s.scores.keySet().equals(first.scores.keySet())) {
        throw Section.SCORE_FILES.wrong(
            "samples are scores of the same heads, got " + first + " and " + s);
      }
    }
    SortedMap<HeadId, double[]> all = new TreeMap<>();
    for (HeadId head : first.scores.keySet()) {
      all.put(
          head, samples.stream().flatMapToDouble(s -> Arrays.stream(s.scores.get(head))).toArray());
    }
    return new HeadScores(first.layers, first.headsPerLayer, all);
  }

  /**
   * Reads a {@code head_score} file of a model of that shape. The heads may come in any order; a
   * mean in place of a list counts as one sample.
   *
   * @throws IllegalArgumentException if it is no such file, or a head is outside the model; the
   *     message names file, entry and remedy
   * @throws UncheckedIOException if it cannot be read
   */
  public static HeadScores load(Path file, int layers, int headsPerLayer) {
    SortedMap<HeadId, double[]> scores = read(file);
    try {
      return of(layers, headsPerLayer, scores);
    } catch (IllegalArgumentException e) {
      throw Section.SCORE_FILES.wrong(file + ": " + e.getMessage(), e);
    }
  }

  /** Reads a {@code head_score} file; its highest layer and head make the shape of the model. */
  public static HeadScores load(Path file) {
    SortedMap<HeadId, double[]> scores = read(file);
    int layers = scores.keySet().stream().mapToInt(HeadId::layer).max().orElse(0) + 1;
    int headsPerLayer = scores.keySet().stream().mapToInt(HeadId::head).max().orElse(0) + 1;
    try {
      return of(layers, headsPerLayer, scores);
    } catch (IllegalArgumentException e) {
      throw Section.SCORE_FILES.wrong(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes a {@code head_score} file, heads in layer, head order, numbers to the last bit; the same
   * scores give the same bytes. The file is complete or not there.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public void save(Path file) {
    try {
      WholeFile.write(file, part -> Files.writeString(part, toJson()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + FileFault.of(e), e);
    }
  }

  /** The text of a {@code head_score} file. */
  public String toJson() {
    return scores.entrySet().stream()
        .map(e -> "\"" + key(e.getKey()) + "\": " + Arrays.toString(e.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** The layers of the model. */
  public int layers() {
    return layers;
  }

  /** The query heads a layer of the model. */
  public int headsPerLayer() {
    return headsPerLayer;
  }

  /** The heads that have scores. */
  public HeadSet heads() {
    return HeadSet.of(scores.keySet());
  }

  /** The number of samples, the same for every head. */
  public int samples() {
    return scores.get(scores.firstKey()).length;
  }

  /** The scores of one head: [samples]. */
  public double[] head(HeadId head) {
    double[] list = scores.get(head);
    if (list == null) {
      throw Section.SCORE_FILES.wrong("there are no scores of head " + head + " in " + this);
    }
    return list.clone();
  }

  /** The mean over the samples of one head. */
  public double mean(HeadId head) {
    return Arrays.stream(head(head)).average().orElseThrow();
  }

  /** The mean over the samples of each head: [layers * heads], NaN where there are no scores. */
  public double[] means() {
    double[] means = new double[layers * headsPerLayer];
    Arrays.fill(means, Double.NaN);
    scores.keySet().forEach(head -> means[head.index(headsPerLayer)] = mean(head));
    return means;
  }

  /**
   * Some of the samples.
   *
   * @param wanted whether a sample is one of them, for each in order
   * @throws IllegalArgumentException if they are not as many as the samples, or none is wanted
   */
  public HeadScores where(List<Boolean> wanted) {
    if (wanted.size() != samples() || !wanted.contains(true)) {
      throw Section.SCORE_FILES.wrong(
          "there are " + samples() + " samples of which at least one is wanted, got " + wanted);
    }
    int[] kept = IntStream.range(0, wanted.size()).filter(wanted::get).toArray();
    SortedMap<HeadId, double[]> some = new TreeMap<>();
    scores.forEach(
        (head, list) -> some.put(head, IntStream.of(kept).mapToDouble(i -> list[i]).toArray()));
    return new HeadScores(layers, headsPerLayer, some);
  }

  /**
   * One row a head in layer, head order: columns {@code head} ({@code L3-H7}) and {@code score}.
   */
  public Table toTable() {
    return table("head scores", heads().toList());
  }

  /** One row a head in the given order, with its mean over the samples. */
  Table table(String name, List<HeadId> order) {
    StringColumn head = StringColumn.create("head");
    DoubleColumn score = DoubleColumn.create("score");
    for (HeadId h : order) {
      head.append(h.toString());
      score.append(mean(h));
    }
    return Table.create(name, head, score);
  }

  /**
   * Scores without the last bits, in which equal ones differ that were summed in another order:
   * such noise must not decide a tie.
   */
  static double[] withoutNoise(double[] scores) {
    return Arrays.stream(scores).map(x -> Math.rint(x * 1e12) / 1e12).toArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeadScores s
        && layers == s.layers
        && headsPerLayer == s.headsPerLayer
        && toJson().equals(s.toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return String.format(
        "HeadScores[%d of %d x %d heads, %d samples]",
        scores.size(), layers, headsPerLayer, samples());
  }

  private static String key(HeadId head) {
    return head.layer() + "-" + head.head();
  }

  private static SortedMap<HeadId, double[]> read(Path file) {
    try {
      Optional<String> other = JsonDocuments.otherForm(file);
      if (other.isPresent()) {
        throw wrong(file, "this is " + other.get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + FileFault.of(e), e);
    }
    SortedMap<HeadId, double[]> scores = new TreeMap<>();
    try (JsonDocuments documents = new JsonDocuments(Files.newBufferedReader(file))) {
      try {
        JsonReader in = documents.next().orElseThrow(EOFException::new);
        expect(in, JsonToken.BEGIN_OBJECT, "the file", documents, file);
        in.beginObject();
        while (in.hasNext()) {
          String key = in.nextName();
          Matcher m = KEY.matcher(key);
          if (!m.matches()) {
            throw wrong(
                file,
                "the key \"" + key + "\" is no head; a head is \"layer-head\", both from 0 to 999");
          }
          HeadId head = new HeadId(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
          if (scores.put(head, list(in, key, documents, file)) != null) {
            throw wrong(file, "the key \"" + key + "\" is there twice; keep one of them");
          }
        }
        in.endObject();
        documents.end();
        if (documents.next().isPresent()) {
          throw wrong(
              file,
              documents.place()
                  + ": a second JSON document follows; a file has one, with every sample in the"
                  + " lists of its heads");
        }
      } catch (EOFException e) {
        throw wrong(file, "the file ends too early; write it again");
      } catch (MalformedJsonException e) {
        throw wrong(file, "this is no JSON, " + documents.place() + notJson(file));
      }
    } catch (CharacterCodingException e) {
      throw wrong(file, "this is no UTF-8 text");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + FileFault.of(e), e);
    }
    if (scores.isEmpty()) {
      throw wrong(file, "it names no head");
    }
    return scores;
  }

  private static String notJson(Path file) throws IOException {
    return NOT_FINITE.matcher(Files.readString(file)).find()
        ? " (NaN and Infinity are no JSON numbers)"
        : "";
  }

  /** The scores of a head: a list, or their mean alone, as a sample of its own. */
  private static double[] list(JsonReader in, String key, JsonDocuments documents, Path file)
      throws IOException {
    if (in.peek() == JsonToken.NUMBER) {
      return new double[] {in.nextDouble()};
    }
    expect(in, JsonToken.BEGIN_ARRAY, "\"" + key + "\"", documents, file);
    in.beginArray();
    List<Double> list = new ArrayList<>();
    while (in.hasNext()) {
      expect(in, JsonToken.NUMBER, "a score of \"" + key + "\"", documents, file);
      list.add(in.nextDouble());
    }
    in.endArray();
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void expect(
      JsonReader in, JsonToken token, String what, JsonDocuments documents, Path file)
      throws IOException {
    if (in.peek() != token) {
      throw wrong(
          file,
          String.format(
              "%s: %s is %s, found %s",
              documents.place(), what, JsonDocuments.name(token), JsonDocuments.name(in.peek())));
    }
  }

  private static IllegalArgumentException wrong(Path file, String what) {
    return Section.SCORE_FILES.wrong(
        file
            + ": "
            + what
            + ". A head_score file is JSON, {\"layer-head\": [score per sample, ...], ...}, or a"
            + " mean in place of each list");
  }
}
