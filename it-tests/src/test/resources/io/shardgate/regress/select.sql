-- Orders.
SELECT * FROM staff ORDER BY id;
SELECT id, name FROM staff ORDER BY name USING >, id USING <;
SELECT name, id FROM staff ORDER BY name NULLS FIRST, id DESC;
SELECT name, id FROM staff ORDER BY name DESC NULLS LAST, id LIMIT 8;
SELECT id, name FROM staff ORDER BY CASE WHEN active THEN 1 ELSE 2 END, length(name) DESC NULLS LAST, id;
SELECT label, sku FROM stock ORDER BY label COLLATE "C" DESC NULLS LAST, sku COLLATE "C";
SELECT label, sku FROM stock ORDER BY lower(label), label, sku;
SELECT -qty AS qty, sku FROM stock ORDER BY qty, sku;
SELECT -qty AS q, sku FROM stock ORDER BY stock.qty NULLS FIRST, stock.sku;
SELECT sku FROM stock ORDER BY span, sku;
SELECT bits, spent, sku FROM stock ORDER BY bits DESC, spent, sku;
SELECT day, probe, value, exact FROM reading ORDER BY value DESC, exact NULLS FIRST, day, probe;
SELECT id, skills FROM staff ORDER BY skills DESC, extra NULLS FIRST, id;
-- error 42702
SELECT sku AS x, label AS x FROM stock ORDER BY x;
-- error 42P10
SELECT sku FROM stock ORDER BY 2;
-- error 42601
SELECT sku FROM stock ORDER BY 'sku';

-- How many.
SELECT pay, id FROM staff ORDER BY pay DESC NULLS FIRST, 2 OFFSET 3 ROWS FETCH NEXT 5 ROWS ONLY;
SELECT pay FROM staff ORDER BY pay FETCH FIRST 4 ROWS WITH TIES;
-- in any order
SELECT team_no, id FROM staff ORDER BY team_no NULLS FIRST FETCH FIRST ROW WITH TIES;
-- in any order
SELECT grade, id FROM staff WHERE id > 4 ORDER BY grade OFFSET 0 FETCH FIRST 3 ROWS WITH TIES;
SELECT id FROM staff ORDER BY id LIMIT NULL OFFSET NULL;
SELECT id FROM staff ORDER BY id LIMIT ALL OFFSET 27;
SELECT id FROM staff ORDER BY id LIMIT (SELECT count(*) FROM team);
SELECT id FROM staff ORDER BY id DESC LIMIT (SELECT max(no) FROM shift) OFFSET (SELECT min(a) FROM edge);
SELECT id FROM staff ORDER BY id LIMIT 2 + 1 OFFSET 1 * 2;
-- no rows
SELECT id FROM staff ORDER BY id LIMIT 0;
-- error 2201W
SELECT id FROM staff ORDER BY id LIMIT -1;
-- error 2201X
SELECT id FROM staff ORDER BY id OFFSET -2;

-- Distinct.
SELECT DISTINCT team_no, active FROM staff ORDER BY active, team_no NULLS FIRST;
SELECT DISTINCT ON (team_no) team_no, id, name FROM staff ORDER BY team_no, id DESC;
SELECT DISTINCT ON (active, grade) active, grade, hired, id FROM staff ORDER BY grade DESC, active, hired DESC NULLS LAST, id;
SELECT DISTINCT label FROM stock;
SELECT DISTINCT span, bits FROM stock;
SELECT DISTINCT extra->'n', skills FROM staff;
-- error 42P10
SELECT DISTINCT ON (name) name FROM staff ORDER BY pay;
-- error 42P10
SELECT DISTINCT name FROM staff ORDER BY pay;

-- Values and set operations.
VALUES (1, 'a'), (2, NULL), ((SELECT count(*) FROM staff), 'z') ORDER BY 1 DESC;
SELECT v.k, s.name FROM (VALUES (3, 'c'), (5, 'e'), (NULL, 'n')) v (k, l) LEFT JOIN staff s ON s.id = v.k ORDER BY v.l;
SELECT id FROM staff WHERE (team_no, active) IN (VALUES (1, true), (2, false)) ORDER BY id;
SELECT 1 AS one FROM staff WHERE false UNION ALL SELECT 2 ORDER BY 1;
SELECT name FROM staff INTERSECT ALL SELECT name FROM staff WHERE id > 15 ORDER BY 1;
(SELECT id FROM staff ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM staff ORDER BY id DESC LIMIT 2) ORDER BY 1 DESC;
SELECT name, pay FROM staff EXCEPT SELECT name, pay FROM staff WHERE active ORDER BY 1, 2;
SELECT team_no FROM staff EXCEPT ALL (SELECT no FROM team UNION ALL SELECT no FROM shift) ORDER BY 1;
SELECT hours::int FROM shift UNION SELECT no FROM team ORDER BY hours;
TABLE edge ORDER BY a, b;
-- error 42804
SELECT id FROM staff UNION SELECT name FROM staff;
-- error 42601
SELECT id FROM staff UNION SELECT id, name FROM staff;

