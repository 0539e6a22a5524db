package headscope.rag;

import java.util.List;

/**
 * Tells content words from the rest: only they can trigger a retrieval. A part-of-speech tagger can
 * be plugged in here: nouns, proper nouns, verbs, adjectives, adverbs and numerals are content
 * words.
 */
@FunctionalInterface
public interface ContentWords {
  /**
   * Which words of a sentence are content words.
   *
   * @param words the words in order, with the punctuation that is written without a space to them
   * @return one truth a word
   */
  boolean[] of(List<String> words);

  /** Words that hold a letter or a digit and are not in the list of English stop words. */
  static ContentWords standard() {
    return StopWords.ENGLISH;
  }
}
