package headscope;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms point one way. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("headscope");

  /** Each room and the rooms it may know. */
  private static final Map<String, List<String>> ROOMS = rooms();

  private static Map<String, List<String>> rooms() {
    Map<String, List<String>> rooms = new LinkedHashMap<>();
    rooms.put("file", List.of());
    rooms.put("warning", List.of());
    rooms.put("head", List.of());
    rooms.put("safetensors", List.of("file"));
    rooms.put("gguf", List.of());
    rooms.put("template", List.of());
    rooms.put("figure", List.of("file"));
    rooms.put("trace", List.of("head", "safetensors"));
    rooms.put("model", List.of("warning", "head", "trace", "safetensors", "gguf", "template"));
    rooms.put("task", List.of("file", "warning", "head", "trace", "model"));
    rooms.put("score", List.of("file", "head", "trace"));
    rooms.put("ablation", List.of("head", "trace", "model", "score"));
    rooms.put("reference", List.of("task"));
    rooms.put("correlation", List.of("head", "safetensors", "trace", "score"));
    rooms.put("rag", List.of("head", "trace", "model", "task", "score", "correlation"));
    rooms.put(
        "experiment",
        List.of(
            "file",
            "head",
            "safetensors",
            "trace",
            "model",
            "task",
            "score",
            "ablation",
            "reference",
            "correlation",
            "rag"));
    rooms.put(
        "page",
        List.of("file", "head", "trace", "model", "task", "score", "figure", "rag", "experiment"));
    rooms.put(
        "notebook",
        List.of(
            "file",
            "head",
            "trace",
            "model",
            "task",
            "score",
            "ablation",
            "reference",
            "correlation",
            "rag",
            "experiment",
            "figure",
            "page"));
    return rooms;
  }

  @Test
  void everyRoomKnowsOnlyTheRoomsBelowIt() {
    ROOMS.forEach(
        (room, known) -> {
          String[] others =
              ROOMS.keySet().stream()
                  .filter(r -> !r.equals(room) && !known.contains(r))
                  .map(ArchitectureTest::packages)
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage(packages(room))
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(others)
              .orShould()
              .dependOnClassesThat()
              .resideInAPackage("headscope.cli..")
              .allowEmptyShould(true)
              .check(CLASSES);
        });
  }

  private static String packages(String room) {
    return "headscope." + room + "..";
  }

  @Test
  void noRoomsKnowEachOtherInACircle() {
    slices().matching("headscope.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheModelTouchesTheTensorEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackages("headscope.model..", "headscope.correlation..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(CLASSES);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("headscope.model.Kernels")
        .and()
        .doNotHaveFullyQualifiedName("headscope.model.Kernels$Script")
        .and()
        .doNotHaveFullyQualifiedName("headscope.correlation.EngineThreads")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl.pytorch..")
        .check(CLASSES);
  }

  @Test
  void everyClassLivesInARoom() {
    classes()
        .should()
        .resideInAnyPackage(
            java.util.stream.Stream.concat(
                    ROOMS.keySet().stream(), java.util.stream.Stream.of("cli"))
                .map(ArchitectureTest::packages)
                .toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void templatesUseNoReflection() {
    noClasses()
        .that()
        .resideInAPackage("headscope.template..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.reflect..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}
