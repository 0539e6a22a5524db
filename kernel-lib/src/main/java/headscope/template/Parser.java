package headscope.template;

import headscope.template.TemplateException.Kind;
import headscope.template.Token.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Makes a tree of the tokens of a template, by recursive descent. */
final class Parser {
  private static final String TAGS =
      "break, call, continue, filter, for, generation, if, macro, raw, set";

  /** Words of the language, and names to which Jinja gives a meaning that is not supported. */
  private static final Set<String> RESERVED =
      Set.of(
          "and", "else", "if", "in", "is", "not", "or", "caller", "kwargs", "self", "super",
          "varargs");

  private static final String CALLER = "caller";

  /** Python compiles no more loops within each other. */
  private static final int LOOPS = 20;

  private final List<Token> tokens;
  private final List<Names> scopes = new ArrayList<>();
  private Names names;
  private int next;
  private int depth;

  /** Loops around this place, up to the macro or generation block that it is in. */
  private int loops;

  /** Whether this place is in a macro, which may then read its caller, and whether it does. */
  private boolean inMacro;

  private boolean readsCaller;

  private Parser(List<Token> tokens) {
    this.tokens = tokens;
  }

  static Body parse(String source) {
    Parser parser = new Parser(Lexer.tokens(source));
    parser.names = parser.scope();
    Body body = new Body(parser.statements(Set.of()), parser.names);
    parser.scopes.forEach(Names::resolve);
    return body;
  }

  // ---- tokens ----------------------------------------------------------------------------------

  private Token current() {
    return tokens.get(next);
  }

  private Token following() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  private Token take() {
    Token token = current();
    if (token.type() != Type.END) {
      next++;
    }
    return token;
  }

