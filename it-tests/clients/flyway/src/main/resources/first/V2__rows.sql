INSERT INTO customers (id, name, country)
SELECT i, 'customer ' || i, CASE WHEN i % 2 = 0 THEN 'DE' ELSE 'JP' END FROM generate_series(1, 40) AS i;
INSERT INTO orders (customer_id, total) VALUES (1, 10), (2, 20), (3, 30), (4, 40), (5, 50);
INSERT INTO settings VALUES ('currency', 'EUR');
