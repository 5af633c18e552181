ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT 'none';
CREATE INDEX orders_customer ON orders (customer_id, at);
