package headscope.rag;

import headscope.head.HeadSet;

/**
 * One retrieval: who was asked where, and what was found.
 *
 * @param query the position whose row was asked; its token is the last one before the sentence, or
 *     before the flagged word
 * @param heads the heads whose attention was averaged
 * @param passages what they pointed to
 */
public record Retrieval(int query, HeadSet heads, Passages passages) {}
