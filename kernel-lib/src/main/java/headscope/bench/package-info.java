/**
 * How fast the engine reads and generates, and random checkpoints of any size to measure it on. No
 * section of the study stands behind this room.
 *
 * <pre>
 *   Benchmark benchmark = new Benchmark(List.of(128, 512), 64, 10, true);
 *   var rows = benchmark.run(model, System.out::println);
 * </pre>
 */
package headscope.bench;
