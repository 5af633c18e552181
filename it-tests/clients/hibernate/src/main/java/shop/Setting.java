package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A home table. */
@Entity
@Table(name = "settings")
public class Setting {
  @Id public String name;

  public String value;

  protected Setting() {}

  public Setting(String name, String value) {
    this.name = name;
    this.value = value;
  }
}
