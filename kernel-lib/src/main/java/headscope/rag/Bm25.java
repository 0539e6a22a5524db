package headscope.rag;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.QueryBuilder;

/**
 * Texts ranked by BM25 as Lucene computes it: k1 1.2, b .75, words of its standard analyzer in
 * lower case. Equal ranks stay in their order, and so do texts that have no word of the query,
 * behind all others.
 */
final class Bm25 {
  private static final String FIELD = "text";

  private final List<String> texts;

  Bm25(List<String> texts) {
    this.texts = List.copyOf(texts);
  }

  /** The numbers of all texts, the best first. */
  List<Integer> ranked(String words) {
    Set<Integer> ranked = new LinkedHashSet<>();
    try (StandardAnalyzer analyzer = new StandardAnalyzer();
        ByteBuffersDirectory index = new ByteBuffersDirectory()) {
      write(index, analyzer);
      Query query = new QueryBuilder(analyzer).createBooleanQuery(FIELD, words);
      if (query != null) { // null: no word in it
        try (DirectoryReader reader = DirectoryReader.open(index)) {
          IndexSearcher searcher = new IndexSearcher(reader);
          searcher.setSimilarity(new BM25Similarity());
          for (ScoreDoc found : searcher.search(query, texts.size()).scoreDocs) {
            ranked.add(found.doc); // ties come in the order of writing
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an index in memory cannot fail: " + e.getMessage(), e);
    }
    IntStream.range(0, texts.size()).forEach(ranked::add);
    return new ArrayList<>(ranked);
  }

  private void write(ByteBuffersDirectory index, StandardAnalyzer analyzer) throws IOException {
    IndexWriterConfig config = new IndexWriterConfig(analyzer).setSimilarity(new BM25Similarity());
    try (IndexWriter writer = new IndexWriter(index, config)) {
      for (String text : texts) {
        Document document = new Document();
        document.add(new TextField(FIELD, text, Field.Store.NO));
        writer.addDocument(document);
      }
      writer.forceMerge(1); // so that documents are numbered as they were written
    }
  }
}
