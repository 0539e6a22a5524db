package headscope.task;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import headscope.failure.Section;
import headscope.json.JsonDocuments;
import headscope.task.Question.Fact;
import headscope.task.Question.Paragraph;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Reads one question after the other; no more than one, and the ids so far, are in memory.
 *
 * <p>One class of some length: every step of the reading moves the same parser and names the same
 * question when it fails.
 */
final class QuestionReader implements Iterator<Question>, Closeable {
  private static final String FORMS =
      "; questions are JSON of HotpotQA (published, or as Hugging Face holds it), 2WikiMultihopQA or"
          + " MuSiQue: a list, {\"data\": [...]}, or an object a line";

  private final String file;
  private final JsonDocuments documents;
  private final Set<String> ids = new HashSet<>();
  private JsonReader json;
  private boolean inList;
  private boolean inData;
  private int index;
  private String id;
  private Optional<Question> ahead;
  private boolean ended;

  QuestionReader(String file, Reader text) {
    this.file = file;
    this.documents = new JsonDocuments(text);
  }

  /** Refuses what is no JSON by the name of its form. */
  static void checkForm(Path file) throws IOException {
    Optional<String> other = JsonDocuments.otherForm(file);
    if (other.isPresent()) {
      String python =
          other.get().equals("Parquet")
              ? String.format(
                  "; convert it: python -c \"import pandas; pandas.read_parquet('%s')"
                      + ".to_json('questions.jsonl', orient='records', lines=True)\"",
                  file)
              : "";
      throw Section.QUESTIONS.wrong(file + " is " + other.get() + python + FORMS);
    }
  }

  @Override
  public boolean hasNext() {
    if (ended) {
      return false;
    }
    if (ahead == null) {
      ahead = reading(this::read);
      ended = ahead.isEmpty();
    }
    return !ended;
  }

  @Override
  public Question next() {
    if (!hasNext()) {
      throw new NoSuchElementException(file + " has no more questions");
    }
    Question question = ahead.orElseThrow();
    ahead = null;
    return question;
  }

  private Optional<Question> read() throws IOException {
    while (true) {
      id = null;
      if (!inList) {
        Optional<JsonReader> document = documents.next();
        if (document.isEmpty()) {
          if (json == null) {
            throw failure("the file is empty");
          }
          return Optional.empty();
        }
        inList = json == null && document.get().peek() == JsonToken.BEGIN_ARRAY;
        json = document.get();
        if (inList) {
          json.beginArray();
        }
      }
      if (inList && !json.hasNext()) {
        endList();
        return Optional.empty();
      }
      Draft draft = new Draft();
      if (!draft.read()) {
        continue; // it was the object around all questions
      }
      Optional<Question> question =
          draft.answerable ? Optional.of(draft.question()) : Optional.empty();
      if (question.isPresent() && !ids.add(question.get().id())) {
        throw failure("the id is that of an earlier question; ids are unique");
      }
      if (!inList) {
        documents.end();
      }
      index++;
      if (question.isPresent()) {
        return question;
      }
    }
  }

  private void endList() throws IOException {
    json.endArray();
    if (inData) {
      while (json.hasNext()) {
        json.nextName();
        json.skipValue();
      }
      json.endObject();
    }
    documents.end();
    if (documents.next().isPresent()) {
      throw failure("a second JSON document follows; a file has one, or an object a line");
    }
  }

  /** A question as far as it was read. */
  private final class Draft {
    private final Set<String> keys = new LinkedHashSet<>();
    private String question;
    private String answer;
    private String type = "";
    private String level = "";
    private List<Fact> facts;
    private List<Paragraph> context;
    private List<String> aliases = List.of();
    private boolean answerable = true;

    /** Reads an object; false if it turns out to be the one around a list of questions. */
    boolean read() throws IOException {
      expect(JsonToken.BEGIN_OBJECT, "a question");
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        if (!inList
            && ids.isEmpty()
            && key.equals("data")
            && json.peek() == JsonToken.BEGIN_ARRAY) {
          json.beginArray();
          inList = true;
          inData = true;
          return false;
        }
        keys.add(key);
        switch (key) {
          case "_id", "id" -> id = json.peek() == JsonToken.NUMBER ? json.nextString() : text(key);
          case "question" -> question = text(key);
          case "answer" -> answer = text(key);
          case "type" -> type = textOrNone(key);
          case "level" -> level = textOrNone(key);
          case "answer_aliases" -> aliases = list(key, () -> text(key));
          case "answerable" -> {
            expect(JsonToken.BOOLEAN, key);
            answerable = json.nextBoolean();
          }
          case "supporting_facts" ->
              facts =
                  places(
                      key,
                      "sent_id",
                      () -> text("title"),
                      QuestionReader.this::sentence,
                      Fact::new);
          case "context" ->
              context =
                  places(
                      key,
                      "sentences",
                      () -> text("title"),
                      () -> list("sentences", () -> text("sentences")),
                      Paragraph::new);
          case "paragraphs" -> musique();
          default -> json.skipValue();
        }
      }
      json.endObject();
      return true;
    }

    private void require(Object value, String key) {
      if (value == null) {
        throw failure("\"" + key + "\" is missing; its keys are " + String.join(", ", keys));
      }
    }

    Question question() {
      require(question, "question");
      require(answer, "answer");
      require(context, "context");
      require(facts, "supporting_facts");
      id = id == null ? String.valueOf(index) : id;
      return new Question(id, question, answer, type, level, facts, context, aliases);
    }

