package io.shardgate.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who is to be told of news, one at a time and in the order in which the news is told here.
/// Thread-safe: guarded by its own lock, under which listeners are called. One that fails is logged, and is told of the next news too.
public final class Listeners<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final String subject;
  private final List<Registration> registrations = new ArrayList<>();

  /// @param subject what the news is of, for the log
  public Listeners(String subject) {
    this.subject = subject;
  }

  /// Adds one.
  public synchronized ShardDirectory.Watch add(Consumer<T> listener) {
    Registration registration = new Registration(listener);
    registrations.add(registration);
    return registration;
  }

  /// The same, and tells it what is so now.
  public synchronized ShardDirectory.Watch add(Consumer<T> listener, T now) {
    Registration registration = new Registration(listener);
    registrations.add(registration);
    registration.tell(now);
    return registration;
  }

  public synchronized void tell(T news) {
    List.copyOf(registrations).forEach(registration -> registration.tell(news));
  }

  /// Nobody is told any more.
  public synchronized void clear() {
    registrations.clear();
  }

  private final class Registration implements ShardDirectory.Watch {
    private final Consumer<T> listener;

    Registration(Consumer<T> listener) {
      this.listener = listener;
    }

    void tell(T news) {
      try {
        listener.accept(news);
      } catch (RuntimeException e) {
        LOG.error("a listener to {} failed", subject, e);
      }
    }

    @Override
    public void close() {
      synchronized (Listeners.this) {
        registrations.remove(this);
      }
    }
  }
}
