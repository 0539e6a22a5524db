/**
 * Reads and writes safetensors files: the form of checkpoints, and of the traces and probes that
 * this project leaves behind. A file is checked whole before a byte of it is used, and read in
 * pieces, so that neither its size nor its damage can hurt. Knows only files and JSON.
 *
 * <pre>
 *   new SafeTensorsWriter().floats("weight", new float[6], 2, 3).write(Path.of("a.safetensors"));
 *   try (SafeTensors file = SafeTensors.open(Path.of("a.safetensors"))) {
 *     float[] weight = file.floats("weight");             // [2 * 3], row by row
 *   }
 * </pre>
 */
package headscope.safetensors;
