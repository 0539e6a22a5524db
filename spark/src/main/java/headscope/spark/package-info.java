/**
 * Experiments on a Spark cluster: the driver is the command line as ever, the executors compute the
 * groups. The only room that knows Spark.
 *
 * <pre>
 *   environment/spark-run run ablation --master spark://HOST:7077 --model reference --out DIR
 * </pre>
 */
package headscope.spark;