-- Rows.
SELECT id FROM staff WHERE (team_no, id) > (3, 8) ORDER BY id;
SELECT id FROM staff WHERE (name, id) <= ('Cleo', 10) ORDER BY id;
SELECT id FROM staff WHERE ROW (team_no, pay) IS NULL OR ROW (name, pay) IS NOT NULL ORDER BY id;
SELECT id FROM staff WHERE (team_no, pay) IS DISTINCT FROM (2, 2252.5) ORDER BY id;
SELECT s.*, (s).name AS again FROM staff s WHERE s.id < 4 ORDER BY id;
SELECT row_to_json(s)->>'name', to_jsonb(s) - 'extra' FROM staff s ORDER BY id LIMIT 4;
SELECT count(s), count(s.name), count(*) FROM staff s;
SELECT s IS NULL, s IS NOT NULL, id FROM staff s ORDER BY id;
SELECT e FROM edge e;
-- refused: the query can't be answered from rows of several shards: its columns would be of other types
SELECT e FROM edge e ORDER BY e DESC;
SELECT id, ROW (id, name, NULL), ROW (s.team_no, s.*)::text FROM staff s WHERE id < 5 ORDER BY id;
SELECT x.c1, x.c2 FROM staff AS x (c1, c2) ORDER BY x.c1 LIMIT 3;
SELECT FROM staff WHERE id > 28;

-- Conditions.
SELECT id, team_no IS DISTINCT FROM boss, pay IS NOT DISTINCT FROM NULL FROM staff ORDER BY id;
SELECT id, active IS TRUE, active IS NOT TRUE, active IS FALSE, active IS NOT FALSE, active IS UNKNOWN, active IS NOT UNKNOWN FROM staff ORDER BY 1;
SELECT id FROM staff WHERE NOT active OR active IS NULL AND pay > 2000 ORDER BY id;
SELECT id, pay BETWEEN 1500 AND 2500, pay BETWEEN SYMMETRIC 2500 AND 1500, id NOT BETWEEN 5 AND 25 FROM staff ORDER BY id;
SELECT sku FROM stock WHERE label LIKE 'b%' OR label ILIKE 'B%' OR label SIMILAR TO '(nut|zed)' OR label ~ '^s.r' ORDER BY sku;
SELECT sku, label NOT LIKE '%o!lt%' ESCAPE '!' FROM stock ORDER BY sku LIMIT 9;
SELECT "id" AS "Mixed Case", id "select" FROM staff WHERE id = ANY (ARRAY[1, 2, NULL, 30]) ORDER BY "Mixed Case" DESC;
SELECT id FROM staff WHERE skills && ARRAY['ink'] OR skills @> '{oil}' OR skills = '{}' ORDER BY id;
SELECT day FROM reading WHERE value = 'NaN' OR value = 'infinity' ORDER BY day, probe;
-- no rows
SELECT id FROM staff WHERE id NOT IN (1, 2, NULL);
-- no rows
SELECT id FROM staff WHERE NULL;
SELECT id FROM staff WHERE hired IN (date '2020-01-15' + 53, NULL, '2020-05-01') OR hired > '2021-10-01' ORDER BY id;
SELECT id FROM staff WHERE team_no <> ALL ('{1,2}') AND grade >= 'B' ORDER BY id;

