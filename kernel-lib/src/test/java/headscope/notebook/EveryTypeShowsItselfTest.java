package headscope.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import headscope.head.HeadId;
import headscope.trace.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

/** Whatever public method a cell ends in, its value has an HTML form and a text. */
class EveryTypeShowsItselfTest {
  /** The rooms whose classes a cell can name: those that notebooks import. */
  private static final Set<String> IMPORTED = imported();

  private static Set<String> imported() {
    try {
      return Files.readAllLines(Path.of("../notebooks/imports.jshell")).stream()
          .filter(line -> line.startsWith("import headscope.") && line.endsWith(".*;"))
          .map(line -> line.substring("import ".length(), line.length() - ".*;".length()))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All public classes of ours that a public method returns, alone or in a collection. */
  private static Set<Class<?>> returned() {
    Set<Class<?>> found = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
    for (JavaClass c :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("headscope")) {
      Class<?> type = c.reflect();
      if (isPublic(type) && IMPORTED.contains(type.getPackageName())) {
        for (Method method : type.getMethods()) {
          if (method.getDeclaringClass().getName().startsWith("headscope")) {
            add(found, method.getGenericReturnType());
          }
        }
      }
    }
    return found;
  }

  private static void add(Set<Class<?>> found, Type type) {
    Deque<Type> types = new ArrayDeque<>(List.of(type));
    while (!types.isEmpty()) {
      Type t = types.pop();
      if (t instanceof Class<?> c && c.getName().startsWith("headscope") && isPublic(c)) {
        found.add(c);
      } else if (t instanceof Class<?> c && c.isArray()) {
        types.push(c.getComponentType());
      } else if (t instanceof ParameterizedType p) {
        types.push(p.getRawType());
        List.of(p.getActualTypeArguments()).forEach(types::push);
      } else if (t instanceof GenericArrayType a) {
        types.push(a.getGenericComponentType());
      }
    }
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
  }

  /** Interfaces are shown as what implements them; the walk finds what of that is ours. */
  private static boolean isShownItself(Class<?> type) {
    return !type.isInterface()
        && !Modifier.isAbstract(type.getModifiers())
        && !Throwable.class.isAssignableFrom(type);
  }

  @Test
  void whatAMethodReturnsHasAnHtmlFormAndAText() {
    List<String> findings = new ArrayList<>();
    Set<Class<?>> types = returned();
    for (Class<?> type : types) {
      if (isShownItself(type)) {
        if (!hasForm(type)) {
          findings.add(type.getName() + " has neither a card, nor toTable(), nor components");
        }
        if (!hasText(type)) {
          findings.add(type.getName() + " has no toString() that says more than its class");
        }
      }
    }
    assertThat(types).hasSizeGreaterThan(100);
    assertThat(findings).isEmpty();
  }

  private static boolean hasForm(Class<?> type) {
    if (Displays.hasCard(type) || type.isRecord() || type.isEnum() || declares(type)) {
      return true;
    }
    try {
      return type.getMethod("toTable").getReturnType() == Table.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  /** A record's own text is fit where it holds nothing that is long or has none. */
  private static boolean hasText(Class<?> type) {
    return type.isEnum() || declares(type) || type.isRecord() && isSmall(type);
  }

  private static boolean isSmall(Class<?> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      Class<?> c = component.getType();
      if (c.isArray() || c == Table.class || component.getGenericType().toString().contains("[]")) {
        return false;
      }
      if (c.isRecord() && !declares(c) && !isSmall(c)) {
        return false;
      }
      boolean isMany = Collection.class.isAssignableFrom(c) || Map.class.isAssignableFrom(c);
      for (Class<?> part : isMany ? parts(component.getGenericType()) : Set.<Class<?>>of()) {
        if (part != c && part.isRecord() && part != HeadId.class && part != Span.class) {
          return false; // a list of many
        }
      }
    }
    return true;
  }

  private static Set<Class<?>> parts(Type type) {
    Set<Class<?>> parts = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
    add(parts, type);
    return parts;
  }

  private static boolean declares(Class<?> type) {
    for (Class<?> c = type;
        c != null && c.getName().startsWith("headscope");
        c = c.getSuperclass()) {
      for (Method method : c.getDeclaredMethods()) {
        boolean generated = c.isRecord() && Modifier.isFinal(method.getModifiers());
        if (method.getName().equals("toString") && method.getParameterCount() == 0 && !generated) {
          return true;
        }
      }
    }
    return false;
  }
}
