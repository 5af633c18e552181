package shop;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.io.Serializable;

/** Sharded by a part of its primary key. */
@Entity
@Table(name = "order_lines")
public class OrderLine {
  @EmbeddedId public Key key;

  public String product;

  protected OrderLine() {}

  public OrderLine(Key key, String product) {
    this.key = key;
    this.product = product;
  }

  @Embeddable
  public record Key(@Column(name = "customer_id") long customerId, @Column(name = "order_id") long orderId, int line) implements Serializable {}
}
