/**
 * How fast the engine reads and generates, and random checkpoints of any size to measure it on. No
 * section of the study stands behind this room.
 *
 * <pre>
 *   Benchmark benchmark = new Benchmark(List.of(128, 512), 64, 10, true);
 *   var rows = benchmark.run(model, System.out::println);
 *   var sweep = new SweepBenchmark(970, 8, List.of(1, 8), 40, 3, true);
 *   sweep.run(model, row -> System.out.println(row.traced() + " rows a second"));
 * </pre>
 */
package headscope.bench;
