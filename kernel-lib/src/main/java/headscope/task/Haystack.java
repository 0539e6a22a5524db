package headscope.task;

import headscope.failure.Section;
import headscope.model.Encoding;
import headscope.model.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The text in which needles are hidden: essays in a fixed order, read round as often as it takes.
 * Every run of white space that holds a line break is one space, also between two essays.
 */
public final class Haystack {
  /** The longest haystack that is made, in tokens. */
  public static final int MOST_TOKENS = 10_000_000;

  private static final String RESOURCES = "/headscope/reference/haystack/";
  private static final String SUFFIX = ".txt";
  private static final Pattern LINE_BREAK = Pattern.compile("(?U)\\s*[\\n\\r]\\s*");
  // What follows the cut may change how its last word is split, so that much more is encoded.
  private static final int MARGIN = 64;
  private static final int MOST_CHARACTERS = 1 << 29;

  // A full stop, question or exclamation mark, then closing quotes or brackets, then white space or
  // the end; “ closes in German, so that the opening quotes belong to it. The marks of other
  // scripts
  // end a sentence whatever follows, but a full-width full stop between digits is a decimal point.
  private static final Pattern SENTENCE_END =
      Pattern.compile(
          "(?U)(?:[.!?][\"'\\p{Pf}\\p{Pi}\\p{Pe}]*(?=\\s|\\z)"
              + "|(?:(?:[。！？｡।॥؟۔።]|．(?!\\p{Nd}))[。！？｡।॥؟۔።.!?]*[\"'＂＇\\p{Pf}\\p{Pe}]*)+)");

  private static final char JOINER = '\u200d';
  private static final Pattern WHITE_SPACE = Pattern.compile("(?U)\\s+");

  private final List<String> essays;

  private Haystack(List<String> essays) {
    this.essays = List.copyOf(essays);
  }

  /** The essays that come with the reference model, in this jar. */
  public static Haystack standard() {
    List<String> essays = new ArrayList<>();
    for (String file : decoded(resource("index"), "index").lines().toList()) {
      essays.add(essay(file, decoded(resource(file), file)));
    }
    return new Haystack(essays);
  }

