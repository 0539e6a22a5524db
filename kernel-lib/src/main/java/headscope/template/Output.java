package headscope.template;

/** Text under construction that pays as it grows. */
final class Output {
  private final Run run;
  private final StringBuilder text = new StringBuilder();

  Output(Run run) {
    this.run = run;
  }

  Output append(String piece) {
    if (text.length() + (long) piece.length() > Limits.TEXT) {
      throw Failure.limit("a text of more than " + Limits.TEXT + " characters");
    }
    run.spendText(piece.length());
    text.append(piece);
    return this;
  }

  Output appendCodePoint(int codePoint) {
    return append(Character.toString(codePoint));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
