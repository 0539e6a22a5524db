package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class PaperTest {
  private static final String[] STATISTICS = {
    "static Jaccard", "adjacent Jaccard", "entropy", "heads a step"
  };

  private static Table ours(double adjacent) {
    return Table.create(
        "Table 1",
        StringColumn.create("statistic", STATISTICS),
        DoubleColumn.create("value", .25, adjacent, 2, 3));
  }

  @Test
  void whatCouldNotBeToldIsMissingBesideThePaper() {
    Table told = Paper.table("table1").of("llama3.1-8b").beside("mine", ours(.5));
    assertThat(told.doubleColumn("mine").contains(.5)).isTrue();
    Table untold = Paper.table("table1").of("llama3.1-8b").beside("mine", ours(Double.NaN));
    assertThat(untold.doubleColumn("mine").contains(.25)).isTrue();
    assertThat(untold.doubleColumn("mine").countMissing()).isEqualTo(1);
  }

  @Test
  void aTableOfOtherRowsIsNamed() {
    Table other = ours(.5).where(ours(.5).stringColumn("statistic").isNotEqualTo("entropy"));
    assertThatThrownBy(() -> Paper.table("table1").of("llama3.1-8b").beside("mine", other))
        .hasMessageContaining("entropy");
  }
}