  /**
   * The {@code .txt} files of a folder, UTF-8, in the order of their names; other files and
   * subfolders are not looked at.
   *
   * @throws IllegalArgumentException if it is no folder, holds no essay, or one of them is blank or
   *     no UTF-8
   * @throws UncheckedIOException if it cannot be read
   */
  public static Haystack folder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw Section.HAYSTACK.wrong(
          folder + " is no folder; a haystack is a folder of essays, .txt files in UTF-8");
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> texts =
          files
              .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
              .filter(Files::isRegularFile)
              .sorted(Comparator.comparing(file -> file.getFileName().toString()))
              .toList();
      if (texts.isEmpty()) {
        throw Section.HAYSTACK.wrong(
            "the folder " + folder + " holds no essay; put at least one .txt file in UTF-8 there");
      }
      List<String> essays = new ArrayList<>();
      for (Path file : texts) {
        String name = file.toString();
        essays.add(essay(name, decoded(Files.readAllBytes(file), name)));
      }
      return new Haystack(essays);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the haystack " + folder, e);
    }
  }

  /**
   * The given texts, in that order.
   *
   * @throws IllegalArgumentException if there is none, or one is blank
   */
  public static Haystack of(String... essays) {
    if (essays.length == 0) {
      throw Section.HAYSTACK.wrong("a haystack has at least one essay, got none");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < essays.length; i++) {
      texts.add(essay("essay " + i, essays[i]));
    }
    return new Haystack(texts);
  }

  /** The essays, each on one line, in the order in which they are joined. */
  public List<String> essays() {
    return essays;
  }

  /**
   * What is out of the ordinary: no essay has a sentence end, so that needles go in at white space,
   * or between characters where there is none.
   */
  public Optional<String> warning() {
    return hasSentenceEnds()
        ? Optional.empty()
        : Optional.of(
            "no essay of the haystack has a sentence end (. ! ? 。 । ؟ ። and the like); needles go"
                + " in at white space, or between characters where there is none");
  }

  private boolean hasSentenceEnds() {
    return essays.stream().anyMatch(essay -> SENTENCE_END.matcher(essay).find());
  }

  /**
   * The place in a cut of this haystack at which a needle goes in: the last sentence end at or
   * before a character, the start where there is none. A haystack without any sentence end is cut
   * at its last white space at or before that character, or at the character.
   */
  int insertion(String cut, int point) {
    boolean sentences = hasSentenceEnds();
    Matcher places = (sentences ? SENTENCE_END : WHITE_SPACE).matcher(cut);
    int at = -1;
    while (places.find() && (sentences ? places.end() : places.start()) <= point) {
      at = sentences ? places.end() : places.start();
    }
    if (at < 0 && !sentences && !WHITE_SPACE.matcher(cut).find()) {
      at = point;
      while (at > 0 && at < cut.length() && isWithinCharacter(cut, at)) {
        at--;
      }
    }
    return Math.max(0, at);
  }

  /** Whether what a reader takes for one character goes on here: a pair, a mark, a joiner. */
  private static boolean isWithinCharacter(String text, int at) {
    int type = Character.getType(text.codePointAt(at));
    return Character.isLowSurrogate(text.charAt(at))
        || type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || text.charAt(at) == JOINER
        || text.charAt(at - 1) == JOINER;
  }

  /** SHA-256 over the essays, in hexadecimal: two haystacks of one hash hide needles alike. */
  public String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String essay : essays) {
        digest.update((essay + "\0").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /**
   * The first tokens of the essays, from one of them on and round, encoded alone and without
   * special tokens. A character that the cut would split stays whole.
   *
   * @param tokens exactly how many, 1 to {@value #MOST_TOKENS}
   * @param first the essay to begin with
   */
  Encoding cut(Tokenizer tokenizer, int tokens, int first) {
    if (tokens < 1 || tokens > MOST_TOKENS) {
      throw Section.HAYSTACK.wrong("a haystack has 1 to " + MOST_TOKENS + " tokens, got " + tokens);
    }
    for (long characters = 5L * tokens; characters <= MOST_CHARACTERS; characters *= 2) {
      Encoding e = tokenizer.encode(text(first, characters));
      if (e.length() >= tokens + MARGIN) {
        return new Encoding(
            e.text().substring(0, e.to()[tokens - 1]),
            Arrays.copyOf(e.ids(), tokens),
            e.tokens().subList(0, tokens),
            Arrays.copyOf(e.from(), tokens),
            Arrays.copyOf(e.to(), tokens));
      }
    }
    throw Section.HAYSTACK.wrong(
        "the tokenizer makes fewer than "
            + tokens
            + " tokens of "
            + MOST_CHARACTERS
            + " characters of this haystack; ask for a shorter one");
  }

  /** Whole essays from one on and round, at least that many characters. */
  private String text(int first, long characters) {
    StringBuilder text = new StringBuilder();
    for (int i = first; text.length() < characters; i = (i + 1) % essays.size()) {
      text.append(text.isEmpty() ? "" : " ").append(essays.get(i));
    }
    return text.toString();
  }

  private static String essay(String name, String text) {
    // With a line break at both ends the outer white space becomes one space a side.
    String line = LINE_BREAK.matcher("\n" + text + "\n").replaceAll(" ");
    if (line.isBlank()) {
      throw Section.HAYSTACK.wrong(
          "the essay " + name + " holds no text; write some, or take it away");
    }
    return line.substring(1, line.length() - 1);
  }

  private static byte[] resource(String file) {
    try (InputStream in = Haystack.class.getResourceAsStream(RESOURCES + file)) {
      if (in == null) {
        throw Section.HAYSTACK.failed("the jar lacks its haystack file " + RESOURCES + file);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RESOURCES + file + " of the jar", e);
    }
  }

  private static String decoded(byte[] bytes, String name) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text; // the mark that editors add
    } catch (CharacterCodingException e) {
      throw Section.HAYSTACK.wrong("the essay " + name + " is no UTF-8 text; save it in UTF-8", e);
    }
  }

  @Override
  public String toString() {
    return "Haystack[" + essays.size() + " essays]";
  }
}
