package headscope.task;

import headscope.json.Keyed;

/** What an answer is judged by, from 0 to 1. */
public enum Metric implements Keyed {
  /** 1 if the response contains every answer: Figs. 2 and 3. */
  ACCURACY("accuracy", "accuracy"),
  /** ROUGE-L, the F-measure, against the needle sentence: Figs. 9 to 11 and 15 to 17. */
  ROUGE_L("ROUGE-L", "rougeL"),
  /** 1 if the normalised answer is the right one: Figs. 12 to 14 and 18 to 20, Table 4. */
  EM("EM", "em"),
  /** F1 of the words of the normalised answer: Figs. 6 and 7, Table 4. */
  F1("F1", "f1"),
  /** Share of the answer's words that are right. */
  PRECISION("precision", "precision"),
  /** Share of the right words that the answer has. */
  RECALL("recall", "recall"),
  /** 1 if the response has the words of a right answer, one behind the other, anywhere. */
  CONTAINS("contains", "contains");

  private final String title;
  private final String key;

  Metric(String title, String key) {
    this.title = title;
    this.key = key;
  }

  /** What tables and figures call it, such as {@code ROUGE-L}. */
  public String title() {
    return title;
  }

  @Override
  public String key() {
    return key;
  }
}
