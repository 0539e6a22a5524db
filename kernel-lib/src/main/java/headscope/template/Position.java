package headscope.template;

/** A place in the source, both counted from 1. */
record Position(int line, int column) {
  static final Position START = new Position(1, 1);
}
