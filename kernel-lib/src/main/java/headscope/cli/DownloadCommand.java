package headscope.cli;

import headscope.failure.Section;
import headscope.model.HubName;
import headscope.model.LocalModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "download",
    description = {
      "Fetches a model from the Hugging Face hub into the cache of huggingface_hub: only the files"
          + " that headscope reads. A download that was cut off goes on where it stopped. Done by"
          + " the command hf, which environment/reproduce --prepare installs."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope download HuggingFaceTB/SmolLM2-135M-Instruct",
      "  headscope download bartowski/Llama-3.2-1B-Instruct-GGUF --file"
          + " Llama-3.2-1B-Instruct-Q4_K_M.gguf",
      "  HF_TOKEN=hf_... headscope download meta-llama/Llama-3.2-1B-Instruct"
    })
final class DownloadCommand implements Runnable {
  private static final List<String> READ =
      List.of(
          "config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "chat_template.jinja",
          "model.safetensors",
          "model.safetensors.index.json",
          "model-*-of-*.safetensors",
          "adapter_config.json",
          "adapter_model.safetensors");
  private static final List<String> WEIGHTS =
      List.of("model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors");
  private static final Pattern FAILURE = Pattern.compile("(?m)^(Error: |Traceback \\(most recent)");
  private static final Pattern SPLIT = Pattern.compile("(.*)-\\d{5}(-of-\\d{5}\\.gguf)");

  @Parameters(
      paramLabel = "MODEL",
      description = "org/name, or org/name@revision for a branch, a tag or a commit.")
  private String name;

