package headscope.notebook;

import headscope.figure.Figure;
import headscope.figure.NoFontException;
import headscope.html.Card;
import headscope.html.Visible;
import headscope.page.LinkedFigure;
import headscope.page.RagPage;
import headscope.page.TableText;
import headscope.page.TraceExplorer;
import headscope.template.Markup;
import java.lang.reflect.Method;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tech.tablesaw.api.Table;

/**
 * What a value becomes when a cell ends in it. A type of ours has a card of its own in one of the
 * classes named {@code …Cards}; else its table, where it has one; else, of a record, its
 * components.
 */
final class Displays {
  /** Characters of a text in a line. */
  private static final int LINE = 240;

  private static final Map<Class<?>, Function<Object, Bundle>> OWN = new LinkedHashMap<>();

  static {
    own(Table.class, Displays::table);
    own(Figure.class, Displays::figure);
    own(LinkedFigure.class, x -> overPicture(x.fragment(), x.figure(), x.toString()));
    own(TraceExplorer.class, x -> overPicture(x.fragment(), x.figure(), x.toString()));
    own(RagPage.class, x -> both(new Markup(x.fragment()), x.toString()));
    ModelCards.register();
    TraceCards.register();
    ScoreCards.register();
    ResultCards.register();
    own(Columns.class, Displays::columns);
    own(Docs.class, x -> both(x.html(), x.toString()));
  }

  private Displays() {}

  private static <T> void own(Class<T> type, Function<T, Bundle> form) {
    OWN.put(type, value -> form.apply(type.cast(value)));
  }

  /** Shows values of a type as a card; called by the classes of cards. */
  static <T> void card(Class<T> type, Function<T, Card> card) {
    own(type, value -> both(card.apply(value).html(), line(value)));
  }

  /** The forms of a value; empty where it is nothing of ours, and the kernel shows its text. */
  static Optional<Bundle> of(Object value) {
    if (value == null) {
      return Optional.empty();
    }
    for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
      Function<Object, Bundle> own = OWN.get(type);
      if (own != null) {
        return Optional.of(own.apply(value));
      }
    }
    return PlainCards.of(value).or(() -> nameless(value));
  }

  /** Whether values of a type have a form of their own. */
  static boolean hasCard(Class<?> type) {
    return OWN.containsKey(type);
  }

  /** A text of a value in one line: its own, unless that is no more than a class and a number. */
  static String line(Object value) {
    if (value != null && value.getClass().isArray()) {
      return PlainCards.line(value);
    }
    String text = isNameless(value) ? name(value.getClass()) : String.valueOf(value);
    return Visible.cut(Visible.line(text), LINE);
  }

  /** What a class is called: its name without its room, without what the compiler adds. */
  static String name(Class<?> type) {
    Class<?> named = type;
    if (type.isSynthetic() || type.isAnonymousClass()) { // such as a lambda
      named = type.getInterfaces().length > 0 ? type.getInterfaces()[0] : type.getSuperclass();
    }
    String simple = named.getSimpleName();
    return named.getEnclosingClass() == null
        ? simple
        : named.getEnclosingClass().getSimpleName() + "." + simple;
  }

  /** Whether a value's text is the one that every object has, which says nothing. */
  static boolean isNameless(Object value) {
    return value != null
        && String.valueOf(value)
            .equals(value.getClass().getName() + "@" + Integer.toHexString(value.hashCode()));
  }

  private static Optional<Bundle> nameless(Object value) {
    return isNameless(value)
        ? Optional.of(Bundle.text(name(value.getClass()) + ", which has no text of its own"))
        : Optional.empty();
  }

  /** The table of a value that has one. */
  static Optional<Table> tableOf(Object value) {
    try {
      Method method = value.getClass().getMethod("toTable");
      return method.getReturnType() == Table.class
          ? Optional.of((Table) method.invoke(value))
          : Optional.empty();
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  static Bundle both(Markup html, String text) {
    return Bundle.of(Bundle.inOrder("text/html", html.text(), "text/plain", text));
  }

  static Bundle table(Table table) {
    TableText text = TableText.of(table);
    return both(new Markup(text.interactive()), text.plain());
  }

  /** A table as a part of a card. */
  static Markup part(Table table) {
    return new Markup(TableText.of(table).interactive());
  }

  /** A page that can be worked with; the picture beside it is for what cannot show pages. */
  private static Bundle overPicture(String html, Figure picture, String text) {
    Map<String, String> data = new LinkedHashMap<>();
    data.put("text/html", html);
    try {
      data.putAll(figure(picture).data());
    } catch (NoFontException e) {
      return both(new Markup(html), text); // a page needs no font of Java's
    }
    data.put("text/plain", text);
    return new Bundle(data, figure(picture).metadata());
  }

  private static Bundle columns(Columns columns) {
    String png = Base64.getEncoder().encodeToString(columns.png());
    return new Bundle(
        Bundle.inOrder("image/png", png, "text/plain", columns.summary()),
        Map.of("image/png", Map.of("width", columns.width(), "height", columns.height())));
  }

  /** The kernel's own rendering of an image cuts the last bytes off; this one is whole. */
  private static Bundle figure(Figure figure) {
    String png = Base64.getEncoder().encodeToString(figure.png());
    return new Bundle(
        Bundle.inOrder("image/png", png, "text/plain", figure.summary()),
        Map.of("image/png", Map.of("width", figure.width(), "height", figure.height())));
  }
}
