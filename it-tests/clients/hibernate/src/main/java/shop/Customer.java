package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.time.LocalDate;

/** Sharded by its id, which the database makes while it inserts the row. */
@Entity
@Table(name = "customers")
public class Customer {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  public Long id;

  public String name;

  @ManyToOne(fetch = FetchType.LAZY)
  @JoinColumn(name = "country", nullable = false)
  public Country country;

  public LocalDate born;

  protected Customer() {}

  public Customer(String name, Country country) {
    this.name = name;
    this.country = country;
  }
}
