package headscope.cli;

import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.head.HeadId;
import headscope.score.HeadScores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export-scores",
    description = "Writes a table of scores as head_score JSON: what import-scores reads.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  headscope export-scores llama.csv --out head_score.json"})
final class ExportScoresCommand implements Runnable {
  @Parameters(
      paramLabel = "TABLE",
      description = "CSV with head, sample, score, or with head and score for one sample.")
  private Path table;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The head_score file.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    List<String> lines;
    try {
      lines = Files.readAllLines(table);
    } catch (CharacterCodingException e) {
      throw Section.WRONG_USE.wrong(table + " is no UTF-8 text; save it in UTF-8");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + table + ": " + FileFault.of(e), e);
    }
    String header = lines.isEmpty() ? "" : lines.get(0);
    boolean samples = header.equals("head,sample,score");
    if (!samples && !header.equals("head,score")) {
      throw Section.WRONG_USE.wrong(
          table
              + " begins with head,sample,score or head,score; it begins with \""
              + header
              + "\"");
    }
    Map<HeadId, List<Double>> scores = new TreeMap<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] cells = lines.get(i).split(",", -1);
      try {
        List<Double> list = scores.computeIfAbsent(HeadId.parse(cells[0]), h -> new ArrayList<>());
        int sample = samples ? Integer.parseInt(cells[1]) : 0;
        if (cells.length != (samples ? 3 : 2) || sample != list.size()) {
          throw Section.WRONG_USE.wrong(
              "the samples of a head follow each other from 0 on, each once");
        }
        list.add(Double.parseDouble(cells[cells.length - 1]));
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw Section.WRONG_USE.wrong(
            String.format(
                "%s, line %d, \"%s\": %s; a line is L3-H7%s,0.25",
                table, i + 1, lines.get(i), e.getMessage(), samples ? ",0" : ""));
      }
    }
    int layers = scores.keySet().stream().mapToInt(HeadId::layer).max().orElse(0) + 1;
    int heads = scores.keySet().stream().mapToInt(HeadId::head).max().orElse(0) + 1;
    Map<HeadId, double[]> arrays = new TreeMap<>();
    scores.forEach(
        (head, list) -> arrays.put(head, list.stream().mapToDouble(Double::doubleValue).toArray()));
    HeadScores.of(layers, heads, arrays).save(out);
    spec.commandLine().getOut().println(out);
  }
}
