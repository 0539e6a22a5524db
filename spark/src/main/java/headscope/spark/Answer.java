package headscope.spark;

import headscope.experiment.GroupRange;
import java.io.Serializable;
import java.util.ArrayList;

/**
 * What an executor has to say of a group.
 *
 * @param range the group
 * @param lines as they are to be written; none where it failed
 * @param who computed it
 * @param failure what is wrong, that trying again does not mend; empty where nothing is
 */
record Answer(GroupRange range, ArrayList<String> lines, String who, String failure)
    implements Serializable {}
