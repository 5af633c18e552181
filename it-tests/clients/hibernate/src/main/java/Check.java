import jakarta.persistence.LockModeType;
import jakarta.persistence.OptimisticLockException;
import java.math.BigDecimal;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Hibernate;
import org.hibernate.ScrollMode;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.exception.ConstraintViolationException;
import shop.Country;
import shop.Customer;
import shop.OrderLine;
import shop.OrderStatus;
import shop.Reading;
import shop.Setting;
import shop.second.Purchase;

/** Hibernate against SHARDGATE_URL: one line per check, exit code 1 when one failed. */
public final class Check {
  private static final URI TARGET = URI.create(System.getenv("SHARDGATE_URL"));
  private static final String URL = "jdbc:postgresql://" + TARGET.getHost() + ":" + TARGET.getPort() + TARGET.getPath();
  private static final String USER = TARGET.getUserInfo().split(":")[0];
  private static final String PASSWORD = TARGET.getUserInfo().split(":")[1];
  private static int failed = 0;

  private interface Body {
    void run() throws Exception;
  }

  private interface InSession {
    void run(SessionFactory factory) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    sweep();
    check("make_the_schema", Check::makeTheSchema);
    check("update_the_schema_with_an_added_column", Check::updateTheSchema);
    try (SessionFactory factory = factory(Purchase.class, "validate")) {
      with("reference_and_home_tables", factory, Check::referenceAndHomeTables);
      with("generated_ids_and_a_key_unlike_the_primary_key", factory, Check::generatedIds);
      with("changed_and_deleted_objects_name_their_key", factory, Check::changedAndDeletedObjects);
      with("batched_inserts_over_shards", factory, Check::batchedInserts);
      with("joins_and_aggregates_of_one_customer", factory, Check::joinsAndAggregates);
      with("keys_in_embedded_ids_and_uuids", factory, Check::embeddedIdsAndUuids);
      with("transactions_over_shards", factory, Check::transactions);
      with("optimistic_and_pessimistic_locks", factory, Check::locks);
      with("scroll_with_fetch_size", factory, Check::scroll);
      with("drop_what_was_made", factory, Check::dropWhatWasMade);
    }
    sweep();
    System.exit(failed == 0 ? 0 : 1);
  }

  private static SessionFactory factory(Class<?> purchase, String schema) {
    return new Configuration()
        .setProperty("hibernate.connection.url", URL)
        .setProperty("hibernate.connection.username", USER)
        .setProperty("hibernate.connection.password", PASSWORD)
        .setProperty("hibernate.connection.pool_size", "4")
        .setProperty("hibernate.hbm2ddl.auto", schema)
        .setProperty("hibernate.hbm2ddl.halt_on_error", "true")
        .setProperty("hibernate.jdbc.batch_size", "25")
        .addAnnotatedClasses(Country.class, Customer.class, OrderLine.class, Reading.class, Setting.class, purchase)
        .buildSessionFactory();
  }

  // ---- the schema

  private static void makeTheSchema() throws Exception {
    try (SessionFactory factory = factory(shop.first.Purchase.class, "update")) {
      same(columns("orders").contains("note"), false);
      factory.inTransaction(s -> {
        s.persist(new Country("DE", "Germany"));
        s.persist(new Country("JP", "Japan"));
        for (int i = 0; i < 8; i++) {
          Customer customer = new Customer("old " + i, s.getReference(Country.class, "DE"));
          s.persist(customer);
          s.persist(new shop.first.Purchase(customer.id, BigDecimal.ONE));
        }
      });
    }
  }

  private static void updateTheSchema() throws Exception {
    for (int i = 0; i < 2; i++) {
      factory(Purchase.class, "update").close();
      same(columns("orders").contains("note"), true);
    }
    same(query("select conname from pg_constraint where conrelid = 'orders'::regclass and contype = 'p'"), List.of("orders_pkey"));
  }

  // ---- the checks

  private static void referenceAndHomeTables(SessionFactory factory) {
    factory.inTransaction(s -> s.persist(new Country("FR", "France")));
    factory.inTransaction(s -> s.find(Country.class, "FR").name = "la France");
    factory.inTransaction(s -> s.merge(new Setting("currency", "EUR")));
    factory.inTransaction(s -> s.merge(new Setting("currency", "SEK")));
    same(factory.fromSession(s -> s.createQuery("select name from Country order by code", String.class).getResultList()), List.of("Germany", "la France", "Japan"));
    same(factory.fromSession(s -> s.createQuery("select value from Setting", String.class).getResultList()), List.of("SEK"));
  }