    /** MuSiQue's paragraphs: each is one sentence, for the file says no more than which support. */
    private void musique() throws IOException {
      context = new ArrayList<>();
      list("paragraphs", this::musiqueParagraph);
    }

    private Paragraph musiqueParagraph() throws IOException {
      String title = null;
      String body = null;
      Boolean supporting = null;
      expect(JsonToken.BEGIN_OBJECT, "a paragraph");
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        switch (key) {
          case "title" -> title = text(key);
          case "paragraph_text" -> body = text(key);
          case "is_supporting" -> {
            expect(JsonToken.BOOLEAN, key);
            supporting = json.nextBoolean();
          }
          default -> json.skipValue();
        }
      }
      json.endObject();
      if (title == null || body == null) {
        throw failure("a paragraph lacks \"" + (title == null ? "title" : "paragraph_text") + "\"");
      }
      if (supporting != null) {
        facts = facts == null ? new ArrayList<>() : facts;
        if (supporting) {
          facts.add(new Fact(title, 0, OptionalInt.of(context.size())));
        }
      }
      Paragraph paragraph = new Paragraph(title, List.of(body));
      context.add(paragraph);
      return paragraph;
    }
  }

  /**
   * Titles with something each: a list of pairs, a list of objects, two parallel lists, or a text
   * that holds one of these.
   */
  private <T, R> List<R> places(
      String key,
      String second,
      Reading<String> title,
      Reading<T> other,
      BiFunction<String, T, R> made)
      throws IOException {
    switch (json.peek()) {
      case STRING -> {
        JsonReader outer = json;
        json = JsonDocuments.strict(new StringReader(json.nextString()));
        try {
          if (json.peek() == JsonToken.STRING) {
            throw failure("\"" + key + "\" is a text that holds a text");
          }
          List<R> list = places(key, second, title, other, made);
          json.peek(); // strict: nothing may follow
          return list;
        } finally {
          json = outer;
        }
      }
      case BEGIN_OBJECT -> {
        Pair<List<String>, List<T>> lists =
            pair(key, second, () -> list("title", title), () -> list(second, other));
        if (lists.title.size() != lists.other.size()) {
          throw failure(
              String.format(
                  "\"%s\" has %d titles and %d %s",
                  key, lists.title.size(), lists.other.size(), second));
        }
        List<R> list = new ArrayList<>();
        for (int i = 0; i < lists.title.size(); i++) {
          list.add(made.apply(lists.title.get(i), lists.other.get(i)));
        }
        return list;
      }
      default -> {
        return list(
            key,
            () -> {
              Pair<String, T> one = pair(key, second, title, other);
              return made.apply(one.title, one.other);
            });
      }
    }
  }

  private record Pair<A, B>(A title, B other) {}

  /** {@code [title, other]} or {@code {"title": title, second: other}}. */
  private <A, B> Pair<A, B> pair(String key, String second, Reading<A> title, Reading<B> other)
      throws IOException {
    A a = null;
    B b = null;
    if (json.peek() == JsonToken.BEGIN_OBJECT) {
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (name.equals("title")) {
          a = title.read();
        } else if (name.equals(second)) {
          b = other.read();
        } else {
          json.skipValue();
        }
      }
      json.endObject();
      if (a == null || b == null) {
        throw failure("\"" + key + "\" lacks \"" + (a == null ? "title" : second) + "\"");
      }
    } else {
      expect(JsonToken.BEGIN_ARRAY, "each of \"" + key + "\"");
      json.beginArray();
      a = title.read();
      b = other.read();
      expect(JsonToken.END_ARRAY, "each of \"" + key + "\", behind a title and another value,");
      json.endArray();
    }
    return new Pair<>(a, b);
  }

  private int sentence() throws IOException {
    expect(JsonToken.NUMBER, "the index of a sentence");
    String number = json.nextString();
    try {
      return Integer.parseInt(number);
    } catch (NumberFormatException e) {
      throw failure("the index of a sentence is a whole number, found " + number);
    }
  }

  private String textOrNone(String key) throws IOException {
    if (json.peek() == JsonToken.NULL) {
      json.nextNull();
      return "";
    }
    return text(key);
  }

  private String text(String key) throws IOException {
    expect(JsonToken.STRING, "\"" + key + "\"");
    return json.nextString();
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private <T> List<T> list(String key, Reading<T> element) throws IOException {
    List<T> list = new ArrayList<>();
    expect(JsonToken.BEGIN_ARRAY, "\"" + key + "\"");
    json.beginArray();
    while (json.hasNext()) {
      list.add(element.read());
    }
    json.endArray();
    return list;
  }

  private void expect(JsonToken token, String what) throws IOException {
    if (json.peek() != token) {
      throw failure(
          what + " is " + JsonDocuments.name(token) + ", found " + JsonDocuments.name(json.peek()));
    }
  }

  private <T> T reading(Reading<T> reading) {
    try {
      return reading.read();
    } catch (CharacterCodingException e) {
      throw failure("it is no UTF-8 text");
    } catch (MalformedJsonException e) {
      throw failure("it is no JSON here");
    } catch (EOFException e) {
      throw failure("it is no JSON: the text ends too early");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private IllegalArgumentException failure(String what) {
    return Section.QUESTIONS.wrong(
        file
            + ", question "
            + index
            + (id == null ? "" : " (id " + id + ")")
            + ", "
            + documents.place()
            + ": "
            + what
            + FORMS);
  }

  @Override
  public void close() throws IOException {
    documents.close();
  }
}
