package headscope.cli;

import picocli.CommandLine.Option;

/** What the static ranking is made of, and how much of it is used. */
final class RankingOptions {
  @Option(
      names = "--ranking-samples",
      paramLabel = "N",
      defaultValue = "24",
      description = "Samples of the static ranking, disjoint from the rest (${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--static",
      paramLabel = "N",
      defaultValue = "20",
      description = "Static heads (${DEFAULT-VALUE}).")
  private int heads;

  /** Samples of the ranking, checked. */
  int samples() {
    ExperimentCommand.atLeastOne("--ranking-samples", samples);
    return samples;
  }

  /** Static heads. */
  int heads() {
    return heads;
  }
}
