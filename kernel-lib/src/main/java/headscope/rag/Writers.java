package headscope.rag;

import headscope.model.Generation;
import headscope.model.LanguageModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The answers to some prompts, being written together: in every round all that have a token to
 * write do so in one pass, until one of them has looked something up, or has ended.
 */
final class Writers implements AutoCloseable {
  private final LanguageModel model;
  private final List<Prefill> prefills = new ArrayList<>();
  private final List<List<Writing>> writings = new ArrayList<>();

  Writers(LanguageModel model, List<DynamicRag.Asked> asked) {
    this.model = model;
    try {
      for (DynamicRag.Asked one : asked) {
        Prefill prefill = new Prefill(model, one.prompt());
        prefills.add(prefill);
        List<Writing> ofPrompt = new ArrayList<>();
        writings.add(ofPrompt);
        for (DynamicRag way : one.ways()) {
          ofPrompt.add(new Writing(way, prefill, ofPrompt));
        }
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** For each prompt the run of each way. */
  List<List<RagRun>> run(Consumer<Generation> watch) {
    List<Writing> all = writings.stream().flatMap(List::stream).toList();
    List<Writing> due = due(all);
    while (!due.isEmpty()) {
      round(due, watch);
      due = due(all);
    }
    return writings.stream().map(some -> some.stream().map(Writing::run).toList()).toList();
  }

  /** Those that have a row to compute; whoever waits for another and can go on, does. */
  private static List<Writing> due(List<Writing> all) {
    all.forEach(Writing::retrieveIfKnown);
    return all.stream().filter(Writing::writes).toList();
  }

  private void round(List<Writing> due, Consumer<Generation> watch) {
    Generation generation =
        Generation.behind(
            model,
            due.stream().map(Writing::session).toList(),
            due.stream().map(Writing::generated).toList(),
            due);
    boolean together = true;
    while (together && generation.going()) {
      for (Generation.Row row : generation.advance()) {
        together &= due.get(row.index()).take(row.last());
      }
      watch.accept(generation);
    }
    if (together) { // all that are left are at the limit of tokens, at which RIND looks once more
      due.stream().filter(Writing::writes).forEach(Writing::takeLast);
    }
  }

  @Override
  public void close() {
    writings.forEach(some -> some.forEach(Writing::close));
    prefills.forEach(Prefill::close);
  }
}
