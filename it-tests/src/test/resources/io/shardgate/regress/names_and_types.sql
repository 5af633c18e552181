-- Names: qualified, quoted, spelled, the same twice.
SELECT public.staff.id, staff.name FROM public.staff WHERE public.staff.id < 4 ORDER BY staff.id;
SELECT "S t".id, "S t"."name" FROM staff AS "S t" WHERE "S t".id IN (5, 6) ORDER BY "S t".id;
SELECT U&"\0069d", U&"n!0061me" UESCAPE '!' FROM staff WHERE U&"i\0064" < 4 ORDER BY 1;
SELECT ID, Name FROM STAFF WHERE Id < 4 ORDER BY iD;
SELECT id, id, name AS id FROM staff WHERE staff.id < 4 ORDER BY staff.id;
SELECT id /* a comment -- with */ , name -- and another
FROM staff /* nested /* one */ */ WHERE id < 3 ORDER BY 1;
SELECT id, $x$a 'quoted' $1$x$, E'\x41\n', U&'\0042' FROM staff WHERE name = E'B\x6f' OR name = $$Dan$$ ORDER BY id;
SELECT pay AS name, id FROM staff WHERE name > 'D' ORDER BY name, id;
SELECT name || '!' AS name FROM staff WHERE name < 'C' GROUP BY name ORDER BY name;
SELECT upper(name) AS name, count(*) FROM staff GROUP BY name ORDER BY name DESC NULLS LAST, 2;
SELECT s.name AS "name", x.name FROM staff s JOIN staff x ON x.id = s.id + 1 WHERE s.id < 4 ORDER BY s.id;
SELECT limits.id FROM staff limits WHERE limits.id < 3 ORDER BY limits.id;
SELECT id AS "order", pay "group" FROM staff ORDER BY "order" LIMIT 2;
-- error 42703
SELECT "ID" FROM staff;
-- error 42P01
SELECT staff.id FROM staff s;
-- error 42703
SELECT id AS x FROM staff WHERE x > 1;
-- error 42703
SELECT id AS x FROM staff ORDER BY x + 1;
-- error 42601
SELECT id FROM staff WHERE;

-- Collations.
SELECT name FROM staff WHERE name COLLATE "C" < 'Cleo' ORDER BY name COLLATE "C", id;
SELECT k.sku, s.id FROM stock k JOIN staff s ON k.label COLLATE "C" > s.name WHERE s.id < 4 ORDER BY 1, 2;
SELECT label, count(*) FROM stock WHERE label > 'a' GROUP BY label ORDER BY label;
SELECT max(label), max(label COLLATE "POSIX"), min(lower(label)) FROM stock;
SELECT k.sku, s.id FROM stock k JOIN staff s ON k.label < s.name WHERE s.id < 4 ORDER BY 1, 2;
-- error 42P21
SELECT sku FROM stock WHERE (label COLLATE "C") < (sku COLLATE "POSIX");
-- error 42704
SELECT name FROM staff ORDER BY name COLLATE "no_such";

