package headscope.model;

import java.util.Map;

/** What a run was asked for, in the words of the trace that it leaves. */
public interface RunOptions {
  /** JSON key to number, text, flag or list, in the order in which the trace has them. */
  Map<String, Object> recorded();
}
