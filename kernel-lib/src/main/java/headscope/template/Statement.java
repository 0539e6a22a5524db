package headscope.template;

import java.util.List;
import java.util.Map;

/** A part of a template that writes text or changes variables. */
sealed interface Statement {
  Flow run(Scope scope, Output out);

  record Data(String text) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      out.append(text);
      return Flow.NEXT;
    }
  }

  record Print(Expression expression, Position at) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      scope.run.at(at);
      out.print(scope.eval(expression));
      return Flow.NEXT;
    }
  }

  /** The body of the first true test, or {@code otherwise}. */
  record If(List<Expression> tests, List<Body> bodies, Body otherwise) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      for (int i = 0; i < tests.size(); i++) {
        if (Values.truth(scope.eval(tests.get(i)))) {
          return bodies.get(i).run(scope, out);
        }
      }
      return otherwise.run(scope, out);
    }
  }

  /** {@code test} may be null; {@code testScope} is a scope without statements. */
  record For(
      Target target,
      Expression iterable,
      Expression test,
      Body testScope,
      Body body,
      Body otherwise,
      Position at)
      implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      Object items = scope.eval(iterable);
      scope.run.at(at);
      Loop loop = new Loop(scope.run, test == null ? items : filtered(scope, items));
      // Jinja runs the else part also if every pass ended early.
      boolean completed = false;
      while (loop.hasNext()) {
        Scope inner = scope.inner(body);
        inner.set("loop", loop);
        scope.run.at(at);
        target.assign(inner, loop.next());
        Flow flow = body.run(inner, out);
        if (flow == Flow.BREAK) {
          break;
        }
        completed |= flow == Flow.NEXT;
      }
      return completed ? Flow.NEXT : otherwise.run(scope.inner(otherwise), out);
    }

    private Stream filtered(Scope scope, Object items) {
      return new Stream(
          scope.run,
          () -> Values.iterate(scope.run, items),
          item -> {
            Scope inner = scope.inner(testScope);
            target.assign(inner, item);
            return Values.truth(inner.eval(test)) ? item : Missing.MISSING;
          });
    }
  }

  record Assignment(Target target, Expression expression, Position at) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      scope.run.at(at);
      target.check(scope);
      Object value = scope.eval(expression);
      scope.run.at(at);
      target.assign(scope, value);
      return Flow.NEXT;
    }
  }

  /** {@code {% set target %}…{% endset %}}. */
  record BlockAssignment(Target target, Body body, Position at) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      Output text = new Output(scope.run);
      Flow flow = body.run(scope.inner(body), text);
      if (flow == Flow.NEXT) {
        scope.run.at(at);
        target.assign(scope, text.value());
      }
      return flow;
    }
  }

  /** {@code {% filter name %}…{% endfilter %}}. */
  record FilterBlock(String name, Body body, Position at) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      Output text = new Output(scope.run);
      Flow flow = body.run(scope.inner(body), text);
      if (flow == Flow.NEXT) {
        scope.run.at(at);
        Arguments none = new Arguments(List.of(), Map.of());
        out.print(Filters.apply(scope.run, name, text.value(), none));
      }
      return flow;
    }
  }

  /** {@code {% generation %}}: marks the assistant's words for training; has a scope, no text. */
  record Generation(Body body) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      return body.run(scope.inner(body), out);
    }
  }

  /** The last parameters have the defaults. */
  record MacroDefinition(
      String name,
      List<String> parameters,
      List<Expression> defaults,
      Body body,
      boolean readsCaller)
      implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      scope.set(name, new Macro(this, scope));
      return Flow.NEXT;
    }
  }

  /** {@code {% call macro(…) %}…{% endcall %}}. */
  record CallBlock(Expression.Call call, MacroDefinition caller) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      Object macro = scope.eval(call.callee());
      Arguments given = call.arguments().eval(scope);
      given.named().put(caller.name(), new Macro(caller, scope));
      scope.run.at(call.at());
      out.print(Calls.call(scope.run, macro, given));
      return Flow.NEXT;
    }
  }

  record Jump(Flow flow) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      return flow;
    }
  }
}
