package headscope.probe;

import headscope.failure.Section;
import headscope.probe.HeadProbe.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * A probe beside its baselines, all judged on the test pairs: Table 2 of a classifier, Table 3 of a
 * regressor. Each classifier has the threshold of its own best F1 on the validation pairs, but for
 * the one that names heads and no probabilities.
 *
 * <pre>
 *   ProbeReport.of(probe, split).toTable();    // predictor, F1, precision, recall, AUPRC, ...
 * </pre>
 *
 * @param kind what is predicted
 * @param classified of a classifier: predictor to how well it does, the probe first; else empty
 * @param regressed of a regressor: the same; else empty
 */
public record ProbeReport(
    Kind kind, Map<String, Classification> classified, Map<String, Regression> regressed) {

  public ProbeReport {
    classified = Collections.unmodifiableMap(new LinkedHashMap<>(classified));
    regressed = Collections.unmodifiableMap(new LinkedHashMap<>(regressed));
  }

  /**
   * The probe beside ridge regression, of a classifier logistic regression (where hidden size times
   * heads is at most {@link Baseline#LOGISTIC_WEIGHTS}), the mean pattern, and the same heads as
   * the step before.
   *
   * @param probe trained on that split
   */
  public static ProbeReport of(HeadProbe probe, Split split) {
    List<Baseline> baselines = new ArrayList<>();
    long weights = (long) split.training().hiddenSize() * split.training().heads();
    if (probe.kind() == Kind.CLASSIFIER && weights <= Baseline.LOGISTIC_WEIGHTS) {
      baselines.add(Baseline.logistic(split));
    }
    baselines.add(Baseline.ridge(split, probe.kind()));
    baselines.add(Baseline.meanPattern(split, probe.kind()));
    baselines.add(Baseline.stepBefore(probe.kind()));
    return of(probe, split, baselines);
  }

  /**
   * The probe beside some baselines.
   *
   * @throws IllegalArgumentException if the probe is of another offset than the split, or its
   *     hidden states or heads are not as many
   */
  public static ProbeReport of(HeadProbe probe, Split split, List<Baseline> baselines) {
    if (probe.offset() != split.test().offset()
        || probe.layers() * probe.headsPerLayer() != split.test().heads()) {
      throw Section.CORRELATION.wrong(
          "a probe is judged on what it was trained for, got "
              + probe
              + " of offset "
              + probe.offset()
              + " and "
              + split.test());
    }
    List<Baseline> all = new ArrayList<>();
    all.add(Baseline.of("probe", probe::predict));
    all.addAll(baselines);
    Map<String, Classification> classified = new LinkedHashMap<>();
    Map<String, Regression> regressed = new LinkedHashMap<>();
    double[][] targets = ProbeTraining.targets(probe.kind(), split.test());
    for (Baseline b : all) {
      double[][] predicted = b.predict(split.test());
      if (probe.kind() == Kind.REGRESSOR) {
        regressed.put(b.name(), Regression.of(predicted, targets));
      } else {
        double threshold = b.threshold(split.validation());
        classified.put(b.name(), Classification.of(predicted, targets, threshold));
      }
    }
    return new ProbeReport(probe.kind(), classified, regressed);
  }

  /**
   * One row a predictor. Of a classifier: columns {@code predictor, F1, precision, recall, AUPRC},
   * all micro, the four again as {@code macro …}, {@code threshold} and {@code positives}. Of a
   * regressor: {@code predictor, MSE, MAE, R2, flat R2, weighted R2}.
   */
  public Table toTable() {
    return kind == Kind.CLASSIFIER ? classification() : regression();
  }

  private Table classification() {
    Table table = Table.create("Table 2", StringColumn.create("predictor"));
    for (String column :
        List.of(
            "F1",
            "precision",
            "recall",
            "AUPRC",
            "macro F1",
            "macro precision",
            "macro recall",
            "macro AUPRC",
            "threshold")) {
      table.addColumns(DoubleColumn.create(column));
    }
    table.addColumns(IntColumn.create("positives"));
    classified.forEach(
        (name, c) -> {
          append(
              table,
              name,
              c.f1(),
              c.precision(),
              c.recall(),
              c.auprc(),
              c.macroF1(),
              c.macroPrecision(),
              c.macroRecall(),
              c.macroAuprc(),
              c.threshold());
          table.intColumn("positives").append(Math.toIntExact(c.positives()));
        });
    return table;
  }

  private Table regression() {
    Table table = Table.create("Table 3", StringColumn.create("predictor"));
    for (String column : List.of("MSE", "MAE", "R2", "flat R2", "weighted R2")) {
      table.addColumns(DoubleColumn.create(column));
    }
    regressed.forEach(
        (name, r) -> append(table, name, r.mse(), r.mae(), r.r2(), r.flatR2(), r.weightedR2()));
    return table;
  }

  private static void append(Table table, String name, double... values) {
    table.stringColumn(0).append(name);
    for (int i = 0; i < values.length; i++) {
      table.doubleColumn(i + 1).append(values[i]);
    }
  }

  @Override
  public String toString() {
    return "ProbeReport["
        + kind.name().toLowerCase(Locale.ROOT)
        + ", "
        + (classified.isEmpty() ? regressed : classified).keySet()
        + "]";
  }
}
