package headscope.notebook;

import com.sun.source.doctree.AttributeTree;
import com.sun.source.doctree.DeprecatedTree;
import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.doctree.SeeTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.doctree.ThrowsTree;
import com.sun.source.doctree.UnknownBlockTagTree;
import com.sun.source.doctree.ValueTree;
import com.sun.source.util.TreePath;
import headscope.template.Markup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Javadoc comment as HTML and as text. Of the HTML in it only elements that structure text come
 * through, without their attributes; all else is shown as it is written.
 */
final class Javadoc {
  private static final Set<String> ELEMENTS =
      Set.of(
          "p",
          "pre",
          "ul",
          "ol",
          "li",
          "dl",
          "dt",
          "dd",
          "em",
          "strong",
          "b",
          "i",
          "code",
          "sup",
          "sub",
          "blockquote",
          "table",
          "thead",
          "tbody",
          "tr",
          "th",
          "td",
          "br",
          "hr",
          "var",
          "h2",
          "h3",
          "h4",
          "cite",
          "q",
          "small",
          "caption");

  private static final Pattern ENTITY =
      Pattern.compile("#\\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\\w{1,31}");

  private static final Pattern SENTENCE =
      Pattern.compile("(?<!\\b(?:Eq|Eqs|Fig|Figs|No|vs|cf|e\\.g|i\\.e))\\.(?=\\s)");

  /** What stands before the tags that explain a member. */
  private static final Map<String, String> HEADINGS =
      Map.of("see", "See", "since", "Since", "apiNote", "Note", "implNote", "Note");

  private final Optional<DocCommentTree> comment;

  private Javadoc(Optional<DocCommentTree> comment) {
    this.comment = comment;
  }

  /** Reads a comment, without its stars. */
  static Javadoc of(String comment) {
    String source = "/**\n" + comment.replace("*/", "*&#47;") + "\n*/ class Comment {}";
    ParsedSource parsed = ParsedSource.of(source);
    TreePath path = new TreePath(new TreePath(parsed.unit()), parsed.unit().getTypeDecls().get(0));
    return new Javadoc(Optional.ofNullable(parsed.docs().getDocCommentTree(path)));
  }

  /** The whole comment, tags in a list below. */
  Markup html() {
    StringBuilder out = new StringBuilder();
    comment.ifPresent(
        c -> {
          out.append("<div>").append(inline(c.getFullBody())).append("</div>");
          StringBuilder tags = new StringBuilder();
          c.getBlockTags().forEach(tag -> block(tags, tag));
          if (tags.length() > 0) {
            out.append("<dl style=\"margin:.5em 0 0\">").append(tags).append("</dl>");
          }
        });
    return new Markup(out.toString());
  }

  /** Its first sentence; the point of an abbreviation that we use ends none. */
  Markup firstSentence() {
    String body = comment.map(c -> inline(c.getFullBody())).orElse("");
    String paragraph = body.split("<(?:p|pre|ul|ol|dl|table)>", 2)[0].strip();
    Matcher end = SENTENCE.matcher(paragraph);
    String sentence = end.find() ? paragraph.substring(0, end.start() + 1) : paragraph;
    // An element that was open ends here.
    return new Markup(sentence.replaceAll("<[^>]*$", ""));
  }

  /** What it says of a parameter or component; nothing where it does not. */
  Optional<Markup> parameter(String name) {
    return comment.stream()
        .flatMap(c -> c.getBlockTags().stream())
        .filter(t -> t instanceof ParamTree p && !p.isTypeParameter())
        .map(ParamTree.class::cast)
        .filter(p -> p.getName().getName().contentEquals(name))
        .map(p -> new Markup(inline(p.getDescription())))
        .findFirst();
  }

  /** HTML of ours as plain text. */
  static String text(Markup html) {
    return html.text()
        .replaceAll("</(p|div|li|dd|pre|tr|dl|ul)>|<br>|<(pre|p|ul|dl)[ >]", "\n$0")
        .replaceAll("<dt[^>]*>", "\n")
        .replaceAll("<dd[^>]*>", "  ")
        .replaceAll("<[^>]*>", "")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&#47;", "/")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
        .replaceAll("\n[ \t]*\n(\\s*\n)+", "\n\n")
        .strip();
  }

