CREATE TABLE IF NOT EXISTS visits (
  customer bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  page text NOT NULL
);
CREATE INDEX IF NOT EXISTS visits_of_customer ON visits (customer, at);