  private boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next++;
    }
    return found;
  }

  private boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next++;
    }
    return found;
  }

  private Token expect(Type type) {
    if (current().type() != type) {
      throw unexpected(type.words);
    }
    return take();
  }

  private void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  private TemplateException unexpected(String wanted) {
    return unexpected(wanted, current());
  }

  private static TemplateException unexpected(String wanted, Token found) {
    String message = "expected " + wanted + ", found " + found.words();
    return new TemplateException(Kind.SYNTAX, message, found.at());
  }

  private static TemplateException unsupported(String message, Token token) {
    return new TemplateException(Kind.UNSUPPORTED, message, token.at());
  }

  /** Parses something that may hold more of its kind. */
  private <T> T nested(Supplier<T> part) {
    if (++depth > Limits.NESTING) {
      throw new TemplateException(
          Kind.LIMIT, "nested deeper than " + Limits.NESTING + " levels", current().at());
    }
    T result = part.get();
    depth--;
    return result;
  }

  // ---- names -----------------------------------------------------------------------------------

  private Names scope() {
    Names scope = new Names(names);
    scopes.add(scope);
    return scope;
  }

  private <T> T in(Names scope, Supplier<T> part) {
    Names around = names;
    names = scope;
    T result = part.get();
    names = around;
    return result;
  }

  private <T> T inBranch(Supplier<T> part) {
    names.enterBranch();
    T result = part.get();
    names.leaveBranch();
    return result;
  }

  private <T> T inFunction(boolean macro, Supplier<T> part) {
    int loopsAround = loops;
    boolean macroAround = inMacro;
    loops = 0;
    inMacro = macro;
    T result = part.get();
    loops = loopsAround;
    inMacro = macroAround;
    return result;
  }

  private String read(Token name) {
    String word = name.text();
    if (word.equals(CALLER) && inMacro) {
      readsCaller = true;
      return word;
    }
    if (RESERVED.contains(word)) {
      throw unsupported("'" + word + "' as the name of a variable is not supported", name);
    }
    names.read(word);
    return word;
  }

  private String settable(Token name) {
    String word = name.text();
    if (RESERVED.contains(word) || word.equals("loop") || literal(word) != Missing.MISSING) {
      throw unsupported("'" + word + "' cannot be set", name);
    }
    return word;
  }

  private static Object literal(String word) {
    switch (word) {
      case "true":
      case "True":
        return true;
      case "false":
      case "False":
        return false;
      case "none":
      case "None":
        return null;
      default:
        return Missing.MISSING;
    }
  }

  // ---- statements ------------------------------------------------------------------------------

  /** Statements up to a tag of these names, whose name is then the current token. */
  private List<Statement> statements(Set<String> ends) {
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = take();
      switch (token.type()) {
        case DATA:
          statements.add(new Statement.Data(token.text()));
          break;
        case VARIABLE_BEGIN:
          statements.add(new Statement.Print(tuple(true), token.at()));
          expect(Type.VARIABLE_END);
          break;
        case BLOCK_BEGIN:
          if (current().type() == Type.NAME && ends.contains(current().text())) {
            return statements;
          }
          statements.add(nested(this::statement));
          expect(Type.BLOCK_END);
          break;
        default:
          if (ends.isEmpty()) {
            return statements;
          }
          throw unexpected("the tag " + String.join(" or ", new TreeSet<>(ends)));
      }
    }
  }

  /** What stands between the rest of a tag and the tag that ends it, whose name is then current. */
  private Body body(Names scope, String... ends) {
    skipOperator(":");
    expect(Type.BLOCK_END);
    Supplier<List<Statement>> statements = () -> statements(Set.of(ends));
    return new Body(scope == null ? statements.get() : in(scope, statements), scope);
  }

  private Statement statement() {
    Token tag = expect(Type.NAME);
    switch (tag.text()) {
      case "if":
        return conditional();
      case "for":
        return loop(tag);
      case "set":
        return assignment(tag);
      case "macro":
        return macro(tag);
      case "filter":
        Token filter = filterName();
        if (current().isOperator("(") || current().isOperator("|")) {
          throw unsupported("a block with more than the name of a filter is not supported", tag);
        }
        Body filtered = body(scope(), "endfilter");
        take();
        return new Statement.FilterBlock(filter.text(), filtered, filter.at());
      case "call":
        return callBlock(tag);
      case "generation":
        Body generated = inFunction(inMacro, () -> body(scope(), "endgeneration"));
        take();
        return new Statement.Generation(generated);
      case "break":
        return jump(tag, Flow.BREAK);
      case "continue":
        return jump(tag, Flow.CONTINUE);
      default:
        boolean misplaced = tag.text().startsWith("el") || tag.text().startsWith("end");
        throw new TemplateException(
            misplaced ? Kind.SYNTAX : Kind.UNSUPPORTED,
            misplaced
                ? "nothing is open that the tag '" + tag.text() + "' could belong to"
                : "the tag '" + tag.text() + "' is not supported; supported are " + TAGS,
            tag.at());
    }
  }

  private Statement jump(Token tag, Flow flow) {
    if (loops == 0) {
      String message = "'" + tag.text() + "' outside of a loop";
      throw new TemplateException(Kind.SYNTAX, message, tag.at());
    }
    return new Statement.Jump(flow);
  }

  private Statement conditional() {
    List<Expression> tests = new ArrayList<>();
    List<Body> bodies = new ArrayList<>();
    Body otherwise = new Body(List.of(), null);
    String end;
    do {
      tests.add(tuple(false));
      bodies.add(inBranch(() -> body(null, "elif", "else", "endif")));
      end = take().text();
    } while (end.equals("elif"));
    if (end.equals("else")) {
      otherwise = inBranch(() -> body(null, "endif"));
      take();
    }
    return new Statement.If(tests, bodies, otherwise);
  }

  private Statement loop(Token tag) {
    Names bodyNames = scope();
    Names testNames = scope();
    Target target =
        target(
            name -> {
              bodyNames.parameter(name);
              testNames.parameter(name);
            },
            false);
    if (!skipName("in")) {
      throw unexpected("'in'");
    }
    Expression iterable = tuple(false);
    Expression test = skipName("if") ? in(testNames, this::expression) : null;
    if (current().isName("recursive")) {
      throw unsupported("a recursive loop is not supported", current());
    }
    if (++loops > LOOPS) {
      throw new TemplateException(Kind.LIMIT, "more than " + LOOPS + " nested loops", tag.at());
    }
    Body body = body(bodyNames, "endfor", "else");
    loops--;
    Body otherwise = new Body(List.of(), scope());
    if (take().text().equals("else")) {
      otherwise = body(scope(), "endfor");
      take();
    }
    Body testScope = new Body(List.of(), testNames);
    return new Statement.For(target, iterable, test, testScope, body, otherwise, tag.at());
  }

  private Statement assignment(Token tag) {
    List<String> set = new ArrayList<>();
    Target target = target(set::add, true);
    if (skipOperator("=")) {
      Expression value = tuple(true);
      set.forEach(names::set);
      return new Statement.Assignment(target, value, tag.at());
    }
    set.forEach(names::set);
    if (current().isOperator("|")) {
      throw unsupported("a filter of a block that is set is not supported", current());
    }
    Body body = body(scope(), "endset");
    take();
    return new Statement.BlockAssignment(target, body, tag.at());
  }

  private Statement macro(Token tag) {
    if (loops > 0) {
      throw unsupported("a macro inside a loop is not supported", tag);
    }
    String name = settable(expect(Type.NAME));
    names.set(name);
    Names inner = scope();
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    expectOperator("(");
    while (!skipOperator(")")) {
      if (!parameters.isEmpty()) {
        expectOperator(",");
      }
      Token parameter = expect(Type.NAME);
      if (parameters.contains(settable(parameter))) {
        throw unsupported("two parameters called '" + parameter.text() + "'", parameter);
      }
      parameters.add(parameter.text());
      inner.parameter(parameter.text());
      if (skipOperator("=")) {
        defaults.add(in(inner, this::expression));
      } else if (!defaults.isEmpty()) {
        throw unexpected("a default, as the parameter before has one");
      }
    }
    boolean around = readsCaller;
    readsCaller = false;
    Body body = inFunction(true, () -> body(inner, "endmacro"));
    take();
    boolean callable = readsCaller;
    readsCaller = around;
    return new Statement.MacroDefinition(name, parameters, defaults, body, callable);
  }

  /** A call of a macro that gets the body as one more macro, called {@code caller}. */
  private Statement callBlock(Token tag) {
    if (current().isOperator("(")) {
      throw unsupported("a call block with parameters is not supported", tag);
    }
    if (!(expression() instanceof Expression.Call call)) {
      throw unexpected("a call");
    }
    Body body = inFunction(false, () -> body(scope(), "endcall"));
    take();
    return new Statement.CallBlock(
        call, new Statement.MacroDefinition(CALLER, List.of(), List.of(), body, false));
  }

  // ---- targets ---------------------------------------------------------------------------------

  private interface NameUse {
    void of(String name);
  }

  private Target target(NameUse use, boolean fields) {
    List<Target> targets = new ArrayList<>();
    targets.add(singleTarget(use, fields));
    boolean several = false;
    while (skipOperator(",")) {
      several = true;
      if (current().isOperator(")")) {
        break;
      }
      targets.add(singleTarget(use, fields));
    }
    return several ? new Target.Several(targets) : targets.get(0);
  }

  private Target singleTarget(NameUse use, boolean fields) {
    if (skipOperator("(")) {
      Target inner = nested(() -> target(use, false));
      expectOperator(")");
      return inner;
    }
    Token name = expect(Type.NAME);
    if (fields && skipOperator(".")) {
      return new Target.Field(read(name), expect(Type.NAME).text());
    }
    use.of(settable(name));
    return new Target.Variable(name.text());
  }

  // ---- expressions -----------------------------------------------------------------------------

  /** An expression, or several with commas between, which are a tuple. */
  private Expression tuple(boolean conditional) {
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

  private Expression expression() {
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
      next += 2;
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
        Object literal = literal(token.text());
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
        next += 2;
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

  private Token filterName() {
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
    } else if (beginsArgument()) {
      Expression argument = nested(() -> postfix(primary()));
      arguments = new ArgumentList(List.of(argument), Map.of());
    }
    Expression test = new Expression.Tested(value, name.text(), arguments, name.at());
    return negated ? new Expression.Not(test) : test;
  }

  /** Whether the argument of a test follows without brackets. */
  private boolean beginsArgument() {
    Token token = current();
    switch (token.type()) {
      case NAME:
        return !Set.of("else", "or", "and").contains(token.text());
      case STRING:
      case INTEGER:
      case FLOAT:
        return true;
      default:
        return token.isOperator("[") || token.isOperator("{");
    }
  }
}