  @Option(
      names = "--file",
      paramLabel = "NAME.gguf",
      description = "One GGUF file of the model; of a split one any part stands for all.")
  private String file;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    HubName hub = HubName.parse(name);
    if (file != null && !file.matches("[^*?\\[\\]\\\\]+\\.gguf")) {
      throw Section.DOWNLOAD.wrong(
          "--file takes the name of one GGUF file of the model, got \"" + file + "\"");
    }
    Path folder = Path.of(hf(hub, file == null ? READ : List.of(parts(file)), "--quiet"));
    PrintWriter out = spec.commandLine().getOut();
    if (file != null) {
      if (!Files.exists(folder.resolve(file))) {
        throw Section.DOWNLOAD.failed(hub + " has no file " + file + ggufs(hub));
      }
      out.println(folder.resolve(file));
      return;
    }
    if (WEIGHTS.stream().noneMatch(f -> Files.exists(folder.resolve(f)))) {
      throw Section.DOWNLOAD.failed(hub + " has no weights as safetensors" + ggufs(hub));
    }
    LocalModel model = LocalModel.of(folder.toString());
    out.println(hub + model.problem().map(p -> " cannot be run: " + p).orElse(" can be run"));
  }

  private static String parts(String gguf) {
    Matcher split = SPLIT.matcher(gguf);
    return split.matches() ? split.group(1) + "-*" + split.group(2) : gguf;
  }

  /** The GGUF files that a model has on the hub, to choose from. */
  private String ggufs(HubName hub) {
    List<String> found =
        hf(hub, List.of("*.gguf"), "--quiet", "--dry-run")
            .lines()
            .filter(f -> !f.isBlank())
            .toList();
    return found.isEmpty()
        ? "; it has no GGUF files"
        : "; --file takes one of its GGUF files: " + String.join(", ", found);
  }

  /** Runs hf and gives what it prints; its progress bars are passed on. */
  private String hf(HubName hub, List<String> patterns, String... options) {
    List<String> words = new ArrayList<>(List.of(program(), "download", hub.id()));
    words.addAll(List.of(options));
    if (!hub.revision().isEmpty()) {
      words.addAll(List.of("--revision", hub.revision()));
    }
    patterns.forEach(p -> words.addAll(List.of("--include", p)));
    ProcessBuilder builder = new ProcessBuilder(words);
    boolean terminal = System.console() != null;
    Map<String, String> environment = builder.environment();
    environment.putIfAbsent("HF_HUB_DISABLE_UPDATE_CHECK", "1");
    environment.putIfAbsent("HF_HUB_DISABLE_TELEMETRY", "1");
    environment.putIfAbsent("HF_HUB_DISABLE_PROGRESS_BARS", terminal ? "0" : "1");
    environment.putIfAbsent("HF_HUB_DISABLE_XET", "1"); // its transfers begin anew
    environment.putIfAbsent("PYTHONWARNINGS", "ignore");
    environment.put("TQDM_POSITION", "-1"); // bars, although what reads them here is no terminal
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      CompletableFuture<String> complaints =
          CompletableFuture.supplyAsync(() -> passOn(process.getErrorStream(), terminal));
      String printed =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      String said = complaints.join();
      if (process.waitFor() != 0 || printed.isEmpty() && !patterns.contains("*.gguf")) {
        throw Section.DOWNLOAD.failed(explained(hub, said));
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + words.get(0) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.util.concurrent.CancellationException("the download was interrupted");
    }
  }

  /** Gives all that is said; on a terminal shows it while it comes, up to a failure. */
  private static String passOn(InputStream in, boolean terminal) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] some = new byte[8192];
    boolean failed = !terminal;
    try {
      for (int n = in.read(some); n >= 0; n = in.read(some)) {
        all.write(some, 0, n);
        failed |= FAILURE.matcher(new String(some, 0, n, StandardCharsets.UTF_8)).find();
        if (!failed) {
          System.err.write(some, 0, n);
          System.err.flush();
        }
      }
    } catch (IOException e) {
      return all.toString(StandardCharsets.UTF_8); // the process has ended
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  /** What hf complains of in the end, and what to do. */
  static String explained(HubName hub, String complaints) {
    String token = "give a token: hf auth login, or HF_TOKEN=hf_... before the command";
    Matcher error = FAILURE.matcher(complaints);
    String said = complaints.strip();
    while (error.find()) {
      said = complaints.substring(error.start()).strip();
    }
    if (said.startsWith("Traceback")) {
      said =
          said.lines().filter(line -> line.matches("\\S*\\w: .*")).reduce((a, b) -> b).orElse(said);
    }
    said = said.replaceFirst("^Error: (Local entry not found\\. )?", "");
    String first = said.lines().findFirst().orElse("it does not say why");
    if (said.contains("requires approval")) {
      return String.format(
          "%s is gated: accept its terms at https://huggingface.co/%s, then %s of that account",
          hub.id(), hub.id(), token);
    }
    if (complaints.matches("(?s).*(No space left|Errno 28|Not enough free disk).*")) {
      return "the disk of the cache is full: make room, or set HF_HOME to a folder of another disk;"
          + " the same command goes on where it stopped";
    }
    if (said.startsWith("Revision not found")) {
      return hub.id() + " has no revision " + hub.revision() + " on the hub";
    }
    if (said.startsWith("Model '")) {
      return String.format(
          "the hub has no model %s, or it is private: look at the spelling, or %s",
          hub.id(), token);
    }
    if (said.contains("offline mode is enabled")) {
      return "HF_HUB_OFFLINE forbids downloads: unset it, and TRANSFORMERS_OFFLINE";
    }
    if (said.matches("(?s).*(401 Client Error|Invalid user token|Invalid credentials).*")) {
      return "the hub does not know the token: " + token;
    }
    if (said.matches(
        "(?s).*(Errno|ConnectError|Timeout|timed out|resolution|check your inter).*")) {
      return String.format(
          "the hub cannot be reached (%s): look at the network, and at HTTPS_PROXY and HF_ENDPOINT"
              + " if they are set; headscope models lists what is here without it",
          first);
    }
    return "hf could not fetch "
        + hub
        + ": "
        + first
        + "; the same command goes on where it stopped";
  }

  /** The hf of the clone that this library is part of, else that of the path. */
  private static String program() {
    try {
      Path jar =
          Path.of(
              DownloadCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      for (Path p = jar; p != null; p = p.getParent()) {
        for (String hf : List.of(".venv/bin/hf", ".venv/Scripts/hf.exe")) {
          if (Files.isExecutable(p.resolve(hf))) {
            return p.resolve(hf).toString();
          }
        }
      }
    } catch (URISyntaxException e) {
      return "hf"; // that of the path
    }
    String path = System.getenv().getOrDefault("PATH", "");
    boolean there =
        Stream.of(path.split(java.io.File.pathSeparator))
            .filter(f -> !f.isBlank())
            .map(Path::of)
            .anyMatch(f -> Files.isExecutable(f.resolve("hf")));
    if (!there) {
      throw Section.DOWNLOAD.failed(
          "the command hf is not here: environment/reproduce --prepare installs it in a clone,"
              + " python3 -m pip install huggingface_hub elsewhere");
    }
    return "hf";
  }
}
