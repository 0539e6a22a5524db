package headscope.model;

import headscope.head.HeadMask;
import headscope.trace.Spans;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The prompts that a generation read, for the next one, if that continues the same ones and no
 * others: read again they would come out the same to the bit. A next generation of other prompts
 * frees them before it reads its own.
 */
final class KeptPrompts {
  /** What decides how a prompt is read. */
  private record Key(IntBuffer ids, HeadMask mask, Spans hidden) {
    static Key of(Continuation row) {
      return new Key(IntBuffer.wrap(row.prompt().ids()), row.promptMask(), row.hidden());
    }
  }

  private final Map<Key, Session> held = new LinkedHashMap<>();
  private int keepers;

  /** Prompts are kept from now on, until {@link #end} is called as often. */
  void begin() {
    keepers++;
  }

  /** Frees what is kept, and keeps nothing more, unless another still wants it. */
  void end() {
    if (--keepers == 0) {
      free();
    }
  }

  /** Sessions of rows behind what is kept; empty, and nothing kept any more, for other prompts. */
  Optional<List<Session>> again(ModelConfig config, List<Continuation> rows) {
    Set<Key> asked = rows.stream().map(Key::of).collect(Collectors.toSet());
    if (!asked.equals(held.keySet())) {
      free();
      return Optional.empty();
    }
    List<Session> sessions = new ArrayList<>();
    try {
      for (Continuation row : rows) {
        Session session = held.get(Key.of(row)).behind(row);
        int room = PromptTree.newPositions(config, row);
        sessions.add(session.read(row.promptMask(), row.prompt().length() - 1, room, false));
      }
      return Optional.of(sessions);
    } catch (Throwable e) {
      sessions.forEach(Session::close);
      throw e;
    }
  }

  /** Keeps the prompts of sessions that have read them. */
  void keep(List<Continuation> rows, List<Session> sessions) {
    if (keepers == 0 || rows.size() == 1) { // a row alone has its room behind its prompt
      return;
    }
    for (int i = 0; i < rows.size(); i++) {
      Session session = sessions.get(i);
      held.computeIfAbsent(Key.of(rows.get(i)), key -> session.fork());
    }
  }

  private void free() {
    held.values().forEach(Session::close);
    held.clear();
  }
}
