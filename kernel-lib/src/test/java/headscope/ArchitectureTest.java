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

  /** Each room and the rooms it may know, beside {@code failure}, which all of them know. */
  private static final Map<String, List<String>> ROOMS = rooms();

  private static Map<String, List<String>> rooms() {
    Map<String, List<String>> rooms = new LinkedHashMap<>();
    rooms.put("failure", List.of());
    rooms.put("file", List.of());
    rooms.put("draw", List.of());
    rooms.put("json", List.of());
    rooms.put("matrix", List.of());
    rooms.put("warning", List.of());
    rooms.put("head", List.of("draw"));
    rooms.put("safetensors", List.of("file", "json"));
    rooms.put("gguf", List.of());
    rooms.put("template", List.of());
    rooms.put("html", List.of("template"));
    rooms.put("figure", List.of("file", "html"));
    rooms.put("trace", List.of("json", "head", "safetensors"));
    rooms.put(
        "model",
        List.of("file", "json", "warning", "head", "trace", "safetensors", "gguf", "template"));
    rooms.put("task", List.of("file", "draw", "json", "warning", "head", "trace", "model"));
    rooms.put("score", List.of("file", "draw", "json", "head", "trace"));
    rooms.put("ablation", List.of("draw", "head", "trace", "model", "score"));
    rooms.put("bench", List.of("draw", "json", "head", "safetensors", "trace", "model"));
    rooms.put("reference", List.of("draw", "task"));
    rooms.put("pairs", List.of("matrix", "trace", "score"));
    rooms.put("correlation", List.of("draw", "matrix", "score", "pairs"));
    rooms.put("probe", List.of("draw", "json", "matrix", "head", "safetensors", "score", "pairs"));
    rooms.put("claim", List.of("file", "draw", "json", "score", "pairs", "correlation", "probe"));
    rooms.put("rag", List.of("draw", "json", "head", "trace", "model", "task", "score", "probe"));
    rooms.put(
        "experiment",
        List.of(
            "file",
            "draw",
            "json",
            "head",
            "safetensors",
            "trace",
            "model",
            "task",
            "score",
            "ablation",
            "reference",
            "pairs",
            "correlation",
            "probe",
            "claim",
            "rag"));
    rooms.put(
        "study",
        List.of(
            "file",
            "draw",
            "json",
            "head",
            "trace",
            "model",
            "task",
            "score",
            "ablation",
            "reference",
            "pairs",
            "correlation",
            "probe",
            "claim",
            "rag",
            "experiment"));
    rooms.put(
        "page",
        List.of(
            "file",
            "json",
            "template",
            "html",
            "head",
            "trace",
            "model",
            "task",
            "score",
            "claim",
            "figure",
            "rag",
            "experiment",
            "study"));
    rooms.put(
        "play",
        List.of("file", "json", "safetensors", "template", "html", "model", "task", "page"));
    rooms.put(
        "verify",
        List.of(
            "file", "draw", "json", "safetensors", "template", "html", "trace", "model", "page"));
    rooms.put(
        "notebook",
        List.of(
            "file",
            "template",
            "html",
            "head",
            "trace",
            "model",
            "task",
            "score",
            "claim",
            "ablation",
            "reference",
            "correlation",
            "probe",
            "rag",
            "experiment",
            "study",
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
                  .filter(r -> !r.equals(room) && !known.contains(r) && !r.equals("failure"))
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
        .resideOutsideOfPackages("headscope.model..", "headscope.probe..")
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
        .doNotHaveFullyQualifiedName("headscope.probe.EngineThreads")
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
