package headscope.template;

/** Text under construction that pays as it grows. */
final class Output {
  private final Run run;
  private final StringBuilder text = new StringBuilder();

  Output(Run run) {
    this.run = run;
  }

  Output append(String piece) {
    run.requireShort(text.length() + (long) piece.length());
    run.spendText(piece.length());
    text.append(piece);
    return this;
  }

  /** Appends a value as text; on a page escaped unless it is marked safe. */
  void print(Object value) {
    append(run.onPage ? Markup.of(onPage(value)).text() : Printer.str(run, value));
  }

  /** A page has no use for a value that is not there, nor for one printed by mistake. */
  private static Object onPage(Object value) {
    Values.requireDefined(value);
    if (Values.isText(value) || value instanceof Long) {
      return value instanceof Long ? value.toString() : value;
    }
    throw Failure.value("a page prints texts and integers, not a " + Values.typeName(value));
  }

  /** What has been written as a value; that of a page is markup. */
  Object value() {
    return run.onPage ? new Markup(text.toString()) : text.toString();
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
