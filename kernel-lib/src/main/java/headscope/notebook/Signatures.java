package headscope.notebook;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/** Declarations as a reader wants them: without bodies and annotations. */
final class Signatures {
  private Signatures() {}

  /**
   * A class, or a member of it.
   *
   * @param in the class
   */
  static String of(ClassTree in, Tree member) {
    if (member instanceof MethodTree method) {
      boolean constructor = method.getReturnType() == null;
      String parameters =
          method.getParameters().stream()
              .map(p -> type(p) + " " + p.getName())
              .collect(Collectors.joining(", "));
      return flags(method.getModifiers())
          + generic(method.getTypeParameters(), " ")
          + (constructor ? "" : method.getReturnType() + " ")
          + (constructor ? in.getSimpleName() : method.getName())
          + "("
          + parameters
          + ")"
          + listed(" throws ", method.getThrows());
    }
    if (member instanceof VariableTree field) {
      return in.getKind() == Tree.Kind.ENUM && type(field).contentEquals(in.getSimpleName())
          ? field.getName().toString()
          : flags(field.getModifiers()) + type(field) + " " + field.getName();
    }
    return ofClass((ClassTree) member);
  }

  private static String ofClass(ClassTree type) {
    boolean isRecord = type.getKind() == Tree.Kind.RECORD;
    String components =
        type.getMembers().stream()
            .filter(m -> isRecord && m instanceof VariableTree)
            .map(VariableTree.class::cast)
            .filter(f -> !f.getModifiers().getFlags().contains(Modifier.STATIC))
            .map(f -> type(f) + " " + f.getName())
            .collect(Collectors.joining(", ", "(", ")"));
    String kind = type.getKind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    boolean isInterface = type.getKind() == Tree.Kind.INTERFACE;
    return flags(type.getModifiers()).replaceAll(isRecord ? "(static|final) " : "static ", "")
        + kind
        + " "
        + type.getSimpleName()
        + generic(type.getTypeParameters(), "")
        + (isRecord ? components : "")
        + (type.getExtendsClause() == null ? "" : " extends " + type.getExtendsClause())
        + listed(isInterface ? " extends " : " implements ", type.getImplementsClause());
  }

  static ModifiersTree modifiers(Tree member) {
    return member instanceof MethodTree method
        ? method.getModifiers()
        : member instanceof VariableTree field
            ? field.getModifiers()
            : member instanceof ClassTree type ? type.getModifiers() : null;
  }

  private static String flags(ModifiersTree modifiers) {
    return modifiers.getFlags().stream()
        .filter(m -> m != Modifier.PUBLIC)
        .map(m -> m + " ")
        .collect(Collectors.joining());
  }

  private static String type(VariableTree variable) {
    String type = String.valueOf(variable.getType());
    boolean varargs = variable.toString().contains("...");
    return varargs ? type.replaceAll("\\[]$", "...") : type;
  }

  private static String generic(List<? extends Tree> parameters, String after) {
    return parameters.isEmpty()
        ? ""
        : parameters.stream().map(Tree::toString).collect(Collectors.joining(", ", "<", ">"))
            + after;
  }

  private static String listed(String before, List<? extends Tree> names) {
    return names.isEmpty()
        ? ""
        : before + names.stream().map(Tree::toString).collect(Collectors.joining(", "));
  }
}
