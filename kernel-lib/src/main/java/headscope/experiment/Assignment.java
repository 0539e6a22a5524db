package headscope.experiment;

import java.io.Serializable;
import java.util.List;

/**
 * What a worker elsewhere has to know of a stage before it computes groups of it. It is sent once a
 * stage.
 *
 * @param path names of the experiments from the one that was asked for down to the one of the
 *     stage; empty where it is the same
 * @param stage its place in that experiment's plan
 * @param name of the stage, such as {@code ranking}
 * @param rows generations that advance together
 * @param page everything that decides the results, with the versions, as {@code experiment.json}
 *     has it
 * @param earlier the lines of earlier stages: which heads are static, and how many are dynamic,
 *     follows from them
 */
public record Assignment(
    List<String> path, int stage, String name, int rows, String page, List<String> earlier)
    implements Serializable {
  public Assignment {
    path = List.copyOf(path);
    earlier = List.copyOf(earlier);
  }

  @Override
  public String toString() {
    return "Assignment[" + name + ", behind " + earlier.size() + " lines]";
  }
}
