package headscope.template;

/** A method of a text, list, tuple or dict that has been named but not called. */
record Method(Object self, String name) {}
