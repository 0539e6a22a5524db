package headscope.notebook;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.TreePath;
import headscope.failure.Section;
import headscope.html.Templates;
import headscope.template.Markup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/**
 * The documentation of a class or of its members, on any kernel: as the last line of a cell it
 * shows signatures and Javadoc, read from the sources beside the jar.
 *
 * <pre>
 * Docs.of(CopyPasteScore.class)               // what it is, and its methods
 * Docs.of(CopyPasteScore.class, "byWeight")   // one of them
 * </pre>
 */
public final class Docs {
  /**
   * What is shown of a class or member.
   *
   * @param signature as it is declared
   * @param comment its Javadoc
   */
  private record Entry(String signature, Javadoc comment) {}

  private final List<Entry> whole;
  private final List<Entry> members;

  private Docs(List<Entry> whole, List<Entry> members) {
    this.whole = List.copyOf(whole);
    this.members = List.copyOf(members);
  }

  /**
   * A class, its Javadoc, and what is public in it with the first sentence each.
   *
   * @throws IllegalArgumentException if its sources are not there
   */
  public static Docs of(Class<?> type) {
    Declared declared = Declared.of(type);
    List<Entry> members = new ArrayList<>();
    for (Tree member : declared.tree.getMembers()) {
      if (declared.isPublic(member)) {
        members.add(declared.entry(member));
      }
    }
    Entry itself = declared.entry(declared.tree);
    return new Docs(List.of(itself), members);
  }

  /**
   * The public methods, constructors, constants and classes of that name in a class, or a component
   * of a record.
   *
   * @param member its name; that of the class for constructors
   * @throws IllegalArgumentException if there is none, naming those that are, or the sources are
   *     not there
   */
  public static Docs of(Class<?> type, String member) {
    Declared declared = Declared.of(type);
    List<Entry> found = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Tree tree : declared.tree.getMembers()) {
      if (declared.isPublic(tree) || declared.isComponent(tree)) {
        names.add(declared.name(tree));
        if (declared.name(tree).equals(member)) {
          found.add(declared.entry(tree));
        }
      }
    }
    if (found.isEmpty()) {
      throw Section.KERNEL.wrong(
          Displays.name(type)
              + " declares no public \""
              + member
              + "\"; it declares "
              + names.stream().distinct().collect(Collectors.joining(", ")));
    }
    return new Docs(found, List.of());
  }

  /** What a record says of a component; nothing if it has none of that name or says nothing. */
  static Optional<Markup> component(Class<?> type, String name) {
    return type.isRecord() ? Declared.of(type).comment.parameter(name) : Optional.empty();
  }

  /** The signature of the class or of the first member. */
  String signature() {
    return whole.get(0).signature;
  }

  /** The whole comment of the class or of the first member. */
  Markup comment() {
    return whole.get(0).comment.html();
  }

  /** The documentation as an element. */
  Markup html() {
    return new Markup(
        Templates.render(
            Docs.class,
            "docs.html",
            Map.of(
                "whole",
                whole.stream()
                    .map(e -> Map.of("signature", e.signature, "comment", e.comment.html()))
                    .toList(),
                "members",
                members.stream()
                    .map(
                        e -> Map.of("signature", e.signature, "comment", e.comment.firstSentence()))
                    .toList())));
  }

  /** The documentation as text. */
  @Override
  public String toString() {
    return Javadoc.text(html());
  }

  /** A class as its source declares it. */
  private static final class Declared {
    private final DocTrees docs;
    private final TreePath path;
    private final ClassTree tree;
    private final Javadoc comment;

    private Declared(DocTrees docs, TreePath path) {
      this.docs = docs;
      this.path = path;
      this.tree = (ClassTree) path.getLeaf();
      this.comment = Javadoc.of(comment(path));
    }

    static Declared of(Class<?> type) {
      String source =
          Sources.of(type)
              .orElseThrow(
                  () ->
                      Section.KERNEL.wrong(
                          "the sources of "
                              + type.getName()
                              + " are not here: those of headscope lie beside its jar as"
                              + " headscope-sources.jar, those of the JDK in its lib/src.zip"));
      ParsedSource parsed = ParsedSource.of(source);
      TreePath path = new TreePath(parsed.unit());
      for (String name : names(type)) {
        path = new TreePath(path, member(path.getLeaf(), name));
      }
      return new Declared(parsed.docs(), path);
    }

    private static List<String> names(Class<?> type) {
      List<String> names = new ArrayList<>();
      for (Class<?> c = type; c != null; c = c.getEnclosingClass()) {
        names.add(0, c.getSimpleName());
      }
      return names;
    }

    private static Tree member(Tree in, String name) {
      List<? extends Tree> members =
          in instanceof CompilationUnitTree unit
              ? unit.getTypeDecls()
              : ((ClassTree) in).getMembers();
      return members.stream()
          .filter(m -> m instanceof ClassTree c && c.getSimpleName().contentEquals(name))
          .findFirst()
          .orElseThrow(() -> Section.KERNEL.failed("the source declares no class " + name));
    }

    private String comment(TreePath of) {
      String text = docs.getDocComment(of);
      return text == null ? "" : text;
    }

    Entry entry(Tree member) {
      TreePath at = member == tree ? path : new TreePath(path, member);
      if (isComponent(member)) {
        VariableTree component = (VariableTree) member;
        return new Entry(
            component.getType() + " " + component.getName() + "()",
            Javadoc.of(
                comment.parameter(component.getName().toString()).map(Markup::text).orElse("")));
      }
      return new Entry(Signatures.of(tree, member), Javadoc.of(comment(at)));
    }

    String name(Tree member) {
      if (member instanceof MethodTree method) {
        String name = method.getName().toString();
        return name.equals("<init>") ? tree.getSimpleName().toString() : name;
      }
      return member instanceof VariableTree variable
          ? variable.getName().toString()
          : member instanceof ClassTree type ? type.getSimpleName().toString() : "";
    }

    /** A component of a record, which its source declares as a field that is not static. */
    boolean isComponent(Tree member) {
      return tree.getKind() == Tree.Kind.RECORD
          && member instanceof VariableTree field
          && !field.getModifiers().getFlags().contains(Modifier.STATIC);
    }

    boolean isPublic(Tree member) {
      ModifiersTree modifiers = Signatures.modifiers(member);
      if (modifiers == null || isComponent(member)) {
        return false;
      }
      boolean inInterface = tree.getKind() == Tree.Kind.INTERFACE;
      return modifiers.getFlags().contains(Modifier.PUBLIC)
          || inInterface && !modifiers.getFlags().contains(Modifier.PRIVATE)
          || tree.getKind() == Tree.Kind.ENUM && member instanceof VariableTree;
    }
  }
}
