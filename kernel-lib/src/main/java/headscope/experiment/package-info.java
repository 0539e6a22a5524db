/**
 * What runs many trials and measures: benchmarks of the engine, and random checkpoints to try it
 * on. The protocols of section 5 of the study are run from here.
 */
package headscope.experiment;
