package headscope.cli;

import headscope.failure.Section;
import headscope.model.Checkpoint;
import headscope.model.LoadOptions.Dtype;
import headscope.verify.Transformers;
import headscope.verify.Verification;
import headscope.verify.VerifyReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "verify",
    description = {
      "Holds a checkpoint against Hugging Face transformers: the residual stream behind every"
          + " layer, the weights and argmax of every head, logits and greedy tokens, on built-in"
          + " prompts and those of --text.",
      "transformers is found in .venv-compare-hf, which environment/compare-hf --install makes. In"
          + " float32 fixed differences are allowed, in another type twice what that type costs"
          + " transformers itself. A GGUF file is dequantised by transformers' own reader where it"
          + " has one."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope verify --model reference",
      "  headscope verify --model smollm2 --out results/run1",
      "  headscope verify --model DIR --adapter LORA --dtype float32 --text \"Once upon a time\"",
      "  headscope verify --model converted.gguf --against DIR"
    })
final class VerifyCommand implements Runnable {
  @Mixin private CheckpointOptions checkpoint;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "One more prompt, taken as it is; can be repeated.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--dtype",
      split = ",",
      paramLabel = "TYPE",
      defaultValue = "float32,bfloat16",
      description = "Types of weights and products: float32, float16, bfloat16 (${DEFAULT-VALUE}).")
  private List<String> dtypes;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "12",
      description = "Tokens that are generated behind every prompt (${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--against",
      paramLabel = "MODEL",
      description = "What transformers loads, where it is another copy of the model.")
  private String against;

  @Option(
      names = "--python",
      paramLabel = "FILE",
      description = "A Python that has transformers, in place of that of .venv-compare-hf.")
  private Path python;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write verify.json and verify.html there, beside results as their proof.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    Verification asked =
        new Verification(
            checkpoint.checkpoint(),
            Optional.ofNullable(against).map(Checkpoint::parse),
            texts,
            dtypes.stream().map(Dtype::parse).toList(),
            tokens);
    VerifyReport report = asked.against(Transformers.find(Optional.ofNullable(python)));
    PrintWriter screen = spec.commandLine().getOut();
    screen.print(report.text());
    if (out != null) {
      report.save(out);
      screen.println(out.resolve(VerifyReport.HTML));
    }
    screen.flush();
    if (!report.within()) {
      throw Section.VERIFICATION.failed(report.finding());
    }
  }
}
