package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/** Sharded by a UUID that Hibernate makes. */
@Entity
@Table(name = "readings")
public class Reading {
  @Id
  @GeneratedValue(strategy = GenerationType.UUID)
  public UUID device;

  public double value;

  protected Reading() {}

  public Reading(double value) {
    this.value = value;
  }
}
