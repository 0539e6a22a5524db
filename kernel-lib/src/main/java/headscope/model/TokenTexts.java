package headscope.model;

import java.util.Arrays;

/**
 * What each token adds to a text, special tokens included; a character that is split over several
 * tokens is added by its last one.
 */
public final class TokenTexts {
  private final Tokenizer tokenizer;
  private int[] ids = new int[0];
  private String done = "";
  private String text = "";

  TokenTexts(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** What the next token adds. */
  public String next(int id) {
    ids = Arrays.copyOf(ids, ids.length + 1);
    ids[ids.length - 1] = id;
    text = tokenizer.decode(ids, false);
    return text.endsWith("\ufffd") ? "" : rest();
  }

  /** What there is of a character whose last token is missing. */
  String rest() {
    if (!text.startsWith(done)) {
      return "";
    }
    String added = text.substring(done.length());
    done = text;
    return added;
  }

  @Override
  public String toString() {
    return "TokenTexts[" + tokenizer + "]";
  }
}
