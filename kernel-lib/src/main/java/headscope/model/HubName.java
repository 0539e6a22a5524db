package headscope.model;

import headscope.failure.Section;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a model of the Hugging Face hub, such as {@code org/name} or {@code org/name@v2}.
 *
 * @param id {@code org/name}, or {@code name} alone for some old ones
 * @param revision a branch, a tag or a commit; empty for {@code main}
 */
public record HubName(String id, String revision) {
  /** As the hub itself allows: no {@code --} and no {@code ..}, neither . nor - at an end. */
  private static final Pattern ID =
      Pattern.compile(
          "(?!.*(--|\\.\\.))(?!.*\\.git$)(\\b[\\w\\-.]{1,96}\\b/)?\\b[\\w\\-.]{1,96}\\b");

  private static final Pattern REVISION = Pattern.compile("(?!.*(\\.\\.|//))[\\w.][\\w.\\-/+]*");

  public HubName {
    if (!isId(id) || !revision.isEmpty() && !REVISION.matcher(revision).matches()) {
      throw Section.MODEL_NAMES.wrong(
          "\""
              + id
              + (revision.isEmpty() ? "" : "@" + revision)
              + "\" is no name of a model of the Hugging Face hub, such as"
              + " HuggingFaceTB/SmolLM2-135M-Instruct or org/name@revision");
    }
  }

  /** Reads {@code org/name} or {@code org/name@revision}, if the text is one. */
  static Optional<HubName> find(String text) {
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads {@code org/name} or {@code org/name@revision}.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static HubName parse(String text) {
    int at = text.indexOf('@');
    if (text.equals(SmolLm2.NAME)) {
      throw Section.MODEL_NAMES.wrong(SmolLm2.NAME + " is not of the hub: " + SmolLm2.REMEDY);
    }
    if (text.equals(Checkpoint.REFERENCE)) {
      throw Section.MODEL_NAMES.wrong(text + " is in the jar: nothing has to be fetched");
    }
    if (at == text.length() - 1) {
      throw Section.MODEL_NAMES.wrong("\"" + text + "\" lacks a revision behind the @");
    }
    return at < 0
        ? new HubName(text, "")
        : new HubName(text.substring(0, at), text.substring(at + 1));
  }

  static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  @Override
  public String toString() {
    return revision.isEmpty() ? id : id + "@" + revision;
  }
}
