package headscope.notebook;

import headscope.html.Templates;
import headscope.template.Markup;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Shift+Tab shows: called by our kernel, which finds it by name and loads it apart from the
 * classes of notebooks.
 */
public final class Help {
  private static final String NAME = "((?:[a-z]\\w*\\.)*[A-Z]\\w*(?:\\.[A-Z]\\w*)*)";

  /** {@code trace:headscope.trace.Trace}. */
  private static final Pattern VARIABLE = Pattern.compile("([\\w.]+):(.+)");

  /** {@code int headscope.head.HeadId.layer()}. */
  private static final Pattern ACCESSOR = Pattern.compile(".*?\\s" + NAME + "\\.(\\w+)\\(\\)");

  /** {@code headscope.head.HeadId}, or with parentheses, which a constructor has as well. */
  private static final Pattern TYPE = Pattern.compile(NAME + "(?:<.*>)?(?:\\(.*\\))?");

  private Help() {}

  /** Where the sources of headscope are, for JShell to look into; nothing if they are not there. */
  public static List<Path> sources() {
    return Sources.ours().map(List::of).orElse(List.of());
  }

  /**
   * Signatures with their comments. What a record says of its components stands for its accessors,
   * and a class's own comment for its variables and canonical constructors.
   *
   * @param signatures as JShell writes them: {@code ScoreMatrix CopyPasteScore.of(Trace trace)}
   * @param comments their Javadoc; null where there is none
   * @return text, and HTML
   */
  public static String[] bundle(String[] signatures, String[] comments) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (int i = 0; i < signatures.length; i++) {
      entries.add(entry(plain(signatures[i]), comments[i]));
    }
    Markup html =
        new Markup(
            Templates.render(
                Docs.class, "docs.html", Map.of("whole", entries, "members", List.of())));
    return new String[] {Javadoc.text(html), html.text()};
  }

  private static Map<String, Object> entry(String signature, String comment) {
    Matcher variable = VARIABLE.matcher(signature);
    Matcher accessor = ACCESSOR.matcher(signature);
    Matcher type = TYPE.matcher(signature);
    if (variable.matches()) {
      String declared = Javadoc.shortened(variable.group(2) + " " + variable.group(1));
      Markup about =
          comment != null
              ? Javadoc.of(comment).html()
              : find(variable.group(2).replaceAll("<.*", ""))
                  .map(c -> Docs.of(c).comment())
                  .orElse(new Markup(""));
      return Map.of("signature", declared, "comment", about);
    }
    if (comment == null && accessor.matches()) {
      Optional<Markup> about =
          find(accessor.group(1)).flatMap(c -> Docs.component(c, accessor.group(2)));
      return Map.of(
          "signature", Javadoc.shortened(signature), "comment", about.orElse(new Markup("")));
    }
    if (type.matches()) {
      Optional<Docs> docs = find(type.group(1)).map(Docs::of);
      if (docs.isPresent()) {
        return Map.of("signature", docs.get().signature(), "comment", docs.get().comment());
      }
    }
    return Map.of(
        "signature",
        Javadoc.shortened(signature),
        "comment",
        comment == null ? new Markup("") : Javadoc.of(comment).html());
  }

  /** Later versions of JShell write a record's components after its name wherever it stands. */
  private static String plain(String signature) {
    return signature.replaceAll("\\((?:[^()]*)\\)(?=[.(])", "");
  }

  /** A class of which there are sources, by its name; without its package if it is one of ours. */
  private static Optional<Class<?>> find(String name) {
    List<String> candidates = new ArrayList<>(List.of(name));
    String outer = name.replaceAll("\\..*", "");
    Sources.rooms(outer).forEach(room -> candidates.add(room + "." + name));
    for (String candidate : candidates) {
      String binary = candidate.replaceAll("(?<=[A-Z]\\w{0,99})\\.(?=[A-Z])", "\\$");
      try {
        Class<?> type = Class.forName(binary, false, Help.class.getClassLoader());
        if (Modifier.isPublic(type.getModifiers()) && Sources.of(type).isPresent()) {
          return Optional.of(type);
        }
      } catch (ClassNotFoundException | LinkageError e) {
        // not in this room
      }
    }
    return Optional.empty();
  }
}
