package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class LanesTest {
  @Test
  void everyPieceIsDoneOnceWithItsShareOfTheProcessors() {
    AtomicIntegerArray done = new AtomicIntegerArray(100);
    AtomicInteger wrong = new AtomicInteger();
    Lanes.each(
        3,
        100,
        i -> {
          done.incrementAndGet(i);
          wrong.addAndGet(Lanes.beside() == 3 ? 0 : 1);
        });
    for (int i = 0; i < 100; i++) {
      assertThat(done.get(i)).isEqualTo(1);
    }
    assertThat(wrong).hasValue(0);
    assertThat(Lanes.beside()).isEqualTo(1);
  }

  @Test
  void whatFailsStopsTheOthers() {
    CountDownLatch never = new CountDownLatch(1);
    for (int failing = 0; failing < 2; failing++) {
      int bad = failing;
      AtomicInteger waiting = new AtomicInteger();
      AtomicInteger stopped = new AtomicInteger();
      CountDownLatch begun = new CountDownLatch(2);
      assertThatThrownBy(
              () ->
                  Lanes.each(
                      2,
                      2,
                      i -> {
                        begun.countDown();
                        await(begun);
                        if (i == bad) {
                          throw new IllegalArgumentException("piece " + i);
                        }
                        if (Thread.currentThread().getName().equals("headscope-lane")) {
                          waiting.incrementAndGet();
                          try {
                            never.await();
                          } catch (InterruptedException e) {
                            stopped.incrementAndGet();
                          }
                        }
                      }))
          .hasMessage("piece " + bad);
      assertThat(stopped.get()).isBetween(0, 1).isEqualTo(waiting.get());
    }
  }

  @Test
  void anInterruptReachesEveryLane() {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(2);
    AtomicInteger stopped = new AtomicInteger();
    Thread main = Thread.currentThread();
    assertThatThrownBy(
            () ->
                Lanes.each(
                    2,
                    2,
                    i -> {
                      begun.countDown();
                      if (Thread.currentThread() == main) {
                        await(begun);
                        main.interrupt();
                        return;
                      }
                      try {
                        never.await();
                      } catch (InterruptedException e) {
                        stopped.incrementAndGet();
                      }
                    }))
        .isInstanceOf(CancellationException.class);
    assertThat(stopped).hasValue(1);
    assertThat(Thread.interrupted()).isFalse();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new CancellationException();
    }
  }
}
