package shop;

/** Kept as text with a CHECK. */
public enum OrderStatus {
  OPEN,
  PAID
}
