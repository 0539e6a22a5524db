package headscope.head;

/** What masking does to a head: the first open point of section 7. */
public enum MaskMode {
  /** Its slice of z, the input of the output projection, is zero: the head writes nothing. */
  ZERO,
  /** Its attention is spread evenly over the positions its query may see. */
  UNIFORM,
  /** Its z is a given vector, the mean over reference prompts. */
  MEAN,
  /** Its z is that of the same step of another needle's run. */
  RESAMPLE
}
