package headscope.task;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/** Reads one question after the other; no more than one, and the ids so far, are in memory. */
final class QuestionReader implements Iterator<Question>, Closeable {
  private final String file;
  private final JsonReader json;
  private final Set<String> ids = new HashSet<>();
  private int index;
  private String id;
  private boolean begun;
  private boolean ended;

  QuestionReader(String file, Reader text) {
    this.file = file;
    this.json = new JsonReader(text);
    json.setStrictness(Strictness.STRICT);
  }

  @Override
  public boolean hasNext() {
    if (ended) {
      return false;
    }
    return reading(
        () -> {
          if (!begun) {
            begun = true;
            json.beginArray();
          }
          if (!json.hasNext()) {
            json.endArray();
            ended = true;
            if (json.peek() != JsonToken.END_DOCUMENT) {
              throw new MalformedJsonException("text behind the end of the array");
            }
          }
          return !ended;
        });
  }

  @Override
  public Question next() {
    if (!hasNext()) {
      throw new NoSuchElementException(file + " has no more questions");
    }
    id = null;
    Question question = reading(this::question);
    if (!ids.add(question.id())) {
      throw failure("the id is that of an earlier question; ids are unique");
    }
    index++;
    return question;
  }

  private Question question() throws IOException {
    String question = null;
    String answer = null;
    String type = null;
    String level = null;
    List<Question.Fact> facts = null;
    List<Question.Paragraph> context = null;
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "_id" -> id = text();
        case "question" -> question = text();
        case "answer" -> answer = text();
        case "type" -> type = text();
        case "level" -> level = text();
        case "supporting_facts" -> facts = list(this::fact);
        case "context" -> context = list(this::paragraph);
        default -> json.skipValue();
      }
    }
    require(id, "_id");
    require(question, "question");
    require(answer, "answer");
    require(type, "type");
    require(level, "level");
    require(facts, "supporting_facts");
    require(context, "context");
    json.endObject();
    return new Question(id, question, answer, type, level, facts, context);
  }

  private void require(Object value, String key) {
    if (value == null) {
      throw failure("\"" + key + "\" is missing");
    }
  }

  private Question.Fact fact() throws IOException {
    json.beginArray();
    Question.Fact fact = new Question.Fact(text(), json.nextInt());
    json.endArray();
    return fact;
  }

  private Question.Paragraph paragraph() throws IOException {
    json.beginArray();
    Question.Paragraph paragraph = new Question.Paragraph(text(), list(this::text));
    json.endArray();
    return paragraph;
  }

  private String text() throws IOException {
    if (json.peek() != JsonToken.STRING) {
      throw failure("a text is expected, found " + name(json.peek()));
    }
    return json.nextString();
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private <T> List<T> list(Reading<T> element) throws IOException {
    List<T> list = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      list.add(element.read());
    }
    json.endArray();
    return list;
  }

  private <T> T reading(Reading<T> reading) {
    try {
      return reading.read();
    } catch (MalformedJsonException | EOFException | CharacterCodingException e) {
      throw failure("it is no JSON: " + first(e));
    } catch (IllegalStateException | NumberFormatException e) {
      throw failure(first(e));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** What the parser says, without the advice for its own programmers. */
  private static String first(Exception e) {
    String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return text.lines().findFirst().orElse("").replaceAll(" at (line|path) .*", "");
  }

  private IllegalArgumentException failure(String what) {
    // "JsonReader at line 3 column 17 path $[2].question"
    String place = json.toString().replaceFirst("^\\S+ at ", "");
    return new IllegalArgumentException(
        file
            + ", question "
            + index
            + (id == null ? "" : " (id " + id + ")")
            + ", "
            + place
            + ": "
            + what
            + "; questions are a JSON array in HotpotQA's form");
  }

  private static String name(JsonToken token) {
    return token.toString().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  @Override
  public void close() throws IOException {
    json.close();
  }
}
