package headscope.template;

import headscope.template.Token.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Makes expressions of tokens. */
abstract class ExpressionParser extends TokenReader {
  ExpressionParser(List<Token> tokens) {
    super(tokens);
  }

  /** Notes that a variable is read, and gives its name. */
  abstract String read(Token name);

  /** An expression, or several with commas between, which are a tuple. */
  Expression tuple(boolean conditional) {
    return tuple(conditional, false);
  }

  private Expression tuple(boolean conditional, boolean parenthesized) {
    List<Expression> items = new ArrayList<>();
    boolean several = false;
    while (!isTupleEnd()) {
      items.add(conditional ? expression() : nested(this::or));
      if (!skipOperator(",")) {
        break;
      }
      several = true;
    }
    if (!several && !items.isEmpty()) {
      return items.get(0);
    }
    if (!several && !parenthesized) {
      throw unexpected("an expression");
    }
    return new Expression.TupleLiteral(items);
  }

  private boolean isTupleEnd() {
    return current().type() == Type.VARIABLE_END
        || current().type() == Type.BLOCK_END
        || current().isOperator(")");
  }

  Expression expression() {
    return nested(this::conditionalExpression);
  }

  private Expression conditionalExpression() {
    Expression value = or();
    while (skipName("if")) {
      Expression test = or();
      Expression otherwise = skipName("else") ? expression() : null;
      value = new Expression.Conditional(test, value, otherwise);
    }
    return value;
  }

  private Expression or() {
    Expression left = and();
    while (skipName("or")) {
      left = new Expression.Either(true, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (skipName("and")) {
      left = new Expression.Either(false, left, not());
    }
    return left;
  }

  private Expression not() {
    return skipName("not") ? new Expression.Not(nested(this::not)) : comparison();
  }

  private Expression comparison() {
    Token start = current();
    Expression left = sum();
    String operator = comparisonOperator();
    if (operator == null) {
      return left;
    }
    Expression comparing = new Expression.Comparing(operator, left, sum(), start.at());
    Token following = current();
    if (comparisonOperator() != null) {
      throw unsupported("a comparison of more than two values is not supported", following);
    }
    return comparing;
  }

  private String comparisonOperator() {
    Token token = current();
    if (token.type() == Type.OPERATOR
        && Set.of("==", "!=", "<", "<=", ">", ">=").contains(token.text())) {
      return take().text();
    }
    if (skipName("in")) {
      return "in";
    }
    if (token.isName("not") && following().isName("in")) {
      skip(2);
      return "not in";
    }
    return null;
  }

  private Expression sum() {
    return arithmetic(this::concatenation, Operator.ADD, Operator.SUBTRACT);
  }

  private Expression concatenation() {
    Token start = current();
    List<Expression> parts = new ArrayList<>();
    do {
      parts.add(product());
    } while (skipOperator("~"));
    return parts.size() == 1 ? parts.get(0) : new Expression.Concatenation(parts, start.at());
  }

  private Expression product() {
    return arithmetic(
        () -> unary(true),
        Operator.MULTIPLY,
        Operator.DIVIDE,
        Operator.FLOOR_DIVIDE,
        Operator.MODULO);
  }

  private Expression arithmetic(Supplier<Expression> operand, Operator... operators) {
    Expression left = operand.get();
    while (true) {
      Token token = current();
      Operator found = null;
      for (Operator operator : operators) {
        if (token.isOperator(operator.symbol)) {
          found = operator;
        }
      }
      if (found == null) {
        return left;
      }
      take();
      left = new Expression.Calculation(found, left, operand.get(), token.at());
    }
  }

  /** A sign binds tighter than a filter, and both tighter than any operator. */
  private Expression unary(boolean filters) {
    Token token = current();
    boolean signed = token.isOperator("-") || token.isOperator("+");
    Expression value;
    if (signed) {
      take();
      Expression operand = nested(() -> unary(false));
      value = new Expression.Sign(token.text().equals("-"), operand, token.at());
    } else {
      value = primary();
    }
    value = postfix(value);
    if (current().isOperator("**")) {
      throw unsupported("the operator '**' is not supported", current());
    }
    return filters ? filtersAndTests(value) : value;
  }

  private Expression primary() {
    Token token = take();
    switch (token.type()) {
      case NAME:
        Object literal = token.literal();
        return literal == Missing.MISSING
            ? new Expression.Name(read(token), token.at())
            : new Expression.Literal(literal);
      case STRING:
        StringBuilder text = new StringBuilder(token.text());
        while (current().type() == Type.STRING) {
          text.append(take().text());
        }
        return new Expression.Literal(text.toString());
      case INTEGER:
      case FLOAT:
        return new Expression.Literal(token.value());
      default:
        if (token.isOperator("(")) {
          Expression inner = tuple(true, true);
          expectOperator(")");
          return inner;
        }
        if (token.isOperator("[")) {
          return new Expression.ListLiteral(list("]"));
        }
        if (token.isOperator("{")) {
          return dict(token);
        }
        throw unexpected("an expression", token);
    }
  }

  private List<Expression> list(String end) {
    List<Expression> items = new ArrayList<>();
    while (!skipOperator(end)) {
      items.add(expression());
      if (!skipOperator(",")) {
        expectOperator(end);
        break;
      }
    }
    return items;
  }

  private Expression dict(Token start) {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!skipOperator("}")) {
      keys.add(expression());
      expectOperator(":");
      values.add(expression());
      if (!skipOperator(",")) {
        expectOperator("}");
        break;
      }
    }
    return new Expression.DictLiteral(keys, values, start.at());
  }

  private Expression postfix(Expression owner) {
    Expression value = owner;
    while (true) {
      Token token = current();
      if (skipOperator(".")) {
        value = attribute(value);
      } else if (skipOperator("[")) {
        value = subscript(value, token);
      } else if (token.isOperator("(")) {
        value = new Expression.Call(value, arguments(), token.at());
      } else {
        return value;
      }
    }
  }

  private Expression attribute(Expression owner) {
    Token name = take();
    if (name.type() == Type.INTEGER) {
      return new Expression.Item(owner, new Expression.Literal(name.value()), name.at());
    }
    if (name.type() != Type.NAME) {
      throw unexpected("a name or a number", name);
    }
    return new Expression.Attribute(owner, name.text(), name.at());
  }

  private Expression subscript(Expression owner, Token bracket) {
    if (current().isOperator("]")) {
      throw unsupported("an empty subscript is not supported", bracket);
    }
    Expression none = new Expression.Literal(null);
    Expression first = current().isOperator(":") ? none : expression();
    Expression subscript;
    if (skipOperator(":")) {
      Expression to = endsBound() ? none : expression();
      Expression step = skipOperator(":") && !endsBound() ? expression() : none;
      subscript = new Expression.Slice(owner, first, to, step, bracket.at());
    } else {
      subscript = new Expression.Item(owner, first, bracket.at());
    }
    if (current().isOperator(",")) {
      throw unsupported("a subscript with a comma is not supported", current());
    }
    expectOperator("]");
    return subscript;
  }

  private boolean endsBound() {
    return current().isOperator(":") || current().isOperator("]") || current().isOperator(",");
  }

  private ArgumentList arguments() {
    expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!skipOperator(")")) {
      Token token = current();
      if (token.isOperator("**")) {
        throw unsupported("'**' before an argument is not supported", token);
      }
      if (skipOperator("*")) {
        positional.add(new Expression.Spread(expression()));
      } else if (token.type() == Type.NAME && following().isOperator("=")) {
        skip(2);
        if (named.put(token.text(), expression()) != null) {
          throw unsupported("two arguments called '" + token.text() + "'", token);
        }
      } else if (named.isEmpty()) {
        positional.add(expression());
      } else {
        throw unexpected("a named argument");
      }
      if (!skipOperator(",")) {
        expectOperator(")");
        break;
      }
    }
    return new ArgumentList(positional, named);
  }

