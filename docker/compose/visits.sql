-- What each application does, 20 times a second: a new row of some customer, and that customer's latest ones.
\set customer random(1, 100000)
INSERT INTO visits (customer, page) VALUES (:customer, '/welcome');
SELECT page, at FROM visits WHERE customer = :customer ORDER BY at DESC LIMIT 10;
