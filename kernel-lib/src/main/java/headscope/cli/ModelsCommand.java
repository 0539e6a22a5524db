package headscope.cli;

import com.google.gson.GsonBuilder;
import headscope.json.Json;
import headscope.model.FamilyParity;
import headscope.model.LocalModel;
import headscope.model.ModelConfig;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "models",
    description = {
      "Lists the models of this machine by what --model takes: reference, smollm2,"
          + " smollm2-world, those under the folders of HEADSCOPE_MODELS, those of the Hugging Face cache. Says of each whether it"
          + " can be run, and if not, why."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope models",
      "  headscope models smollm2 --json",
      "  headscope models --families"
    })
final class ModelsCommand implements Runnable {
  private static final String[] HEAD = {
    "name", "family", "layers × heads", "positions", "size", "type", "runs"
  };

  @Parameters(
      arity = "0..*",
      paramLabel = "MODEL",
      description = "Only these: all that --model takes.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "Print a list of JSON objects, with paths.")
  private boolean json;

  @Option(
      names = "--families",
      description = {
        "List the families that are implemented instead: the GGUF architecture each is read from,"
            + " and the largest difference from transformers that the tests found on its small"
            + " random checkpoints."
      })
  private boolean families;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    if (families) {
      printFamilies();
    } else {
      printModels();
    }
  }

  private void printFamilies() {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.page(FamilyParity.all()));
      return;
    }
    List<String[]> rows = new ArrayList<>();
    rows.add(FamilyParity.COLUMNS.toArray(String[]::new));
    FamilyParity.all().forEach(f -> rows.add(f.row().toArray(String[]::new)));
    print(out, rows);
    out.println("Largest differences from transformers 5.23.0, float32, over small checkpoints.");
  }

  private void printModels() {
    List<LocalModel> models =
        names.isEmpty() ? LocalModel.all() : names.stream().map(LocalModel::of).toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      List<Map<String, Object>> all = models.stream().map(ModelsCommand::object).toList();
      out.println(new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(all));
    } else {
      List<String[]> rows = new ArrayList<>();
      rows.add(HEAD);
      models.forEach(m -> rows.add(row(m)));
      print(out, rows);
    }
  }

  private static String[] row(LocalModel m) {
    return new String[] {
      m.name(),
      m.family(),
      m.shape().map(s -> s.layers() + " × " + s.heads()).orElse(""),
      m.shape().map(s -> String.format(Locale.ROOT, "%,d", s.maxPositions())).orElse(""),
      m.bytes() == 0 ? "" : String.format(Locale.ROOT, "%,d MB", Math.max(1, m.bytes() >> 20)),
      m.type(),
      m.problem().map(p -> "no: " + p).orElse("yes")
    };
  }

  private static Map<String, Object> object(LocalModel m) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", m.name());
    map.put("title", m.title());
    map.put("path", m.path());
    map.put("family", m.family());
    if (m.shape().isPresent()) {
      ModelConfig shape = m.shape().get();
      map.put("layers", shape.layers());
      map.put("heads", shape.heads());
      map.put("positions", shape.maxPositions());
      map.put("parameters", shape.parameters());
    }
    map.put("bytes", m.bytes());
    map.put("type", m.type());
    map.put("runs", m.problem().isEmpty());
    m.problem().ifPresent(p -> map.put("why", p));
    return map;
  }

  /** Columns as wide as what is in them; the last one, which may be a sentence, at the end. */
  private static void print(PrintWriter out, List<String[]> rows) {
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < row.length; c++) {
        int column = c;
        int width = rows.stream().mapToInt(r -> r[column].length()).max().orElse(0);
        line.append(row[c]).append(" ".repeat(width - row[c].length() + 2));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
