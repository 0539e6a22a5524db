/**
 * Reads and writes safetensors files: the form of checkpoints, and of the traces and probes that
 * this project leaves behind. A file is checked whole before a byte of it is used, and read in
 * pieces, so that neither its size nor its damage can hurt. Knows no other room.
 */
package headscope.safetensors;
