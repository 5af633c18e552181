-- A small shop. Deterministic: every run makes the same rows.
-- customers, orders and order_lines are sharded by the customer, countries is a reference table, app_settings a home table.

CREATE TABLE countries (
  code text PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  country text NOT NULL REFERENCES countries,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  customer_id bigint NOT NULL REFERENCES customers,
  id bigint NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'returned')),
  placed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (customer_id, id)
);

CREATE TABLE order_lines (
  customer_id bigint NOT NULL,
  order_id bigint NOT NULL,
  line integer NOT NULL,
  product text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL,
  PRIMARY KEY (customer_id, order_id, line),
  FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, id) ON DELETE CASCADE
);

CREATE TABLE app_settings (
  name text PRIMARY KEY,
  value text NOT NULL
);

INSERT INTO countries (code, name) VALUES
  ('at', 'Austria'), ('be', 'Belgium'), ('br', 'Brazil'), ('ca', 'Canada'), ('ch', 'Switzerland'), ('de', 'Germany'),
  ('es', 'Spain'), ('fr', 'France'), ('gb', 'United Kingdom'), ('in', 'India'), ('it', 'Italy'), ('jp', 'Japan'),
  ('ke', 'Kenya'), ('mx', 'Mexico'), ('nl', 'Netherlands'), ('no', 'Norway'), ('pl', 'Poland'), ('pt', 'Portugal'),
  ('se', 'Sweden'), ('us', 'United States');

INSERT INTO customers (id, name, email, country, created_at)
SELECT n,
       (ARRAY['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Margaret', 'Alan', 'Radia', 'Niklaus', 'Frances'])[1 + n % 10]
         || ' ' || (ARRAY['Moss', 'Reed', 'Holm', 'Stone', 'Weaver', 'Marsh', 'Field'])[1 + n % 7],
       'customer' || n || '@example.org',
       (ARRAY['at', 'be', 'br', 'ca', 'ch', 'de', 'es', 'fr', 'gb', 'in', 'it', 'jp', 'ke', 'mx', 'nl', 'no', 'pl', 'pt', 'se', 'us'])[1 + n % 20],
       timestamptz '2024-01-01 00:00:00+00' + n * interval '7 hours'
FROM generate_series(1, 1000) AS n;

INSERT INTO orders (customer_id, id, status, placed_at)
SELECT 1 + n % 1000,
       n,
       (ARRAY['open', 'paid', 'shipped', 'shipped', 'returned'])[1 + n % 5],
       timestamptz '2024-06-01 00:00:00+00' + n * interval '53 minutes'
FROM generate_series(1, 5000) AS n;

INSERT INTO order_lines (customer_id, order_id, line, product, quantity, price)
SELECT 1 + n % 1000,
       n,
       line,
       (ARRAY['teapot', 'lamp', 'notebook', 'chair', 'scarf', 'kettle', 'pencil'])[1 + (n + line) % 7],
       1 + (n * line) % 5,
       ((n * 37 + line * 11) % 9900 + 100) / 100.0
FROM generate_series(1, 5000) AS n, generate_series(1, 3) AS line
WHERE line <= 1 + n % 3;

INSERT INTO app_settings (name, value) VALUES
  ('shop.name', 'The Sharded Shop'),
  ('shop.currency', 'EUR'),
  ('mail.sender', 'shop@example.org');
