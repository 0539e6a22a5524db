package headscope.play;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.page.Chromium;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Chromium without a window that is driven through its DevTools protocol: pages run as they are,
 * under their own policy, with real keys, and can be looked at. Tests are skipped where there is
 * none.
 */
final class Browser implements AutoCloseable {
  private static final int SECONDS = 120;

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger last = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();

  private Browser(Process process, URI page) {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(page, new Listener()).join();
  }

  /** A browser that shows nothing yet. */
  static Browser start(Path scratch) throws IOException, InterruptedException {
    Path profile = scratch.resolve("profile");
    Process process =
        new ProcessBuilder(
                Chromium.program().toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("chromium.log").toFile())
            .start();
    try {
      Path port = profile.resolve("DevToolsActivePort");
      for (int i = 0; i < 600 && !(Files.exists(port) && Files.size(port) > 0); i++) {
        Thread.sleep(100);
      }
      String at = "http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json";
      String list =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(at)).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      for (JsonElement target : JsonParser.parseString(list).getAsJsonArray()) {
        JsonObject t = target.getAsJsonObject();
        if (t.get("type").getAsString().equals("page")) {
          Browser b = new Browser(process, URI.create(t.get("webSocketDebuggerUrl").getAsString()));
          for (String domain : List.of("Runtime", "Page", "Log", "Network")) {
            b.send(domain + ".enable", Map.of());
          }
          b.send("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
          return b;
        }
      }
      throw new IllegalStateException("Chromium has no page: " + list);
    } catch (RuntimeException | IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean whole) {
      text.append(part);
      if (whole) {
        JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
        text.setLength(0);
        if (message.has("id")) {
          waiting.remove(message.get("id").getAsInt()).complete(message);
        } else {
          event(message.get("method").getAsString(), message.getAsJsonObject("params"));
        }
      }
      from.request(1);
      return null;
    }
  }

  private void event(String method, JsonObject params) {
    if (method.equals("Runtime.exceptionThrown") || method.equals("Log.entryAdded")) {
      complaints.add(params.toString());
    } else if (method.equals("Network.requestWillBeSent")) {
      requests.add(params.getAsJsonObject("request").get("url").getAsString());
    }
  }

  private CompletableFuture<JsonObject> sent(String method, Map<String, ?> params) {
    int id = last.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    String text = new Gson().toJson(Map.of("id", id, "method", method, "params", params));
    socket.sendText(text, true).join();
    return answer
        .orTimeout(SECONDS, TimeUnit.SECONDS)
        .thenApply(
            got -> {
              if (got.has("error")) {
                throw new IllegalStateException(method + ": " + got.get("error"));
              }
              return got.getAsJsonObject("result");
            });
  }

  private JsonObject send(String method, Map<String, ?> params) {
    return sent(method, params).join();
  }

  /** A window of that size, in CSS pixels. */
  void window(int width, int height, boolean phone, boolean dark) {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
    send(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
  }

  /** Runs a script in every page that is opened from now on, before its own. */
  String before(String script) {
    return send("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script))
        .get("identifier")
        .getAsString();
  }

  /** Runs it no more. */
  void without(String identifier) {
    send("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", identifier));
  }

  /** Opens an address and forgets what was said and asked for before. */
  void open(String address) throws InterruptedException {
    send("Page.navigate", Map.of("url", "about:blank"));
    complaints.clear();
    requests.clear();
    send("Page.navigate", Map.of("url", address));
    until("document.readyState === 'complete' && location.href !== 'about:blank'");
  }

  /** The value of an expression of the page; a promise is waited for. */
  JsonElement evaluate(String expression) {
    return evaluation(expression).join();
  }

  /** The same while the caller goes on. */
  CompletableFuture<JsonElement> evaluation(String expression) {
    return sent(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true))
        .thenApply(
            got -> {
              if (got.has("exceptionDetails")) {
                throw new IllegalStateException(expression + ": " + got.get("exceptionDetails"));
              }
              JsonElement value = got.getAsJsonObject("result").get("value");
              return value == null ? JsonNull.INSTANCE : value;
            });
  }

  String text(String selector) {
    return evaluate("document.querySelector(" + new Gson().toJson(selector) + ").innerText")
        .getAsString();
  }

  void click(String selector) {
    evaluate("document.querySelector(" + new Gson().toJson(selector) + ").click()");
  }

  /** Waits until an expression is true. */
  void until(String expression) throws InterruptedException {
    for (int i = 0; i < 10 * SECONDS; i++) {
      if (evaluate(expression).equals(new com.google.gson.JsonPrimitive(true))) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("never true: " + expression + "; " + complaints);
  }

  /** Presses and releases a key, as the keyboard would. */
  void press(String key) {
    Map<String, Object> event = new java.util.HashMap<>(Map.of("key", key));
    if (key.equals(" ")) {
      event.put("text", " ");
    }
    event.put("windowsVirtualKeyCode", key.equals("Tab") ? 9 : key.equals(" ") ? 32 : 0);
    event.put("type", key.equals(" ") ? "keyDown" : "rawKeyDown");
    send("Input.dispatchKeyEvent", event);
    event.remove("text");
    event.put("type", "keyUp");
    send("Input.dispatchKeyEvent", event);
  }

  /** Types into what has the focus. */
  void type(String text) {
    send("Input.insertText", Map.of("text", text));
  }

  /** A picture of the window. */
  void picture(Path file) throws IOException {
    String data = send("Page.captureScreenshot", Map.of()).get("data").getAsString();
    Files.write(file, Base64.getDecoder().decode(data));
  }

  /** Exceptions, and what the browser itself complains of, a broken policy among it. */
  List<String> complaints() {
    return new ArrayList<>(complaints);
  }

  /** Addresses that were asked for since the page was opened. */
  List<String> requests() {
    return new ArrayList<>(requests);
  }

  @Override
  public void close() {
    try {
      send("Browser.close", Map.of());
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
