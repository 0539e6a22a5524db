package headscope.model;

import headscope.trace.Hook;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches forward passes while they run. It is shown what it asks for and nothing else: layer by
 * layer, in each layer in the order of {@link Hook}, last the logits. Hooks that nobody watches
 * cost nothing.
 *
 * <pre>
 *   List&lt;float[]&gt; streams = new ArrayList&lt;&gt;();
 *   model.observe(prompt, Observer.of(a -&gt; streams.add(a.values()), Hook.RESID_POST));
 *   streams.get(3);                  // [T * D]: the residual stream behind layer 3
 * </pre>
 *
 * <p>With {@link GenerateOptions#withObserver} it sees the row of every step of a generation; a
 * clean pass that is thrown away is shown as well. {@link LanguageModel#observe} shows every row of
 * a prompt.
 */
public interface Observer {
  /** The hooks that it watches; asked once a pass. */
  Set<Hook> hooks();

  /** Is shown one of them, of one sequence. What is shown is gone when this returns. */
  void see(Activation activation);

  /** Watches some hooks. */
  static Observer of(Consumer<Activation> seen, Hook first, Hook... more) {
    Set<Hook> hooks = EnumSet.of(first, more);
    return new Observer() {
      @Override
      public Set<Hook> hooks() {
        return hooks;
      }

      @Override
      public void see(Activation activation) {
        seen.accept(activation);
      }
    };
  }

  /** Watches every hook. */
  static Observer ofAll(Consumer<Activation> seen) {
    Hook[] all = Hook.values();
    return of(seen, all[0], Arrays.copyOfRange(all, 1, all.length));
  }
}