-- Types of results.
SELECT 'x' AS k UNION SELECT name FROM staff ORDER BY 1;
SELECT NULL AS k UNION ALL SELECT id FROM staff WHERE id < 3 ORDER BY 1;
SELECT kind FROM shift UNION SELECT grade FROM staff ORDER BY 1;
SELECT pay, pay::numeric(6, 1), pay::int, pay::float8, pay * 1.0, pay / 7, round(pay / 3, 4) FROM staff WHERE pay > 3000 ORDER BY id;
SELECT id::text, team_no::int2, hired::timestamp, hired + interval '36 hours', hired - date '2020-01-01', active::int FROM staff WHERE id < 9 ORDER BY staff.id;
SELECT grade, grade::text || '|', length(grade), grade LIKE 'A', grade LIKE 'A %', grade = 'A', octet_length(grade) FROM staff WHERE id < 5 ORDER BY id;
SELECT kind::char(3), kind::varchar(2), substring(kind FROM 2 FOR 2), position('i' IN kind), overlay(kind PLACING 'x' FROM 1), trim(LEADING 'n' FROM kind) FROM shift WHERE staff_id = 7 ORDER BY no;
SELECT bits::int, bits::bit(2), bits || B'1', bit_length(bits), get_bit(bits, 0), bits::text FROM stock WHERE qty > 6 ORDER BY sku;
SELECT seen AT TIME ZONE 'UTC' = seen AT TIME ZONE 'Asia/Tokyo', seen::time, date_part('dow', seen), justify_hours(spent * 3), extract(epoch FROM spent) FROM stock WHERE qty > 6 ORDER BY sku;
SELECT code::text, code > 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a10', span::text, lower_inc(span), span -|- int4range(1, 2) FROM stock WHERE qty > 6 ORDER BY sku;
SELECT extra, extra || '{"z": 1}', jsonb_typeof(extra->'k'), extra - 'n', extra #- '{k,0}', jsonb_path_query_first(extra, '$.k[1]') FROM staff WHERE id < 9 ORDER BY id;
SELECT id, k, v FROM staff, jsonb_each_text(extra) AS j (k, v) WHERE v LIKE '[_]' OR k = 'n' ORDER BY 1, 2;
SELECT id, jsonb_array_elements_text(extra->'k') AS e FROM staff WHERE id < 6 ORDER BY 1, 2;
SELECT id, array_to_string(skills, '/'), array_remove(string_to_array(name, 'o'), ''), skills::text, array_dims(skills), skills <@ '{saw,ink,map}' FROM staff WHERE id < 9 ORDER BY id;
SELECT s.id, a.x, a.y FROM staff s, unnest(s.skills, ARRAY[s.team_no, s.boss::int]) AS a (x, y) WHERE s.id < 5 ORDER BY s.id, a.x, a.y;
SELECT value, value::text, value = 'NaN', value / 3, sign(value), value::numeric FROM reading WHERE day < '2026-01-06' AND value <> 'Infinity' ORDER BY day, probe;
SELECT exact, exact::text, scale(exact), trim_scale(exact), exact % 7, width_bucket(exact, 0, 400, 4), power(exact, 2) FROM reading WHERE day < '2026-01-08' ORDER BY day, probe;
SELECT to_tsvector('simple', sku || ' ' || label) @@ to_tsquery('simple', 'nut | zed'), ts_rank(to_tsvector('simple', label), 'nut'::tsquery) FROM stock ORDER BY sku;
SELECT format('%s-%I-%L', id, name, grade), md5(name), encode(convert_to(name, 'UTF8'), 'hex'), reverse(name), repeat(name, 2), lpad(id::text, 4, '0'), translate(name, 'aeo', '123') FROM staff WHERE id < 9 ORDER BY id;
-- error 22003
SELECT (id * 2000)::int2 FROM staff;
-- error 42846
SELECT active::date FROM staff;
-- error 22P02
SELECT id FROM staff WHERE active = 'maybe';
-- error 22007
SELECT id FROM staff WHERE hired > 'someday';
-- error 22008
SELECT id FROM staff WHERE hired > '2020-02-30';
-- error 2202E
SELECT id FROM staff WHERE skills || '{{a,b,c}}' IS NOT NULL;

-- Conditions that shards can look at.
SELECT id FROM staff WHERE lower(name) = 'bo' OR length(name) = 4 ORDER BY id;
SELECT id FROM staff WHERE date_trunc('month', hired) = '2020-03-01' OR extract(year FROM hired) = 2021 AND hired::text LIKE '%-0_-1%' ORDER BY id;
SELECT id FROM staff WHERE extra->>'n' = '2' OR extra @? '$.k ? (@ == 1)' ORDER BY id;
SELECT id FROM staff WHERE skills[1][1] = 'oil' AND cardinality(skills) = 2 AND 'ink' <> ALL (skills) ORDER BY id;
SELECT sku FROM stock WHERE span @> 4 AND NOT isempty(span) AND upper(span) - lower(span) > 1 ORDER BY sku;
SELECT sku FROM stock WHERE seen > '2026-01-03 10:00' AND spent BETWEEN '1 day' AND interval '60 hours' AND bits & B'0001' = B'0001' ORDER BY sku;
SELECT id FROM staff WHERE id > 5 AND 10 / (id - 5) > 1 ORDER BY id;
SELECT id FROM staff WHERE CASE WHEN id <> 5 THEN 10 / (id - 5) > 1 END ORDER BY id;
SELECT id FROM staff WHERE pay IN (1000, 1250.5, 1501.00) AND score NOT BETWEEN 0 AND 2 ORDER BY id;
SELECT id FROM staff WHERE (name, grade) IN (('Bo', 'B'), ('Dan', 'A'), ('Eve', 'C1')) ORDER BY id;
SELECT id FROM staff WHERE name > 'B' AND name < 'D' AND hired IS NOT NULL AND active IS NOT FALSE ORDER BY id;
-- error 42883
SELECT id FROM staff WHERE grade IN ('A', 'C1 ') AND kind_of(id) IS NULL;
SELECT id FROM staff WHERE grade IN ('A', 'C1 ') AND id % 2 = 0 ORDER BY id;
-- error 22012
SELECT id FROM staff WHERE id > 0 AND 10 / (id - 5) > 1;
-- error 22012
SELECT CASE WHEN id > 0 THEN id ELSE 1 / 0 END FROM staff;
-- no rows
SELECT id FROM staff WHERE false AND 1 / (id - 5) = 1;

