package headscope.verify;

import headscope.model.Activation;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.Observer;
import headscope.safetensors.SafeTensorsWriter;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;

/**
 * What is computed here of one prompt: L layers, H heads, R rows, T tokens, D hidden, V vocabulary,
 * S tokens that follow.
 */
final class OwnRecord {
  private final int[] rows;
  private final long[] sizes; // L, H, R, T, D, V
  private final float[] hidden; // [L + 1, R, D]
  private final float[] pattern; // [L, H, R, T]
  private final float[] logits; // [R, V]
  private Trace trace;

  private OwnRecord(LanguageModel model, Verification.Asked asked) {
    var c = model.config();
    rows = asked.rows();
    int r = rows.length;
    int t = asked.ids().length;
    sizes = new long[] {c.layers(), c.heads(), r, t, c.hidden(), c.vocabulary()};
    hidden = new float[Math.toIntExact((c.layers() + 1L) * r * c.hidden())];
    pattern = new float[Math.toIntExact((long) c.totalHeads() * r * t)];
    logits = new float[Math.toIntExact((long) r * c.vocabulary())];
  }

  /** Runs the prompt, and generates behind it. */
  static OwnRecord of(LanguageModel model, Verification.Asked asked, int tokens) {
    OwnRecord record = new OwnRecord(model, asked);
    Prompt prompt = Prompt.ofIds(asked.ids());
    model.observe(
        prompt,
        Observer.of(record::see, Hook.RESID_PRE, Hook.PATTERN, Hook.RESID_POST, Hook.LOGITS));
    record.trace =
        model.generate(
            prompt,
            Capture.tokens().withLogits(),
            GenerateOptions.defaults().withMaxNewTokens(tokens).withIgnoreEndTokens());
    return record;
  }

  private void see(Activation a) {
    switch (a.hook()) {
      case RESID_PRE -> {
        if (a.layer() == 0) {
          vectors(a, hidden, 0);
        }
      }
      case RESID_POST -> vectors(a, hidden, a.layer() + 1);
      case LOGITS -> vectors(a, logits, 0);
      default -> pattern(a);
    }
  }

  /** Copies the rows of [T, n] that are asked for to [at, row, n]. */
  private void vectors(Activation a, float[] to, int at) {
    float[] values = null;
    int n = a.length();
    for (int r = 0; r < rows.length; r++) {
      if (rows[r] >= a.from() && rows[r] < a.to()) {
        values = values == null ? a.values() : values;
        System.arraycopy(values, (rows[r] - a.from()) * n, to, (at * rows.length + r) * n, n);
      }
    }
  }

  /** The same of [H, T, n], to [layer, head, row, T]: behind a row's own position are zeros. */
  private void pattern(Activation a) {
    float[] values = null;
    int n = a.length();
    int count = a.to() - a.from();
    int heads = (int) sizes[1];
    int t = (int) sizes[3];
    for (int r = 0; r < rows.length; r++) {
      if (rows[r] >= a.from() && rows[r] < a.to()) {
        values = values == null ? a.values() : values;
        for (int h = 0; h < heads; h++) {
          int from = (h * count + rows[r] - a.from()) * n;
          int to = ((a.layer() * heads + h) * rows.length + r) * t;
          System.arraycopy(values, from, pattern, to, Math.min(n, t));
        }
      }
    }
  }

  /**
   * Writes all of it.
   *
   * @return the tokens that followed
   */
  int[] write(Path file) {
    int s = trace.steps().size();
    int v = (int) sizes[5];
    float[] steps = new float[s * v];
    for (int i = 0; i < s; i++) {
      Step step = trace.steps().get(i);
      System.arraycopy(step.logits(), 0, steps, i * v, v);
    }
    new SafeTensorsWriter()
        .floats("hidden", hidden, sizes[0] + 1, sizes[2], sizes[4])
        .floats("pattern", pattern, sizes[0], sizes[1], sizes[2], sizes[3])
        .floats("logits", logits, sizes[2], sizes[5])
        .floats("steps", steps, s, v)
        .write(file);
    return trace.ids();
  }
}
