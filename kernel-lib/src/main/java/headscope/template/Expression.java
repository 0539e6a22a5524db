package headscope.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A part of a template that has a value. Evaluate it with {@link Scope#eval}. */
sealed interface Expression {
  Object eval(Scope scope);

  private static List<Object> all(Scope scope, List<Expression> expressions) {
    List<Object> values = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> values.add(scope.eval(expression)));
    return values;
  }

  record Literal(Object value) implements Expression {
    @Override
    public Object eval(Scope scope) {
      return value;
    }
  }

  record Name(String name, Position at) implements Expression {
    @Override
    public Object eval(Scope scope) {
      scope.run.at(at);
      return scope.get(name);
    }
  }

  record ListLiteral(List<Expression> items) implements Expression {
    @Override
    public Object eval(Scope scope) {
      return all(scope, items);
    }
  }

  record TupleLiteral(List<Expression> items) implements Expression {
    @Override
    public Object eval(Scope scope) {
      return new Tuple(all(scope, items));
    }
  }

  record DictLiteral(List<Expression> keys, List<Expression> values, Position at)
      implements Expression {
    @Override
    public Object eval(Scope scope) {
      Map<Object, Object> dict = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        Object key = scope.eval(keys.get(i));
        Object value = scope.eval(values.get(i));
        scope.run.at(at);
        Function.put(scope.run, dict, key, value);
      }
      return dict;
    }
  }

  record Attribute(Expression owner, String name, Position at) implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(owner);
      scope.run.at(at);
      return Subscripts.attribute(scope.run, value, name);
    }
  }

  record Item(Expression owner, Expression key, Position at) implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(owner);
      Object index = scope.eval(key);
      scope.run.at(at);
      return Subscripts.item(scope.run, value, index);
    }
  }

  /** Absent bounds are the literal None, as in Python. */
  record Slice(Expression owner, Expression from, Expression to, Expression step, Position at)
      implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(owner);
      Object first = scope.eval(from);
      Object last = scope.eval(to);
      Object by = scope.eval(step);
      scope.run.at(at);
      return Subscripts.slice(scope.run, value, first, last, by);
    }
  }

  record Call(Expression callee, ArgumentList arguments, Position at) implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object function = scope.eval(callee);
      Arguments values = arguments.eval(scope);
      scope.run.at(at);
      return Calls.call(scope.run, function, values);
    }
  }

  /** {@code *items} among the arguments of a call. */
  record Spread(Expression items) implements Expression {
    @Override
    public Object eval(Scope scope) {
      return scope.eval(items);
    }
  }

  record Filtered(Expression input, String name, ArgumentList arguments, Position at)
      implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(input);
      Arguments values = arguments.eval(scope);
      scope.run.at(at);
      return Filters.apply(scope.run, name, value, values);
    }
  }

  record Tested(Expression input, String name, ArgumentList arguments, Position at)
      implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(input);
      Arguments values = arguments.eval(scope);
      scope.run.at(at);
      return Tests.apply(scope.run, name, value, values);
    }
  }

  record Sign(boolean negative, Expression operand, Position at) implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(operand);
      scope.run.at(at);
      return Arithmetic.signed(value, negative);
    }
  }

  record Calculation(Operator operator, Expression left, Expression right, Position at)
      implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object a = scope.eval(left);
      Object b = scope.eval(right);
      scope.run.at(at);
      return Arithmetic.apply(scope.run, operator, a, b);
    }
  }

  /** The operator {@code ~}. */
  record Concatenation(List<Expression> parts, Position at) implements Expression {
    @Override
    public Object eval(Scope scope) {
      List<Object> values = all(scope, parts);
      scope.run.at(at);
      Output text = new Output(scope.run);
      values.forEach(value -> text.append(Printer.str(scope.run, value)));
      return text.toString();
    }
  }

  record Comparing(String operator, Expression left, Expression right, Position at)
      implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object a = scope.eval(left);
      Object b = scope.eval(right);
      scope.run.at(at);
      return Comparison.holds(scope.run, operator, a, b);
    }
  }

  /** {@code and} and {@code or}, which give one of their operands. */
  record Either(boolean or, Expression left, Expression right) implements Expression {
    @Override
    public Object eval(Scope scope) {
      Object value = scope.eval(left);
      return Values.truth(value) == or ? value : scope.eval(right);
    }
  }

  record Not(Expression operand) implements Expression {
    @Override
    public Object eval(Scope scope) {
      return !Values.truth(scope.eval(operand));
    }
  }

  /** {@code then if test else otherwise}; {@code otherwise} may be null. */
  record Conditional(Expression test, Expression then, Expression otherwise) implements Expression {
    @Override
    public Object eval(Scope scope) {
      if (Values.truth(scope.eval(test))) {
        return scope.eval(then);
      }
      return otherwise == null
          ? new Undefined(
              "the inline if-expression evaluated to false and no else section was defined.")
          : scope.eval(otherwise);
    }
  }
}