  private static void generatedIds(SessionFactory factory) {
    Set<Long> ids = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      String name = "Ann " + i;
      Purchase made = factory.fromTransaction(s -> {
        Customer customer = customer(s, name);
        customer.born = LocalDate.of(2000, 2, 29);
        Purchase purchase = new Purchase(customer.id, new BigDecimal("12.50"));
        purchase.status = OrderStatus.PAID;
        purchase.tags = List.of("a", "b, c");
        purchase.note = "new";
        s.persist(purchase);
        return purchase;
      });
      ids.add(made.id);
      factory.inSession(s -> {
        Purchase found = purchase(s, made);
        same(List.of(found.total, found.status, found.tags, found.note), List.of(made.total, OrderStatus.PAID, made.tags, "new"));
        Customer customer = Hibernate.unproxy(found.customer, Customer.class);
        same(customer.name, name);
        same(customer.born, LocalDate.of(2000, 2, 29));
        same(Hibernate.unproxy(customer.country, Country.class).name, "Germany");
      });
    }
    same(ids.size(), 12);
  }

  private static void changedAndDeletedObjects(SessionFactory factory) {
    Purchase made = factory.fromTransaction(s -> persisted(s, new Purchase(customer(s, "Bo").id, BigDecimal.TEN)));
    factory.inTransaction(s -> {
      Purchase found = purchase(s, made);
      found.total = new BigDecimal("11.00");
      Hibernate.unproxy(found.customer, Customer.class).name = "Bo again";
    });
    factory.inTransaction(s -> {
      same(purchase(s, made).total, new BigDecimal("11.00"));
      same(Hibernate.unproxy(s.find(Customer.class, made.customerId), Customer.class).name, "Bo again");
      same(s.createMutationQuery("update Purchase set note = 'bulk' where customerId = :c").setParameter("c", made.customerId).executeUpdate(), 1);
    });
    factory.inTransaction(s -> {
      Purchase found = purchase(s, made);
      same(found.note, "bulk");
      s.remove(found);
    });
    same(count(factory, made.customerId), 0L);
  }

  private static void batchedInserts(SessionFactory factory) {
    List<Purchase> made = factory.fromTransaction(s -> {
      List<Long> customers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        customers.add(customer(s, "batch " + i).id);
      }
      List<Purchase> purchases = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        purchases.add(persisted(s, new Purchase(customers.get(i % 10), BigDecimal.valueOf(i))));
      }
      return purchases;
    });
    for (Purchase one : made) {
      factory.inSession(s -> same(purchase(s, one).total.intValue(), one.total.intValue()));
    }
    for (int i = 0; i < 10; i++) {
      same(count(factory, made.get(i).customerId), 10L);
    }
  }

  private static void joinsAndAggregates(SessionFactory factory) {
    long id = factory.fromTransaction(s -> {
      long customer = customer(s, "Cy").id;
      for (int i = 0; i < 4; i++) {
        s.persist(new Purchase(customer, BigDecimal.valueOf(i)));
      }
      return customer;
    });
    factory.inSession(s -> {
      Object[] row = s.createQuery("select c.name, n.name, count(p), sum(p.total) from Purchase p join p.customer c join c.country n where p.customerId = :c group by c.name, n.name", Object[].class)
          .setParameter("c", id).getSingleResult();
      same(List.of(row), List.of("Cy", "Germany", 4L, new BigDecimal("6.00")));
      same(s.createQuery("from Purchase p join fetch p.customer where p.customerId = :c order by p.total desc", Purchase.class).setParameter("c", id).setMaxResults(2).getResultList().size(), 2);
    });
  }

  private static void embeddedIdsAndUuids(SessionFactory factory) {
    for (int i = 1; i <= 8; i++) {
      double value = i / 4.0;
      OrderLine.Key key = new OrderLine.Key(1000 + i, i, 1);
      UUID device = factory.fromTransaction(s -> {
        s.persist(new OrderLine(key, "tea"));
        return persisted(s, new Reading(value)).device;
      });
      factory.inTransaction(s -> s.find(OrderLine.class, key).product = "coffee");
      factory.inTransaction(s -> {
        OrderLine line = s.find(OrderLine.class, key);
        same(line.product, "coffee");
        s.remove(line);
        same(s.find(Reading.class, device).value, value);
      });
      same(factory.fromSession(s -> s.find(OrderLine.class, key)) == null, true);
    }
  }

  private static void transactions(SessionFactory factory) {
    List<Long> ids = factory.fromTransaction(s -> {
      List<Long> made = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        made.add(customer(s, "tx").id);
      }
      return made;
    });
    factory.inTransaction(s -> ids.forEach(id -> s.find(Customer.class, id).name = "kept"));
    try (Session s = factory.openSession()) {
      s.beginTransaction();
      ids.forEach(id -> s.find(Customer.class, id).name = "lost");
      s.flush();
      s.getTransaction().rollback();
    }
    try {
      factory.inTransaction(s -> {
        ids.forEach(id -> s.find(Customer.class, id).name = "lost");
        s.createNativeMutationQuery("insert into customers (id, name, country) values (" + ids.get(3) + ", 'twice', 'DE')").executeUpdate();
      });
      throw new AssertionError("no error");
    } catch (ConstraintViolationException e) {
      same(e.getConstraintName(), "customers_pkey");
    }
    ids.forEach(id -> same(factory.fromSession(s -> s.find(Customer.class, id).name), "kept"));
  }

  private static void locks(SessionFactory factory) {
    Purchase made = factory.fromTransaction(s -> persisted(s, new Purchase(customer(s, "Di").id, BigDecimal.TEN)));
    try (Session slow = factory.openSession()) {
      slow.beginTransaction();
      Purchase stale = purchase(slow, made);
      factory.inTransaction(s -> purchase(s, made).note = "first");
      stale.note = "second";
      slow.getTransaction().commit();
      throw new AssertionError("no error");
    } catch (OptimisticLockException e) {
      same(factory.fromSession(s -> purchase(s, made).note), "first");
    }
    factory.inTransaction(s -> {
      Customer customer = s.find(Customer.class, made.customerId, LockModeType.PESSIMISTIC_WRITE);
      customer.name = "Di locked";
    });
    same(factory.fromSession(s -> s.find(Customer.class, made.customerId).name), "Di locked");
  }

  private static void scroll(SessionFactory factory) {
    long id = factory.fromTransaction(s -> {
      long customer = customer(s, "Ed").id;
      for (int i = 0; i < 300; i++) {
        s.persist(new Purchase(customer, BigDecimal.valueOf(i)));
      }
      return customer;
    });
    factory.inTransaction(s -> {
      try (var rows = s.createQuery("from Purchase where customerId = :c order by total", Purchase.class).setParameter("c", id).setFetchSize(37).scroll(ScrollMode.FORWARD_ONLY)) {
        for (int i = 0; i < 300; i++) {
          same(rows.next(), true);
          same(rows.get().total.intValue(), i);
        }
        same(rows.next(), false);
      }
    });
  }

  private static void dropWhatWasMade(SessionFactory factory) throws Exception {
    factory.getSchemaManager().drop(false);
    same(query("select relname from pg_class where relnamespace = 'public'::regnamespace"), List.of());
  }

  // ---- words of the checks

  private static Customer customer(Session s, String name) {
    return persisted(s, new Customer(name, s.getReference(Country.class, "DE")));
  }

  private static <T> T persisted(Session s, T object) {
    s.persist(object);
    return object;
  }

  /** By the key first: an order's id alone names no shard. */
  private static Purchase purchase(Session s, Purchase like) {
    return s.createQuery("from Purchase where customerId = :c and id = :i", Purchase.class).setParameter("c", like.customerId).setParameter("i", like.id).getSingleResult();
  }

  private static long count(SessionFactory factory, long customer) {
    return factory.fromSession(s -> s.createQuery("select count(*) from Purchase where customerId = :c", Long.class).setParameter("c", customer).getSingleResult());
  }

  private static void with(String name, SessionFactory factory, InSession body) {
    check(name, () -> body.run(factory));
  }

  private static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok hibernate." + name);
    } catch (Exception | AssertionError e) {
      failed++;
      System.out.println("FAIL hibernate." + name + " " + String.valueOf(e).replaceAll("\\s+", " "));
      e.printStackTrace();
    }
  }

  private static void same(Object got, Object wanted) {
    if (!got.equals(wanted)) {
      throw new AssertionError(got + " instead of " + wanted);
    }
  }

  private static List<String> columns(String table) throws SQLException {
    return query("select column_name from information_schema.columns where table_schema = 'public' and table_name = '" + table + "' order by ordinal_position");
  }

  private static List<String> query(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection c = DriverManager.getConnection(URL, USER, PASSWORD); Statement s = c.createStatement(); ResultSet rows = s.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private static void sweep() throws SQLException {
    try (Connection c = DriverManager.getConnection(URL, USER, PASSWORD); Statement s = c.createStatement()) {
      s.execute("drop table if exists settings, readings, order_lines, orders, customers, countries cascade");
      s.execute("drop sequence if exists orders_seq");
    }
  }
}
