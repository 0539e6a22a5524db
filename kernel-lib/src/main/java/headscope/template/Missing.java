package headscope.template;

/** Stands where there is no value at all, not even an undefined one. */
enum Missing {
  MISSING
}
