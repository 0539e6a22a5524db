package headscope.verify;

import headscope.html.HeatGrid;
import headscope.html.Templates;
import headscope.html.Visible;
import headscope.page.Page;
import headscope.template.Markup;
import headscope.verify.VerifyReport.Heads;
import headscope.verify.VerifyReport.Place;
import headscope.verify.VerifyReport.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The page of a report. */
final class VerifyPage {
  private VerifyPage() {}

  static Page of(VerifyReport report) {
    Map<String, Object> values = new LinkedHashMap<>();
    String name = Visible.line(report.model().name());
    int longest = report.prompts().stream().mapToInt(p -> p.tokens()).max().orElse(0);
    int window = report.model().window();
    values.put("name", name);
    values.put("hash", report.model().hash());
    values.put("adapters", report.model().adapters().stream().map(Visible::line).toList());
    values.put("copy", Visible.line(report.copy()));
    values.put("weights", report.weights());
    values.put("versions", String.join(", ", words(report.versions())));
    values.put("environment", String.join(", ", words(report.model().environment())));
    values.put("window", window);
    values.put("reached", longest > window);
    values.put("finding", report.finding());
    values.put(
        "prompts",
        report.prompts().stream()
            .map(p -> Map.of("name", p.name(), "tokens", p.tokens(), "rows", p.rows()))
            .toList());
    values.put("results", report.results().stream().map(VerifyPage::result).toList());
    return new Page(
        name + " against transformers",
        Templates.text(VerifyPage.class, "verify.css"),
        new Markup(Templates.render(VerifyPage.class, "verify.html", values)),
        "");
  }

  private static List<String> words(Map<String, ?> map) {
    return map.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
  }

  private static Map<String, Object> result(Result result) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("dtype", result.dtype());
    o.put("finding", result.finding());
    o.put("places", result.places().stream().map(VerifyPage::place).toList());
    o.put("logits", VerifyReport.number(result.logits().difference()));
    o.put("logitsAllowed", VerifyReport.number(result.logits().allowed()));
    o.put("tokens", result.tokens().same() + " of " + result.tokens().of());
    o.put("tokensApart", result.tokens().apart());
    o.put("map", map(result));
    return o;
  }

  private static Map<String, Object> place(Place place) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("name", place.name());
    o.put("hidden", VerifyReport.number(place.hidden()));
    o.put("hiddenAllowed", VerifyReport.number(place.hiddenAllowed()));
    Optional<Heads> heads = place.itsHeads();
    o.put("weight", heads.map(h -> VerifyReport.number(h.worst())).orElse(""));
    o.put("weightAllowed", heads.map(h -> VerifyReport.number(h.weightAllowed())).orElse(""));
    o.put("argmax", heads.map(h -> h.allSame() + " of " + h.of()).orElse(""));
    o.put("apart", heads.map(h -> "" + h.allApart()).orElse(""));
    o.put("within", place.within());
    return o;
  }

  /** Each head's largest difference, as a share of what is allowed. */
  private static Markup map(Result result) {
    List<Heads> layers = result.places().stream().flatMap(p -> p.itsHeads().stream()).toList();
    int heads = layers.get(0).weight().length;
    List<Double> shares = new ArrayList<>();
    for (Heads layer : layers) {
      Arrays.stream(layer.weight())
          .forEach(w -> shares.add(Math.min(1, w / layer.weightAllowed())));
    }
    return HeatGrid.ofHeads(
            layers.size(),
            heads,
            shares.stream().mapToDouble(s -> s).toArray(),
            share -> share >= 1 ? "over what is allowed" : Math.round(100 * share) + " % of it")
        .html();
  }
}
