package headscope.notebook;

import headscope.html.Card;
import headscope.model.Family;
import headscope.model.LanguageModel;
import headscope.model.LayerType;
import headscope.model.LoadOptions.Dtype;
import headscope.model.LocalModel;
import headscope.model.MergedAdapter;
import headscope.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Cards of models, and of what is known of them. */
final class ModelCards {
  private ModelCards() {}

  static void register() {
    Displays.card(LanguageModel.class, ModelCards::of);
    Displays.card(ModelConfig.class, c -> shape(Card.of("ModelConfig", c.family().modelType()), c));
    Displays.card(LocalModel.class, ModelCards::of);
    Displays.card(Family.class, ModelCards::of);
  }

  private static Card of(LanguageModel model) {
    ModelConfig config = model.config();
    Dtype dtype = model.options().dtype();
    return shape(Card.of("LanguageModel", model.name()), config)
        .fact("type", dtype.toString().toLowerCase(Locale.ROOT) + " on " + model.options().device())
        .fact(
            "memory",
            megabytes(config.memory(dtype, 0))
                + " weights; "
                + megabytes(config.memory(dtype, config.maxPositions()))
                + " with keys and values of every position")
        .fact(
            "adapters",
            model.adapters().stream().map(MergedAdapter::name).collect(Collectors.joining(", ")))
        .fact("tokenizer", model.hasTokenizer() ? "" : "none: give token ids")
        .fact("rules of the checkpoint", PlainCards.fact(model.choosing()));
  }

  /** The facts of a model's shape. */
  private static Card shape(Card card, ModelConfig c) {
    return card.fact("family", c.family().modelType() + " (" + c.family().architecture() + ")")
        .fact("layers × heads", c.layers() + " × " + c.heads() + " = " + c.totalHeads())
        .fact(
            "key/value heads", c.keyValueHeads() == c.heads() ? "" : c.keyValueHeads() + " a layer")
        .fact("sizes", sizes(c))
        .fact("positions", TraceCards.count(c.maxPositions()))
        .fact("windows", windows(c))
        .fact("parameters", TraceCards.count(c.parameters()));
  }

  private static String sizes(ModelConfig c) {
    return String.format(
        Locale.ROOT,
        "hidden %,d, head %d, MLP %,d, vocabulary %,d%s",
        c.hidden(),
        c.headDim(),
        c.intermediate(),
        c.vocabulary(),
        c.tied() ? ", output matrix tied to the embedding" : "");
  }

  /** Such as {@code 21 of 28 layers see the last 4,096 positions}. */
  private static String windows(ModelConfig c) {
    List<Integer> windows =
        c.layerTypes().stream().flatMap(t -> window(t).stream()).distinct().toList();
    List<String> words = new ArrayList<>();
    for (int w : windows) {
      long layers = c.layerTypes().stream().filter(t -> window(t).contains(w)).count();
      words.add(
          layers
              + " of "
              + c.layers()
              + " layers see the last "
              + TraceCards.count(w)
              + " positions");
    }
    return String.join("; ", words);
  }

  private static List<Integer> window(LayerType type) {
    return type.window().isPresent() ? List.of(type.window().getAsInt()) : List.of();
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  private static Card of(LocalModel model) {
    Card card =
        Card.of("LocalModel", model.name())
            .fact("called", model.title())
            .fact("at", model.path())
            .fact("file size", megabytes(model.bytes()))
            .fact("type", model.type())
            .fact("cannot be run", model.problem().orElse(""));
    return model.shape().map(shape -> shape(card, shape)).orElse(card);
  }

  /** Checkpoints, a row each. */
  static Table table(List<LocalModel> models) {
    IntColumn layers = IntColumn.create("layers");
    IntColumn heads = IntColumn.create("heads");
    IntColumn positions = IntColumn.create("positions");
    for (LocalModel model : models) {
      if (model.shape().isPresent()) {
        layers.append(model.shape().get().layers());
        heads.append(model.shape().get().heads());
        positions.append(model.shape().get().maxPositions());
      } else {
        layers.appendMissing();
        heads.appendMissing();
        positions.appendMissing();
      }
    }
    return Table.create(
        "checkpoints",
        StringColumn.create("name", models.stream().map(LocalModel::name).toList()),
        StringColumn.create("family", models.stream().map(LocalModel::family).toList()),
        layers,
        heads,
        positions,
        StringColumn.create("type", models.stream().map(LocalModel::type).toList()),
        DoubleColumn.create("MB", models.stream().mapToDouble(m -> m.bytes() / 1e6).toArray()),
        BooleanColumn.create(
            "can be run", models.stream().map(m -> m.problem().isEmpty()).toList()),
        StringColumn.create("why not", models.stream().map(m -> m.problem().orElse("")).toList()));
  }

  private static Card of(Family family) {
    return Card.of("Family", family.modelType())
        .fact("class", family.architecture())
        .fact("models", family.models())
        .fact(
            "unlike Llama",
            family.traits().stream()
                .sorted()
                .map(t -> PlainCards.words(t.name()).replace('_', ' '))
                .collect(Collectors.joining(", ")));
  }
}
