package shop.first;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.hibernate.annotations.CreationTimestamp;
import org.hibernate.annotations.PartitionKey;
import shop.Customer;
import shop.OrderStatus;

/** Known by its id, sharded by its customer: the partition key is added to each UPDATE and DELETE, and to the primary key. */
@Entity(name = "Purchase")
@Table(name = "orders", indexes = @Index(name = "orders_customer", columnList = "customer_id"))
public class Purchase {
  @Id
  @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "orders_seq")
  @SequenceGenerator(name = "orders_seq", sequenceName = "orders_seq", allocationSize = 10)
  public Long id;

  @PartitionKey
  @Column(name = "customer_id", nullable = false, updatable = false)
  public long customerId;

  @ManyToOne(fetch = FetchType.LAZY)
  @JoinColumn(name = "customer_id", insertable = false, updatable = false)
  public Customer customer;

  @Column(precision = 12, scale = 2, nullable = false)
  public BigDecimal total;

  @Enumerated(EnumType.STRING)
  public OrderStatus status = OrderStatus.OPEN;

  public List<String> tags;

  @CreationTimestamp public Instant at;

  @Version public int version;

  protected Purchase() {}

  public Purchase(long customerId, BigDecimal total) {
    this.customerId = customerId;
    this.total = total;
  }
}
