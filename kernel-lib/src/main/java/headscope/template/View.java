package headscope.template;

import java.util.List;

/** What {@code keys()}, {@code values()} and {@code items()} of a dict give. */
record View(String type, List<Object> items) {}
