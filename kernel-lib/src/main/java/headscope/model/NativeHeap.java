package headscope.model;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** The memory of libtorch, which the C library keeps for itself when arrays are freed. */
final class NativeHeap {
  private NativeHeap() {}

  /**
   * Gives back to the system what no array uses. Costs some milliseconds; does nothing on a Java
   * machine that cannot ask for it.
   */
  static void trim() {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
    } catch (JMException e) {
      // a C library or a Java machine without it: memory stays where it is
    }
  }
}
