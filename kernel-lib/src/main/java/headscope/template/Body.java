package headscope.template;

import java.util.List;

/** Statements; {@code names} is null where they have no scope of their own, as in an if. */
record Body(List<Statement> statements, Names names) {

  Flow run(Scope scope, Output out) {
    for (Statement statement : statements) {
      scope.run.enter();
      Flow flow = statement.run(scope, out);
      scope.run.leave();
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }
}
