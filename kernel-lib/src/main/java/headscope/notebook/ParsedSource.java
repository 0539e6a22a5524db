package headscope.notebook;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Java source as the compiler reads it; nothing is compiled, and what is wrong in it is passed
 * over.
 *
 * @param docs reads its Javadoc comments
 * @param unit what it declares
 */
record ParsedSource(DocTrees docs, CompilationUnitTree unit) {
  private static final URI PLACE = URI.create("string:///S.java");

  static ParsedSource of(String source) {
    JavaFileObject file =
        new SimpleJavaFileObject(PLACE, JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, problem -> {}, null, null, List.of(file));
    try {
      CompilationUnitTree unit = task.parse().iterator().next();
      return new ParsedSource(DocTrees.instance(task), unit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