  private static void block(StringBuilder out, DocTree tag) {
    if (tag instanceof ParamTree p) {
      String name = p.isTypeParameter() ? "<" + p.getName() + ">" : p.getName().toString();
      item(out, code(name), p.getDescription());
    } else if (tag instanceof ReturnTree r) {
      item(out, "<em>returns</em>", r.getDescription());
    } else if (tag instanceof ThrowsTree t) {
      item(
          out,
          "<em>throws</em> " + code(shortened(t.getExceptionName().toString())),
          t.getDescription());
    } else if (tag instanceof SeeTree s) {
      item(out, "<em>see</em>", s.getReference());
    } else if (tag instanceof DeprecatedTree d) {
      item(out, "<em>deprecated</em>", d.getBody());
    } else if (tag instanceof UnknownBlockTagTree u && HEADINGS.containsKey(u.getTagName())) {
      item(out, HEADINGS.get(u.getTagName()), u.getContent());
    }
  }

  private static void item(StringBuilder out, String name, List<? extends DocTree> text) {
    out.append("<dt>").append(name).append("</dt><dd style=\"margin:0 0 .2em 1.5em\">");
    out.append(inline(text)).append("</dd>");
  }

  private static String inline(List<? extends DocTree> trees) {
    StringBuilder out = new StringBuilder();
    List<String> open = new ArrayList<>();
    for (DocTree tree : trees) {
      if (tree instanceof StartElementTree start) {
        String name = start.getName().toString().toLowerCase(Locale.ROOT);
        if (ELEMENTS.contains(name)) {
          out.append('<').append(name).append('>');
          if (!Set.of("p", "br", "hr", "li", "dt", "dd").contains(name)) {
            open.add(name);
          }
        }
      } else if (tree instanceof EndElementTree end) {
        String name = end.getName().toString().toLowerCase(Locale.ROOT);
        if (open.remove(name)) {
          out.append("</").append(name).append('>');
        }
      } else {
        out.append(one(tree));
      }
    }
    for (int i = open.size() - 1; i >= 0; i--) {
      out.append("</").append(open.get(i)).append('>');
    }
    return out.toString();
  }

  private static String one(DocTree tree) {
    if (tree instanceof TextTree text) {
      return escape(text.getBody());
    }
    if (tree instanceof EntityTree entity) {
      String name = entity.getName().toString();
      return ENTITY.matcher(name).matches() ? "&" + name + ";" : escape(tree.toString());
    }
    if (tree instanceof LiteralTree literal) {
      String body = literal.getBody().getBody();
      return tree.getKind() == DocTree.Kind.CODE ? code(body) : escape(body);
    }
    if (tree instanceof LinkTree link) {
      String label = inline(link.getLabel());
      return label.isBlank()
          ? code(reference(link.getReference().getSignature()))
          : "<code>" + label + "</code>";
    }
    if (tree instanceof ValueTree value) {
      return code(
          value.getReference() == null ? "" : reference(value.getReference().getSignature()));
    }
    if (tree instanceof AttributeTree) {
      return "";
    }
    return escape(tree.toString());
  }

  /** {@code headscope.trace.Trace#save(Path)} as {@code Trace.save(Path)}. */
  private static String reference(String signature) {
    String plain = signature.startsWith("#") ? signature.substring(1) : signature;
    return shortened(plain.replace('#', '.'));
  }

  /** Names without their packages. */
  static String shortened(String names) {
    return names.replaceAll("\\b(?:[a-z][a-zA-Z0-9_]*\\.)+(?=[A-Z])", "");
  }

  private static String code(String text) {
    return "<code>" + escape(text) + "</code>";
  }

  private static String escape(String text) {
    return Markup.escape(text).text();
  }
}