-- Whole rows.
SELECT s.id FROM staff s WHERE s IS NOT NULL ORDER BY s.id;
SELECT s.id FROM staff s WHERE (s.*) IS NOT NULL ORDER BY s.id DESC;
SELECT count(DISTINCT e), count(DISTINCT (e).a), count(e.*) FROM edge e;
SELECT e.a, e.b FROM edge e WHERE e IN (SELECT f FROM edge f WHERE f.w = 1) ORDER BY 1, 2;
SELECT e.a, f.a FROM edge e JOIN edge f ON e < f AND e.w = f.w ORDER BY 1, 2, e.b, f.b;
SELECT e.a, ROW (e.*) = ROW (e.a, e.b, 1) AS same FROM edge e ORDER BY e.a, e.b;
SELECT s.id FROM staff s WHERE s::text LIKE '(5,%' OR s::text LIKE '%,,%' ORDER BY s.id;
SELECT to_json(array_agg(e ORDER BY e.a, e.b)) FROM edge e WHERE e.a < 4;
SELECT max(e::text), count(*) FROM edge e GROUP BY e.w IS NULL ORDER BY 2;
SELECT (SELECT count(*) FROM (SELECT e.*) x WHERE x.w > 1) FROM edge e ORDER BY e.a, e.b;
-- refused: the query can't be answered from rows of several shards: its columns would be of other types
SELECT x.e, (x.e).b FROM (SELECT e, w FROM edge e) x WHERE x.w = 1 ORDER BY 2, (x.e).a;
SELECT jsonb_build_object('row', e, 'n', 1) FROM edge e WHERE e.w > 4 ORDER BY e.a, e.b;

-- Streams in order.
SELECT exact, day, probe FROM reading ORDER BY exact DESC NULLS LAST, day, probe;
SELECT exact, day, probe FROM reading WHERE probe = 2 ORDER BY exact NULLS FIRST, day DESC LIMIT 9 OFFSET 2;
SELECT DISTINCT day, exact FROM reading ORDER BY exact, day LIMIT 12;
SELECT price, label, seen, qty FROM stock ORDER BY price DESC, label NULLS FIRST, seen, qty;
SELECT code, seen, label, price FROM stock ORDER BY code NULLS FIRST, seen, price, label;
SELECT id, active, hired FROM staff ORDER BY active DESC NULLS LAST, hired DESC, id OFFSET 25;
SELECT s.id, h.no, h.day FROM staff s JOIN shift h ON h.staff_id = s.id ORDER BY h.day DESC, s.id DESC LIMIT 7;
SELECT staff_id, max(day), count(*) FROM shift GROUP BY staff_id ORDER BY staff_id DESC OFFSET 20;
SELECT DISTINCT ON (staff_id) staff_id, day, no FROM shift ORDER BY staff_id, day DESC LIMIT 8;
SELECT id FROM staff WHERE name IS NOT NULL ORDER BY id DESC FETCH FIRST ROW ONLY;
SELECT name FROM staff ORDER BY name NULLS FIRST OFFSET 5 ROWS FETCH NEXT ROW ONLY;
SELECT substring(name FOR 2) AS n, id FROM staff WHERE substring(name FOR 1) > 'C' ORDER BY n, id FETCH FIRST 5 ROWS ONLY;
SELECT id, sum(id) OVER (ORDER BY id ROWS 1 PRECEDING) FROM staff WHERE id = 5 OR id < 3 ORDER BY id FETCH FIRST ROW ONLY;

-- Beside a table of the home shard.
SELECT s.id, x.name FROM staff s JOIN staff_h x ON x.id = s.boss WHERE s.id < 6 ORDER BY 1;
SELECT count(*) FROM (SELECT * FROM staff EXCEPT SELECT * FROM staff_h) x;
SELECT id FROM staff s WHERE NOT EXISTS (SELECT FROM shift_h h WHERE h.staff_id = s.id) ORDER BY id;
SELECT x.id, s.pay FROM staff_h x LEFT JOIN staff s ON s.id = x.id AND s.pay > 2500 WHERE x.team_no = 2 ORDER BY 1;
WITH x AS (SELECT * FROM staff_h WHERE id < 4) SELECT x.id, (SELECT count(*) FROM shift WHERE staff_id = x.id) FROM x UNION ALL SELECT a, b FROM edge WHERE w = 1 ORDER BY 1, 2;
