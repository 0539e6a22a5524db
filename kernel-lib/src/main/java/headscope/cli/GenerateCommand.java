package headscope.cli;

import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.head.MaskScope;
import headscope.json.Json;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.Tokenizer;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "generate",
    description = "Generates greedily and, if asked, saves what every head looked at.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope generate --model reference --messages chat.json",
      "  headscope generate --model DIR --ids 1,2,3 --max-new-tokens 12 --ignore-eos --json",
      "  headscope generate --model DIR --text \"Once\" --mask L0-H1,L2-H3 --mask-mode uniform",
      "  headscope generate --model DIR --ids 1,2,3 --span needle=1:2 --trace a.trace.safetensors"
    })
final class GenerateCommand implements Runnable {
  @Mixin private ModelOptions model;

  @ArgGroup(multiplicity = "1")
  private Input input;

  static final class Input {
    @Option(
        names = "--text",
        paramLabel = "T",
        description = "A plain text; the tokenizer's begin token is added.")
    private String text;

    @Option(
        names = "--ids",
        paramLabel = "1,2,3",
        description = "Token ids as they are; no tokenizer is needed.")
    private String ids;

    @Option(
        names = "--messages",
        paramLabel = "FILE.json",
        description = {
          "Messages with role and content, through the chat template: a list, or JSON Lines;"
              + " ShareGPT's form too."
        })
    private Path messages;
  }

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description = "One of several chat templates that the model has (default).")
  private String template;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = {
        "The most tokens that are generated (what the checkpoint's generation_config.json says,"
            + " else "
            + GenerateOptions.MAX_NEW_TOKENS
            + ")."
      })
  private Optional<Integer> maxNewTokens = Optional.empty();

  @Option(
      names = "--mask",
      paramLabel = "HEADS",
      defaultValue = "",
      description = "Heads to mask, such as L0-H1,L2-H3.")
  private String mask;

  @Option(
      names = "--mask-mode",
      paramLabel = "MODE",
      defaultValue = "zero",
      description = {
        "zero: the head's z is zero; uniform: its attention is spread evenly; mean: its z is its"
            + " mean over the positions of the prompt (${DEFAULT-VALUE})."
      })
  private MaskMode mode;

  @Option(
      names = "--mask-scope",
      paramLabel = "SCOPE",
      defaultValue = "steps",
      description = {
        "steps: each row that produces a token; decode: the rows of generated tokens only; all:"
            + " every row, the prompt's included (${DEFAULT-VALUE})."
      })
  private MaskScope scope;

  @Option(names = "--ignore-eos", description = "Go on behind an end token.")
  private boolean ignoreEos;

  @Option(
      names = "--hide",
      paramLabel = "FROM:TO",
      description = "Prompt positions that no row sees; may be given several times.")
  private List<String> hide = new ArrayList<>();

  @Option(
      names = "--span",
      paramLabel = "NAME=FROM:TO",
      description = "Names prompt positions, such as needle=12:40; may be given several times.")
  private List<String> span = new ArrayList<>();

  @Mixin private WindowOptions windows;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Observe every head and save the trace, FILE.trace.safetensors.")
  private Path trace;

  @Option(names = "--json", description = "Print ids, text, logprobs and promptTokens as JSON.")
  private boolean json;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    if (template != null && input.messages == null) {
      throw Section.WRONG_USE.wrong("--template is for --messages; a text has no template");
    }
    HeadSet heads = HeadSet.parse(mask);
    Spans hidden = Spans.none();
    for (String h : hide) {
      hidden = hidden.union(Spans.parse(h));
    }
    if (trace != null && !Files.isDirectory(trace.toAbsolutePath().getParent())) {
      throw new UncheckedIOException(
          new NoSuchFileException(
              "cannot write "
                  + trace
                  + ": there is no folder "
                  + trace.toAbsolutePath().getParent()));
    }
    try (LanguageModel m = model.load()) {
      Prompt prompt = withSpans(prompt(m));
      GenerateOptions how =
          GenerateOptions.defaults()
              .withMaxNewTokens(newTokens(m, prompt))
              .withMask(mask(m, heads, prompt), scope)
              .withHidden(hidden);
      if (ignoreEos) {
        how = how.withIgnoreEndTokens();
      }
      Capture capture =
          trace == null
              ? Capture.tokens()
              : Capture.heads().withWindows(windows.sink, windows.local);
      Trace result = m.generate(prompt, capture, how);
      if (trace != null) {
        result.save(trace);
      }
      print(m, result);
    }
  }

  private int newTokens(LanguageModel m, Prompt prompt) {
    return maxNewTokens.orElseGet(
        () ->
            m.generationConfig()
                .newTokensBehind(prompt.length())
                .orElse(GenerateOptions.MAX_NEW_TOKENS));
  }

  private HeadMask mask(LanguageModel m, HeadSet heads, Prompt prompt) {
    heads.checkWithin(m.config().layers(), m.config().heads());
    if (mode == MaskMode.RESAMPLE) {
      throw Section.WRONG_USE.wrong(
          "--mask-mode resample takes z from another needle's run, and there is one prompt here; run"
              + " ablation or compensation with it");
    }
    return mode == MaskMode.MEAN && !heads.isEmpty()
        ? HeadMask.mean(heads, m.meanHeadOutputs(List.of(prompt)))
        : new HeadMask(heads, mode == MaskMode.MEAN ? MaskMode.ZERO : mode, Map.of());
  }

  private Prompt prompt(LanguageModel m) {
    if (input.ids != null) {
      try {
        return Prompt.ofIds(
            Arrays.stream(input.ids.split(","))
                .map(String::trim)
                .mapToInt(Integer::parseInt)
                .toArray());
      } catch (NumberFormatException e) {
        throw Section.WRONG_USE.wrong(
            "--ids wants token ids separated by commas, such as 1,2,3; got \"" + input.ids + "\"");
      }
    }
    return input.text != null
        ? m.tokenizer().prompt(input.text)
        : chatTokenizer(m).chat(Messages.read(input.messages));
  }

  private Tokenizer chatTokenizer(LanguageModel m) {
    return template == null ? m.tokenizer() : m.tokenizer().withTemplate(template);
  }

  private Prompt withSpans(Prompt prompt) {
    for (String s : span) {
      int at = s.indexOf('=');
      if (at < 1) {
        throw Section.WRONG_USE.wrong(
            "--span wants NAME=FROM:TO, such as needle=12:40; got \"" + s + "\"");
      }
      String name = s.substring(0, at);
      Spans positions = Spans.parse(s.substring(at + 1));
      prompt = prompt.withSpan(name, prompt.span(name).union(positions));
    }
    return prompt;
  }

  private void print(LanguageModel m, Trace result) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonObject o = new JsonObject();
      o.add("ids", Json.tree(result.ids()));
      o.add("text", Json.tree(m.hasTokenizer() ? result.text() : null));
      o.add("logprobs", Json.tree(result.steps().stream().map(Step::logprob).toList()));
      o.addProperty("promptTokens", result.prompt().length());
      out.println(Json.line(o));
    } else if (m.hasTokenizer()) {
      out.println(result.text());
    } else {
      out.println(
          Arrays.stream(result.ids()).mapToObj(String::valueOf).collect(Collectors.joining(",")));
    }
  }
}
