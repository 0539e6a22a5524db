package headscope.experiment;

/**
 * A cell of the figures over context length and needle depth.
 *
 * @param length tokens of context: the wanted ones, or the centre of a bin
 * @param depth of the needle, 0 to 1: the wanted one, or the centre of a bin
 */
public record Cell(double length, double depth) {}
