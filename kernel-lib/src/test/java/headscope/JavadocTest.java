package headscope;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** What is public is explained, and an array of numbers has its shape: {@code [steps, heads]}. */
class JavadocTest {
  private static final Path SOURCES = Path.of("src/main/java");

  /**
   * {@code [heads]}, {@code [layers * heads]}, {@code [B, H, L]}; a range {@code [0, 3)} is none.
   */
  private static final Pattern SHAPE = Pattern.compile("\\[[a-zA-Z][^\\[\\]()]*]");

  private static final Pattern NUMBERS = Pattern.compile("(double|float|int|long)(\\[])+");

  /** Looks at the public classes of one file. */
  private static final class Look extends TreePathScanner<Void, Void> {
    private final DocTrees docs;
    private final CompilationUnitTree unit;
    private final List<String> findings;

    Look(DocTrees docs, CompilationUnitTree unit, List<String> findings) {
      this.docs = docs;
      this.unit = unit;
      this.findings = findings;
    }

    private String doc(TreePath path) {
      DocCommentTree tree = docs.getDocCommentTree(path);
      return tree == null ? "" : tree.toString();
    }

    private void find(String what, Tree where) {
      long line =
          unit.getLineMap().getLineNumber(docs.getSourcePositions().getStartPosition(unit, where));
      findings.add(
          SOURCES.relativize(Path.of(unit.getSourceFile().getName())) + ":" + line + " " + what);
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      boolean inInterface =
          getCurrentPath().getParentPath().getLeaf() instanceof ClassTree outer
              && outer.getKind() == Tree.Kind.INTERFACE;
      if (!type.getModifiers().getFlags().contains(Modifier.PUBLIC) && !inInterface) {
        return null; // and nothing in it is public
      }
      String doc = doc(getCurrentPath());
      if (doc.isBlank()) {
        find("public " + type.getSimpleName() + " has no Javadoc", type);
      }
      if (type.getKind() == Tree.Kind.RECORD) {
        for (Tree member : type.getMembers()) {
          if (member instanceof VariableTree field
              && !field.getModifiers().getFlags().contains(Modifier.STATIC)) {
            component(field, doc);
          }
        }
      }
      return super.visitClass(type, nothing);
    }

    /** A component is explained in the record's own comment. */
    private void component(VariableTree field, String doc) {
      int at = doc.indexOf("@param " + field.getName() + " ");
      int end = at < 0 ? -1 : doc.indexOf("@param", at + 1);
      String explained = at < 0 ? "" : end < 0 ? doc.substring(at) : doc.substring(at, end);
      if (isNumbers(field.getType()) && !SHAPE.matcher(explained).find()) {
        find("component " + field.getName() + " has no shape, such as [heads]", field);
      }
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      ClassTree type = (ClassTree) getCurrentPath().getParentPath().getLeaf();
      boolean visible =
          method.getModifiers().getFlags().contains(Modifier.PUBLIC)
              || type.getKind() == Tree.Kind.INTERFACE
                  && !method.getModifiers().getFlags().contains(Modifier.PRIVATE);
      boolean inherits =
          method.getModifiers().getAnnotations().stream()
              .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
      boolean compact = method.getReturnType() == null && method.getName().contentEquals("<init>");
      if (visible && !inherits && !(compact && type.getKind() == Tree.Kind.RECORD)) {
        boolean numbers =
            method.getReturnType() != null && isNumbers(method.getReturnType())
                || method.getParameters().stream()
                    .anyMatch(p -> !isList(p) && isNumbers(p.getType()));
        String doc = doc(getCurrentPath());
        if (numbers && !SHAPE.matcher(doc).find()) {
          find(type.getSimpleName() + "." + method.getName() + " has no shape", method);
        }
      }
      return null;
    }

    /** {@code int... ids} is a list of numbers one after the other. */
    private static boolean isList(VariableTree parameter) {
      return parameter.toString().contains("...");
    }

    private static boolean isNumbers(Tree type) {
      return NUMBERS.matcher(type.toString()).matches();
    }
  }

  @Test
  void publicClassesAreExplainedAndArraysHaveShapes() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> findings = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> paths = Files.walk(SOURCES)) {
      List<Path> sources = paths.filter(p -> p.toString().endsWith(".java")).toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
      DocTrees docs = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        new Look(docs, unit, findings).scan(unit, null);
      }
      assertThat(sources.size()).isGreaterThan(100);
    }
    assertThat(findings).isEmpty();
  }

  @Test
  void everyRoomIsExplained() throws IOException {
    try (Stream<Path> rooms = Files.list(SOURCES.resolve("headscope"))) {
      for (Path room : rooms.toList()) {
        assertThat(room.resolve("package-info.java")).exists().content().contains("/**");
      }
    }
  }

  private static final Path IMPORTS = Path.of("../notebooks/imports.jshell");

  /** Of what the notebooks import, and of a room itself. */
  private static final String PREAMBLE =
      """
      import java.io.*;
      import java.nio.file.*;
      import java.time.*;
      import java.util.*;
      import com.google.gson.JsonObject;
      """;

  /** What examples speak of and do not make. */
  private static final String GIVEN =
      """
      LanguageModel model;
      Prompt prompt;
      Trace trace;
      ScoreMatrix scores;
      DynamismResult result;
      List<ScoredGeneration> generations;
      """;

  private static final Pattern EXAMPLE = Pattern.compile("(?s) \\* <pre>\n(.*?) \\* </pre>");

  /** An example as a class that javac reads from memory; its name tells where it stands. */
  private static final class Example extends SimpleJavaFileObject {
    private final String code;

    Example(String name, String code) {
      super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }

  /** The examples of a room's comment that are Java: those with a statement. */
  private static List<Example> examples(Path room) throws IOException {
    String comment = Files.readString(room.resolve("package-info.java"));
    List<Example> found = new ArrayList<>();
    Matcher matcher = EXAMPLE.matcher(comment);
    while (matcher.find()) {
      String body = matcher.group(1).replaceAll("(?m)^ \\*", "").replace("{@code", "");
      if (body.contains(";")) {
        String name = "Example_" + room.getFileName() + "_" + found.size();
        found.add(
            new Example(
                name,
                PREAMBLE
                    + String.join("\n", Files.readAllLines(IMPORTS))
                    + ("\nimport headscope." + room.getFileName() + ".*;\nclass " + name + " {\n")
                    + GIVEN
                    + "void example() throws Exception {\n"
                    + body
                    + "}\n}\n"));
      }
    }
    return found;
  }

  @Test
  void theExamplesOfRoomsCompile() throws IOException {
    List<Example> all = new ArrayList<>();
    try (Stream<Path> rooms = Files.list(SOURCES.resolve("headscope"))) {
      for (Path room : rooms.sorted().toList()) {
        List<Example> own = examples(room);
        assertThat(own.isEmpty()).as(room + " has no example").isEqualTo(room.endsWith("cli"));
        all.addAll(own);
      }
    }
    DiagnosticCollector<JavaFileObject> findings = new DiagnosticCollector<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task =
        (JavacTask)
            compiler.getTask(
                null, null, findings, List.of("-proc:none", "-implicit:none"), null, all);
    task.parse();
    task.analyze();
    assertThat(findings.getDiagnostics()).isEmpty();
  }
}
