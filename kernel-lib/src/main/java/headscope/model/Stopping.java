package headscope.model;

/** A row that is read while it is generated, and whose stop rule is asked. */
public final class Stopping {
  private final TokenTexts texts;
  private final StopRule.Reading reading;

  private Stopping(TokenTexts texts, StopRule.Reading reading) {
    this.texts = texts;
    this.reading = reading;
  }

  /**
   * Begins to read a row.
   *
   * @throws CheckpointException if the model has no tokenizer, without which there is no text
   */
  public static Stopping of(LanguageModel model, StopRule rule) {
    return new Stopping(model.tokenizer().texts(), rule.begin());
  }

  /** Reads the token of the step that the row has just taken; whether it has said enough. */
  public boolean after(Generation.Row row) {
    return reading.read(texts.next(row.last().token()), row.ended());
  }

  @Override
  public String toString() {
    return "Stopping[reads a row token by token]";
  }
}
