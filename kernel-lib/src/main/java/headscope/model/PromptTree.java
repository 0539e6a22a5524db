package headscope.model;

import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Prompts as a tree: what several of them have in common, up to the first token that differs, is
 * one node, computed once and held once.
 */
final class PromptTree {
  /** A prompt and its place among the rows. */
  private record Leaf(int row, Continuation of) {
    Prompt prompt() {
      return of.prompt();
    }

    /** The positions that a session computes before its first step. */
    int end() {
      return prompt().length() - 1;
    }
  }

  /**
   * Positions [from, to) of a leaf's prompt, and what goes on behind them: nodes, or the row itself
   * where there are none.
   */
  private record Node(Leaf leaf, int from, int to, List<Node> children) {
    int positions() {
      return to - from;
    }
  }

  /**
   * Nodes behind the same positions lie together, {@link KvCache#layTogether}, that are at least as
   * many eighths as long as the longest of them.
   */
  private static final int EIGHTHS = 7;

  private final ModelConfig config;
  private final List<Continuation> rows;
  private final List<Node> roots = new ArrayList<>();

  /** Whether sessions were opened behind prompts that another generation had read. */
  private boolean taken;

  PromptTree(ModelConfig config, List<Continuation> rows) {
    this.config = config;
    this.rows = rows;
    List<Leaf> leaves = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      leaves.add(new Leaf(i, rows.get(i)));
    }
    leaves.sort(ORDER);
    for (int at = 0; at < leaves.size(); ) {
      int to = at + 1;
      while (to < leaves.size() && alike(leaves.get(at), leaves.get(to))) {
        to++;
      }
      roots.addAll(nodes(leaves.subList(at, to), 0));
      at = to;
    }
  }

  /** Rows that may share positions lie together, those with more in common closer. */
  private static final Comparator<Leaf> ORDER =
      Comparator.comparing((Leaf l) -> l.of().promptMask().hashCode())
          .thenComparing(
              (a, b) -> {
                int common = common(a, b);
                boolean aEnds = common == a.prompt().length();
                boolean bEnds = common == b.prompt().length();
                return aEnds || bEnds
                    ? Boolean.compare(bEnds, aEnds)
                    : Integer.compare(token(a, common), token(b, common));
              });

  /** A token, or another number for it where it is hidden. */
  private static int token(Leaf leaf, int position) {
    int id = leaf.prompt().ids()[position];
    return leaf.of().hidden().contains(position) ? -1 - id : id;
  }

  private static int common(Leaf a, Leaf b) {
    int end = Math.min(a.prompt().length(), b.prompt().length());
    int[] idsA = a.prompt().ids();
    int[] idsB = b.prompt().ids();
    int i = 0;
    while (i < end && idsA[i] == idsB[i]) {
      i++;
    }
    Spans hiddenA = a.of().hidden().within(0, i);
    Spans hiddenB = b.of().hidden().within(0, i);
    int difference = hiddenA.firstDifference(hiddenB);
    return difference < 0 ? i : difference;
  }

  /** Whether rows are computed under one mask and turned by the same frequencies. */
  private boolean alike(Leaf a, Leaf b) {
    return a.of().promptMask().equals(b.of().promptMask())
        && config.sameFrequencies(a.prompt().length(), b.prompt().length());
  }

  /** The nodes behind some position that sorted leaves have in common. */
  private List<Node> nodes(List<Leaf> leaves, int from) {
    List<Node> nodes = new ArrayList<>();
    for (int at = 0; at < leaves.size(); ) {
      int end = leaves.get(at).end();
      int to = at + 1;
      while (to < leaves.size() && shared(leaves.get(to - 1), leaves.get(to)) > from) {
        end = Math.min(end, shared(leaves.get(to - 1), leaves.get(to)));
        to++;
      }
      Leaf first = leaves.get(at);
      nodes.add(
          to == at + 1
              ? new Node(first, from, first.end(), List.of())
              : new Node(first, from, end, nodes(leaves.subList(at, to), end)));
      at = to;
    }
    return nodes;
  }

  /** How many computed positions two neighbours have in common. */
  private static int shared(Leaf a, Leaf b) {
    return Math.min(common(a, b), Math.min(a.end(), b.end()));
  }

  /** What it takes to compute and hold it. */
  Footprint footprint() {
    long computed = taken ? 0 : roots.stream().mapToLong(PromptTree::positions).sum();
    long all = rows.stream().mapToLong(r -> r.prompt().length() - 1).sum();
    long held = 0;
    for (LayerType type : config.layerTypes()) {
      long most = KvCache.positions(type.window());
      held += held(roots, most);
      held += rows.stream().mapToLong(r -> Math.min(most, newPositions(r))).sum();
    }
    return new Footprint(rows.size(), all, computed, held * config.keyValueBytes());
  }

  private static long positions(Node node) {
    return node.positions() + node.children().stream().mapToLong(PromptTree::positions).sum();
  }

  private static long held(List<Node> siblings, long most) {
    long held = 0;
    for (List<Node> together : together(siblings)) {
      held += together.size() * Math.min(most, longest(together));
    }
    return held + siblings.stream().mapToLong(n -> held(n.children(), most)).sum();
  }

  private static int longest(List<Node> nodes) {
    return nodes.stream().mapToInt(Node::positions).max().orElse(0);
  }

  /** Siblings in classes of about one length, each in the order of its rows. */
  private static List<List<Node>> together(List<Node> siblings) {
    List<Node> rest = siblings.stream().filter(n -> n.positions() > 0).toList();
    List<List<Node>> classes = new ArrayList<>();
    while (!rest.isEmpty()) {
      int least = EIGHTHS * longest(rest);
      classes.add(rest.stream().filter(n -> 8 * n.positions() >= least).toList());
      rest = rest.stream().filter(n -> 8 * n.positions() < least).toList();
    }
    return classes;
  }

  private int newPositions(Continuation row) {
    return newPositions(config, row);
  }

  /** The most rows that are computed behind a prompt, its own last one among them. */
  static int newPositions(ModelConfig config, Continuation row) {
    return Math.min(
        row.steering().maxNewTokens(), config.maxPositions() - row.prompt().length() + 1);
  }

  /** Sessions of all rows, in their order. */
  List<Session> open(Network network) {
    Session[] sessions = new Session[rows.size()];
    try {
      synchronized (network) {
        Optional<List<Session>> again = network.kept().again(config, rows);
        taken = again.isPresent();
        if (taken) {
          return again.get();
        }
        if (rows.size() > 1) {
          NativeHeap.trim(); // what the rows before left would add to what these take
        }
        open(roots, row -> Session.of(network, row), sessions, network.kernels().lanes());
        network.kept().keep(rows, List.of(sessions));
      }
      return List.of(sessions);
    } catch (Throwable e) {
      for (Session s : sessions) {
        if (s != null) {
          s.close();
        }
      }
      throw e;
    }
  }

  /** Those of siblings and of all behind them. */
  private void open(
      List<Node> siblings, Function<Continuation, Session> unread, Session[] sessions, int lanes) {
    Map<Node, Session> opened = new IdentityHashMap<>();
    try {
      siblings.forEach(n -> opened.put(n, unread.apply(n.leaf().of())));
      for (List<Node> together : together(siblings)) {
        if (together.size() > 1) {
          KvCache.layTogether(
              together.stream().map(n -> opened.get(n).cache()).toList(), longest(together));
        }
      }
      Lanes.each(
          lanes,
          siblings.size(),
          i -> {
            Node node = siblings.get(i);
            Continuation row = node.leaf().of();
            int room = node.children().isEmpty() ? newPositions(row) : 0;
            opened.get(node).read(row.promptMask(), node.to(), room, rows.size() == 1);
            if (rows.size() > 1) {
              NativeHeap.trim(); // what reading leaves of many adds up to hundreds of MB
            }
          });
      for (Node node : siblings) {
        Session session = opened.get(node);
        if (node.children().isEmpty()) {
          sessions[node.leaf().row()] = session;
          opened.remove(node);
        } else {
          open(node.children(), session::behind, sessions, lanes);
        }
      }
    } finally {
      opened.values().forEach(Session::close);
    }
  }
}
