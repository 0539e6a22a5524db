/**
 * How fast the engine reads and generates, and random checkpoints of any size to measure it on. No
 * section of the study stands behind this room.
 */
package headscope.bench;
