package headscope.study;

import headscope.claim.Finding;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tech.tablesaw.api.Table;

/**
 * What is kept of a part of the study.
 *
 * @param lines JSON objects, one a trial; none where the part reads the run of another
 * @param tables name to table, in the order in which they are listed
 * @param findings on the claims that the part is about
 */
public record Contents(List<String> lines, Map<String, Table> tables, List<Finding> findings) {
  public Contents {
    lines = List.copyOf(lines);
    tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
    findings = List.copyOf(findings);
  }

  @Override
  public String toString() {
    return "Contents["
        + lines.size()
        + " lines, tables "
        + tables.keySet()
        + ", "
        + findings.size()
        + " findings]";
  }
}