  private ArgumentList optionalArguments() {
    return current().isOperator("(") ? arguments() : ArgumentList.EMPTY;
  }

  // ---- filters and tests -----------------------------------------------------------------------

  private Expression filtersAndTests(Expression input) {
    Expression value = input;
    while (true) {
      Token token = current();
      if (skipOperator("|")) {
        Token name = filterName();
        ArgumentList arguments = optionalArguments();
        checkNested(name, arguments);
        value = new Expression.Filtered(value, name.text(), arguments, name.at());
      } else if (skipName("is")) {
        value = test(value);
      } else if (token.isOperator("(")) {
        value = new Expression.Call(value, arguments(), token.at());
      } else {
        return value;
      }
    }
  }

  Token filterName() {
    Token name = expect(Type.NAME);
    placed(name, () -> Filters.require(name.text()));
    return name;
  }

  /** The filter or test that a filter is to apply, where it is a literal, is known now. */
  private static void checkNested(Token filter, ArgumentList arguments) {
    int at = filter.text().endsWith("attr") ? 1 : 0;
    if (arguments.positional().size() > at
        && arguments.positional().get(at) instanceof Expression.Literal literal
        && literal.value() instanceof String name) {
      switch (filter.text()) {
        case "map":
          placed(filter, () -> Filters.require(name));
          break;
        case "select":
        case "reject":
        case "selectattr":
        case "rejectattr":
          placed(filter, () -> Tests.require(name));
          break;
        default:
      }
    }
  }

  private static void placed(Token token, Runnable check) {
    try {
      check.run();
    } catch (Failure failure) {
      throw new TemplateException(failure.kind, failure.getMessage(), token.at());
    }
  }

  private Expression test(Expression value) {
    boolean negated = skipName("not");
    Token name = expect(Type.NAME);
    placed(name, () -> Tests.require(name.text()));
    ArgumentList arguments = ArgumentList.EMPTY;
    if (current().isOperator("(")) {
      arguments = arguments();
    } else if (current().beginsArgument()) {
      Expression argument = nested(() -> postfix(primary()));
      arguments = new ArgumentList(List.of(argument), Map.of());
    }
    Expression test = new Expression.Tested(value, name.text(), arguments, name.at());
    return negated ? new Expression.Not(test) : test;
  }
}
