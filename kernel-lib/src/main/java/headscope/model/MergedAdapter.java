package headscope.model;

/**
 * An adapter that was merged into a model's weights, as results name it.
 *
 * @param name of its folder, or under which it was published
 * @param sha256 over the names and contents of its files, in hexadecimal
 */
public record MergedAdapter(String name, String sha256) {}
