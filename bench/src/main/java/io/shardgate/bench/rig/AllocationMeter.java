package io.shardgate.bench.rig;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// Bytes that all threads of another JVM have allocated on its heap, and those that are in use, asked by JMX. Not thread-safe; owned by its maker, who closes it.
final class AllocationMeter implements AutoCloseable {
  private final JMXConnector connector;
  private final ThreadMXBean threads;
  private final MemoryMXBean memory;

  private AllocationMeter(JMXConnector connector, ThreadMXBean threads, MemoryMXBean memory) {
    this.connector = connector;
    this.threads = threads;
    this.memory = memory;
  }

  @SuppressWarnings("BanJNDI") // the other side is a process that the rig has started
  static AllocationMeter of(long pid) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
      try {
        JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
        MBeanServerConnection beans = connector.getMBeanServerConnection();
        return new AllocationMeter(
            connector, ManagementFactory.getPlatformMXBean(beans, ThreadMXBean.class), ManagementFactory.getPlatformMXBean(beans, MemoryMXBean.class));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IOException(e);
    }
  }

  long bytes() {
    return threads.getTotalThreadAllocatedBytes();
  }

  /// Bytes on the heap that are in use, behind a full collection.
  long liveBytes() {
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
