package headscope.model;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Work that runs side by side on the processors, each part with its share of them. Between the many
 * small operators of a forward pass all but one processor wait; a second pass beside it uses them.
 */
final class Lanes {
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "headscope-lane");
            thread.setDaemon(true);
            return thread;
          });

  /** How many lanes the work of this thread is one of. */
  private static final ThreadLocal<Integer> BESIDE = ThreadLocal.withInitial(() -> 1);

  private Lanes() {}

  /** How many lanes run beside each other where this thread runs, itself among them. */
  static int beside() {
    return BESIDE.get();
  }

  /**
   * Does some work, as much at once as there are lanes; the calling thread is one of them. Returns
   * when nothing of it runs any more.
   *
   * @param lanes how many
   * @param items how many pieces of work
   * @param work is given the number of a piece
   * @throws CancellationException if the calling thread was interrupted
   * @throws RuntimeException what a piece threw, or an error; the others are interrupted then
   */
  static void each(int lanes, int items, IntConsumer work) {
    int used = Math.min(lanes, items);
    if (used <= 1) {
      for (int i = 0; i < items; i++) {
        work.accept(i);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    List<Lane> others = new ArrayList<>();
    for (int i = 1; i < used; i++) {
      Lane lane = new Lane(used, items, next, work);
      others.add(lane);
      THREADS.execute(lane);
    }
    Lane own = new Lane(used, items, next, work);
    own.run();
    Throwable failure = own.failure;
    for (Lane lane : others) {
      if (failure != null) {
        others.forEach(Lane::interrupt);
      }
      failure = lane.await(failure, others);
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw (RuntimeException) failure; // a piece throws nothing else
    }
  }

  /** A thread that takes pieces until none is left. */
  private static final class Lane implements Runnable {
    private final int lanes;
    private final int items;
    private final AtomicInteger next;
    private final IntConsumer work;
    private final CountDownLatch done = new CountDownLatch(1);
    private Thread runs;
    private boolean interrupted;
    private volatile Throwable failure;

    Lane(int lanes, int items, AtomicInteger next, IntConsumer work) {
      this.lanes = lanes;
      this.items = items;
      this.next = next;
      this.work = work;
    }

    @Override
    public void run() {
      begin();
      BESIDE.set(lanes);
      try {
        for (int i = next.getAndIncrement(); i < items; i = next.getAndIncrement()) {
          work.accept(i);
        }
      } catch (Throwable e) {
        failure = e;
        next.set(items); // the others begin nothing more
      } finally {
        BESIDE.remove();
        end();
        done.countDown();
      }
    }

    private synchronized void begin() {
      runs = Thread.currentThread();
      if (interrupted) {
        runs.interrupt();
      }
    }

    private synchronized void end() {
      runs = null;
    }

    synchronized void interrupt() {
      interrupted = true;
      if (runs != null) {
        runs.interrupt();
      }
    }

    /** Waits for its end; gives what failed first, an interrupt of the waiting thread included. */
    Throwable await(Throwable before, List<Lane> all) {
      Throwable first = before;
      while (true) {
        try {
          done.await();
          return first == null ? failure : first;
        } catch (InterruptedException e) {
          all.forEach(Lane::interrupt);
          first = first == null ? new CancellationException("interrupted in a pass") : first;
        }
      }
    }
  }
}
