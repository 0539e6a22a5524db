package headscope.template;

import headscope.template.TemplateException.Kind;
import headscope.template.Token.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Makes a tree of the tokens of a template, by recursive descent. */
final class Parser extends ExpressionParser {
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

  private final List<Names> scopes = new ArrayList<>();
  private Names names;

  /** Loops around this place, up to the macro or generation block that it is in. */
  private int loops;

  /** Whether this place is in a macro, which may then read its caller, and whether it does. */
  private boolean inMacro;

  private boolean readsCaller;

  private Parser(List<Token> tokens) {
    super(tokens);
  }

  static Body parse(String source) {
    Parser parser = new Parser(Lexer.tokens(source));
    parser.names = parser.scope();
    Body body = new Body(parser.statements(Set.of()), parser.names);
    parser.scopes.forEach(Names::resolve);
    return body;
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

  @Override
  String read(Token name) {
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
    if (RESERVED.contains(word) || word.equals("loop") || name.literal() != Missing.MISSING) {
      throw unsupported("'" + word + "' cannot be set", name);
    }
    return word;
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
}