-- Expressions.
SELECT CASE team_no WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE coalesce(name, '?') END AS c, id FROM staff ORDER BY c, id;
SELECT id, CASE WHEN pay > 2000 THEN pay WHEN active THEN 1 END, nullif(team_no, 2), greatest(pay, 1500, NULL), least(hired, date '2020-06-01') FROM staff ORDER BY id;
SELECT CASE WHEN id = 3 THEN 0 ELSE 10 / (id - 3) END FROM staff WHERE id < 6 ORDER BY id;
SELECT qty + small AS t, qty % 3, -qty, abs(qty), qty / nullif(small, 0), sku FROM stock ORDER BY t, sku;
SELECT id, skills[1][2], skills[1:1][2:2], array_length(skills, 2), cardinality(skills), skills || '{{a,b}}' FROM staff WHERE skills <> '{}' ORDER BY id;
SELECT id, extra->'k'->>0, extra #>> '{k,1}', extra ? 'n', extra @> '{"n": 2}' FROM staff ORDER BY id;
SELECT id, unnest(skills) AS skill FROM staff ORDER BY id, skill LIMIT 20;
SELECT id, generate_series(1, team_no) FROM staff WHERE id < 7 ORDER BY 1, 2;
SELECT id, g FROM staff, generate_series(1, 3) g WHERE id % 10 = g ORDER BY id, g;
SELECT sku, span, upper(span), isempty(span), span @> 5, span * int4range(3, 8) FROM stock ORDER BY sku;
SELECT bits & B'0110', ~bits, bits << 1, code, sku FROM stock ORDER BY sku DESC;
SELECT seen::date AS d, extract(hour FROM seen), to_char(seen, 'DD.MM. HH24:MI'), age(seen, '2026-01-01'), spent * 2, sku FROM stock ORDER BY d DESC, sku;
SELECT value + 1, exact * 2.50, exact / 3, round(exact, 1), trunc(exact), exact::int FROM reading ORDER BY day, probe LIMIT 12;
SELECT grade, grade || '|', length(grade), grade = 'A ' FROM staff ORDER BY id LIMIT 3;
-- error 22012
SELECT 10 / (id - 3) FROM staff ORDER BY 1;
-- error 22003
SELECT id * 1000000000000000000 FROM staff;
-- error 42703
SELECT nothing FROM staff;
-- error 42P01
SELECT other.id FROM staff;
-- error 42883
SELECT id FROM staff WHERE name + 1 > 2;
-- error 22P02
SELECT id FROM staff WHERE team_no = 'one';
-- error 22P02
SELECT name::int FROM staff WHERE id = ANY ('{4,11}');

-- Shard keys.
SELECT id, name FROM staff WHERE id = 5 OR name = 'Bo' ORDER BY id;
SELECT id FROM staff WHERE NOT (id <> 5) UNION ALL SELECT id FROM staff WHERE id IS NOT DISTINCT FROM 6 ORDER BY 1;
SELECT id FROM staff WHERE (id, team_no) = (5, 2) OR (id, team_no) IN ((6, 3), (7, 1)) ORDER BY id;
SELECT id FROM staff WHERE id IN (5, 6, 8) AND id IN (6, 7, 8) ORDER BY id;
-- no rows
SELECT id FROM staff WHERE id = 5 AND id = 6;
SELECT id FROM staff WHERE CASE WHEN id = 5 THEN true ELSE name = 'Ada' END ORDER BY id;
SELECT id FROM staff WHERE (id = 5) IS NOT TRUE AND id < 9 ORDER BY id;
SELECT id FROM staff WHERE coalesce(id, 0) = 5 OR id + 0 = 6 OR id::text = '7' ORDER BY id;
SELECT id FROM staff WHERE id = '5' OR id = 6.0 OR id = 7::smallint OR id = 8::float8 OR id = 9::numeric ORDER BY id;
-- no rows
SELECT id FROM staff WHERE id = 5.5;
SELECT id FROM staff WHERE id = ANY (ARRAY[4, NULL, 5, 4]) ORDER BY id;
SELECT id FROM staff WHERE id <> ALL ('{1,2,3}') AND id <= 6 ORDER BY id;
SELECT id, pay FROM staff WHERE id = 3 + 2;
SELECT sku FROM stock WHERE sku IN ('sku-b1', 'sku-c2', 'sku-B1') OR sku >= 'sku-e' ORDER BY sku;
SELECT sku FROM stock WHERE sku LIKE 'sku-b%' AND sku <> 'sku-b1' ORDER BY sku;
SELECT day, probe FROM reading WHERE day = '2026-01-05' OR day = date '2026-01-07' + 1 ORDER BY 1, 2;
SELECT day, probe FROM reading WHERE day < date '2026-01-10' AND day >= '2026-01-06' ORDER BY 1, 2;
SELECT day, probe FROM reading WHERE day > timestamp '2026-01-07 12:00' AND day <= timestamp '2026-01-08 23:00' ORDER BY 1, 2;
SELECT day, probe FROM reading WHERE day >= timestamptz '2026-01-14 12:00+00' AND day < timestamptz '2026-01-16 12:00+00' ORDER BY 1, 2;
SELECT count(*), min(day), max(day) FROM reading WHERE day NOT BETWEEN '2026-01-03' AND '2026-01-20';
SELECT day, probe FROM reading WHERE day BETWEEN SYMMETRIC '2026-01-16' AND '2026-01-14' AND probe = 1 ORDER BY day DESC LIMIT 2;
SELECT day FROM reading WHERE (day, probe) > ('2026-01-21', 1) AND (day, probe) <= ('2026-01-23', 1) ORDER BY day, probe;
SELECT day FROM reading WHERE day > '-infinity' AND day < 'infinity' AND day - 20 > '2026-01-06' ORDER BY day, probe;
