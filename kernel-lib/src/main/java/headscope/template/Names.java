package headscope.template;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The names that one scope mentions, collected while it is parsed.
 *
 * <p>Jinja decides before it renders where a name lives. A name that a scope sets before it reads
 * it, outside any {@code if}, and that no enclosing scope mentions anywhere, is a new variable: it
 * is undefined from the start of the scope until it is set, even if the caller gave a variable of
 * that name.
 */
final class Names {
  private enum Use {
    READ,
    SET,
    SET_IN_BRANCH,
    PARAMETER
  }

  private final Names outer;
  private final Map<String, Use> first = new LinkedHashMap<>();
  private final Set<String> unset = new HashSet<>();
  private int branches;

  Names(Names outer) {
    this.outer = outer;
  }

  void read(String name) {
    first.putIfAbsent(name, Use.READ);
  }

  void set(String name) {
    first.putIfAbsent(name, branches > 0 ? Use.SET_IN_BRANCH : Use.SET);
  }

  void parameter(String name) {
    first.putIfAbsent(name, Use.PARAMETER);
  }

  void enterBranch() {
    branches++;
  }

  void leaveBranch() {
    branches--;
  }

  /** Decides, when all of the template has been parsed. */
  void resolve() {
    first.forEach(
        (name, use) -> {
          if (use == Use.SET && !isMentionedOutside(name)) {
            unset.add(name);
          }
        });
  }

  /** The variables that begin undefined. */
  Set<String> unset() {
    return unset;
  }

  private boolean isMentionedOutside(String name) {
    for (Names names = outer; names != null; names = names.outer) {
      if (names.first.containsKey(name)) {
        return true;
      }
    }
    return false;
  }
}
