package headscope.template;

/** Where a statement sends the rendering. */
enum Flow {
  NEXT,
  BREAK,
  CONTINUE
}
