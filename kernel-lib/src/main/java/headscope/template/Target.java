package headscope.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** What an assignment or a loop sets. */
sealed interface Target {
  void assign(Scope scope, Object value);

  /** Fails if the target cannot be set, before the value is computed. */
  default void check(Scope scope) {}

  record Variable(String name) implements Target {
    @Override
    public void assign(Scope scope, Object value) {
      scope.set(name, value);
    }
  }

  record Field(String namespace, String name) implements Target {
    @Override
    public void check(Scope scope) {
      if (!(scope.get(namespace) instanceof Namespace)) {
        throw Failure.value("cannot assign attribute on non-namespace object");
      }
    }

    @Override
    public void assign(Scope scope, Object value) {
      check(scope);
      ((Namespace) scope.get(namespace)).attributes.put(name, value);
    }
  }

  record Several(List<Target> targets) implements Target {
    @Override
    public void check(Scope scope) {
      targets.forEach(target -> target.check(scope));
    }

    @Override
    public void assign(Scope scope, Object value) {
      Iterator<Object> items = Values.iterate(scope.run, value);
      List<Object> values = new ArrayList<>();
      while (items.hasNext() && values.size() <= targets.size()) {
        values.add(items.next());
      }
      if (values.size() != targets.size()) {
        throw Failure.value(
            (values.size() < targets.size() ? "not enough" : "too many")
                + " values to unpack (expected "
                + targets.size()
                + ")");
      }
      for (int i = 0; i < values.size(); i++) {
        targets.get(i).assign(scope, values.get(i));
      }
    }
  }
}
