package shop;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A reference table: on every shard. */
@Entity
@Table(name = "countries")
public class Country {
  @Id
  @Column(length = 2)
  public String code;

  public String name;

  protected Country() {}

  public Country(String code, String name) {
    this.code = code;
    this.name = name;
  }
}
