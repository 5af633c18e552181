SELECT {} FROM orders WHERE customer_id = 42

SELECT {} AS x FROM orders WHERE customer_id = 42

SELECT ({}) + 1, - {}, NOT {} = 1, {} IS NULL, {} ISNULL, {} IS DISTINCT FROM 2, 3 IS NOT DISTINCT FROM {} FROM orders WHERE customer_id = 42

SELECT {} || 'x', 'x' @> {}, @ {}, 1 OPERATOR(pg_catalog.+) {}, {} OPERATOR(pg_catalog.*) 2 FROM orders WHERE customer_id = 42

SELECT 1 BETWEEN {} AND 2, 1 NOT BETWEEN SYMMETRIC 2 AND {}, {} BETWEEN 1 AND 2 FROM orders WHERE customer_id = 42

SELECT 1 IN (2, {}), {} NOT IN (3), ({}, 2) IN ((1, 2)), (1, 2) = (2, {}) FROM orders WHERE customer_id = 42

SELECT 'a' LIKE {}, {} LIKE 'b' ESCAPE '!', 'a' SIMILAR TO 'b' ESCAPE {} FROM orders WHERE customer_id = 42

SELECT 1 = ANY (ARRAY[1, {}]), {} < ALL (ARRAY[1]), 'a' LIKE ANY (ARRAY[{}]), 1 > SOME (SELECT {}) FROM orders WHERE customer_id = 42

SELECT {}::text, CAST({} AS int[]), {} COLLATE "C", {} AT TIME ZONE 'x', now() AT TIME ZONE {}, {} AT LOCAL FROM orders WHERE customer_id = 42

SELECT CASE WHEN note = 'x' THEN {} END, CASE {} WHEN 1 THEN 2 END, CASE note WHEN {} THEN 1 ELSE 2 END, CASE WHEN true THEN 1 ELSE {} END FROM orders WHERE customer_id = 42

SELECT ARRAY[1, {}], ARRAY[[{}]], ARRAY(SELECT {}), ROW({}), ROW(1, {}), (1, {}), ((1, ({}))) FROM orders WHERE customer_id = 42

SELECT (ARRAY[1])[{}], (ARRAY[1])[{}:], (ARRAY[1])[:{}], note[1][{}] FROM orders WHERE customer_id = 42

SELECT (ROW({})).f1, (ARRAY[{}])[1], (f({})).x, (f({})).* FROM orders WHERE customer_id = 42

SELECT coalesce(note, {}), greatest(1, {}), least({}, 1), nullif({}, 1), grouping(note) FROM orders WHERE customer_id = 42 GROUP BY note

SELECT f({}), f(1, {}), f(x => {}), f(y := {}), f(VARIADIC {}), f(DISTINCT {}), s.f({}) FROM orders WHERE customer_id = 42

SELECT f(1 ORDER BY {}), count(*) FILTER (WHERE {} = 1), rank({}) WITHIN GROUP (ORDER BY total), rank(1) WITHIN GROUP (ORDER BY {}) FROM orders WHERE customer_id = 42

SELECT sum(total) OVER (PARTITION BY {} ORDER BY id) FROM orders WHERE customer_id = 42

SELECT sum(total) OVER (ORDER BY {}) FROM orders WHERE customer_id = 42

SELECT sum(total) OVER (ORDER BY id ROWS BETWEEN {} PRECEDING AND 1 FOLLOWING) FROM orders WHERE customer_id = 42

SELECT sum(total) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND {} FOLLOWING EXCLUDE TIES) FROM orders WHERE customer_id = 42

SELECT sum(total) OVER w FROM orders WHERE customer_id = 42 WINDOW w AS (PARTITION BY {})

SELECT sum(total) OVER (v ORDER BY id) FROM orders WHERE customer_id = 42 WINDOW w AS (PARTITION BY note), v AS (w ORDER BY {} GROUPS 1 PRECEDING)

SELECT extract(day FROM {}), position({} IN 'a'), position('a' IN {}), overlay({} PLACING 'b' FROM 1), overlay('a' PLACING {} FROM 1 FOR 2), overlay('a' PLACING 'b' FROM {} FOR {}) FROM orders WHERE customer_id = 42

SELECT substring({} FROM 1), substring('a' FROM {}), substring('a' FOR {}), substring('a' FROM 1 FOR {}), substring('a' SIMILAR {} ESCAPE 'b'), substring('a' SIMILAR 'b' ESCAPE {}), substring('a', {}) FROM orders WHERE customer_id = 42

SELECT trim({}), trim(BOTH {} FROM note), trim(LEADING FROM {}), trim(TRAILING 'x' FROM {}), normalize({}), normalize({}, NFC), collation for ({}), treat({} AS int) FROM orders WHERE customer_id = 42

SELECT ({}, 1) OVERLAPS (2, 3), (1, 2) OVERLAPS (3, {}), ROW(1, 2) OVERLAPS ROW({}, 3) FROM orders WHERE customer_id = 42

SELECT {} IS DOCUMENT, {} IS NOT NORMALIZED, {} IS NFC NORMALIZED, {} IS JSON, {} IS NOT JSON OBJECT WITH UNIQUE KEYS FROM orders WHERE customer_id = 42

SELECT json_object('a': {}), json_object({} VALUE 1), json_object('a': 1, 'b' VALUE {} FORMAT JSON ABSENT ON NULL), json_object('a', {}) FROM orders WHERE customer_id = 42

SELECT json_array({}), json_array(1, {} NULL ON NULL), json_array(SELECT {}), json({}), json_scalar({}), json_serialize({} RETURNING text) FROM orders WHERE customer_id = 42

SELECT json_objectagg(note: {}), json_arrayagg({}), json_arrayagg(note ORDER BY {}), json_objectagg({} VALUE 1) FILTER (WHERE {} = 1) FROM orders WHERE customer_id = 42

SELECT json_value({}, '$'), json_value(note, '$' PASSING {} AS x), json_query(note, {}), json_exists(note, '$' PASSING 1 AS x, {} AS y) FROM orders WHERE customer_id = 42

SELECT json_value(note, '$' DEFAULT {} ON EMPTY), json_query(note, '$' NULL ON EMPTY DEFAULT {} ON ERROR) FROM orders WHERE customer_id = 42

SELECT xmlelement(name a, {}), xmlelement(name a, xmlattributes({} AS b), 'c'), xmlforest({} AS a, 1 AS b), xmlforest(1 AS a, {} AS b), xmlconcat({}, note), xmlpi(name a, {}) FROM orders WHERE customer_id = 42

SELECT xmlparse(content {}), xmlserialize(document {} AS text), xmlroot({}, version '1'), xmlroot(note, version {}), xmlexists({} PASSING note), xmlexists('/a' PASSING BY VALUE {}) FROM orders WHERE customer_id = 42

SELECT 1 FROM orders WHERE customer_id = 42 AND {} = id

SELECT 1 FROM orders WHERE customer_id = 42 AND (note = 'x' OR NOT {} = id)

SELECT 1 FROM orders WHERE customer_id = 42 AND EXISTS (SELECT 1 WHERE {} = 1)

SELECT 1 FROM orders WHERE customer_id = 42 AND id IN (SELECT {})

SELECT 1 FROM orders WHERE customer_id = 42 AND (id, note) IN (SELECT 1, {})

SELECT DISTINCT {} FROM orders WHERE customer_id = 42

SELECT DISTINCT ON (note, {}) note FROM orders WHERE customer_id = 42

SELECT note FROM orders WHERE customer_id = 42 GROUP BY note, {}

SELECT note FROM orders WHERE customer_id = 42 GROUP BY GROUPING SETS ((note, {}), ())

SELECT note FROM orders WHERE customer_id = 42 GROUP BY ROLLUP (note, ({}, id)), CUBE ({})

SELECT note FROM orders WHERE customer_id = 42 GROUP BY note HAVING count(*) > {}

SELECT note FROM orders WHERE customer_id = 42 ORDER BY {}

SELECT note FROM orders WHERE customer_id = 42 ORDER BY note DESC NULLS FIRST, {} USING < NULLS LAST

SELECT note FROM orders WHERE customer_id = 42 LIMIT {}

SELECT note FROM orders WHERE customer_id = 42 OFFSET {}

SELECT note FROM orders WHERE customer_id = 42 ORDER BY id FETCH FIRST ({}) ROWS WITH TIES

SELECT note FROM orders WHERE customer_id = 42 LIMIT 1 + {} FOR UPDATE OF orders SKIP LOCKED

SELECT id FROM orders WHERE customer_id = 42 UNION ALL SELECT {}

SELECT {} INTERSECT SELECT id FROM orders WHERE customer_id = 42

(SELECT id FROM orders WHERE customer_id = 42 ORDER BY {} LIMIT 1) EXCEPT SELECT 1

SELECT id FROM orders WHERE customer_id = 42 UNION (VALUES (1), ({}))

VALUES ((SELECT 1 FROM orders WHERE customer_id = 42)), ({})

SELECT 1 FROM orders, (SELECT {}) AS s WHERE customer_id = 42

SELECT 1 FROM orders, LATERAL (SELECT {} WHERE id = 1) AS s WHERE customer_id = 42

SELECT 1 FROM orders, (VALUES ({})) AS v (x) WHERE customer_id = 42

SELECT 1 FROM orders JOIN (SELECT 1 AS x) AS s ON s.x = {} WHERE customer_id = 42

SELECT 1 FROM orders LEFT JOIN (SELECT 1 AS x) AS s ON s.x = {} WHERE customer_id = 42

SELECT 1 FROM (orders JOIN (SELECT 1 AS x) AS s ON s.x = {}) AS j WHERE j.customer_id = 42

SELECT 1 FROM orders, generate_series(1, {}) AS g WHERE customer_id = 42

SELECT 1 FROM orders, LATERAL unnest(ARRAY[{}]) WITH ORDINALITY AS g (a, b) WHERE customer_id = 42

SELECT 1 FROM orders, ROWS FROM (generate_series(1, 2), json_to_record({}) AS (a int, b text)) AS g WHERE orders.customer_id = 42

SELECT 1 FROM orders, json_to_record({}) AS g (a int, b text COLLATE "C") WHERE customer_id = 42

SELECT 1 FROM orders, coalesce({}, 1) AS g WHERE orders.customer_id = 42

SELECT 1 FROM orders, json_table({}, '$' COLUMNS (a int PATH '$.a')) AS t WHERE customer_id = 42

SELECT 1 FROM orders, json_table(note, '$' PASSING {} AS x COLUMNS (a int)) AS t WHERE customer_id = 42

SELECT 1 FROM orders, json_table(note, '$' COLUMNS (a int DEFAULT {} ON EMPTY, NESTED PATH '$.b' COLUMNS (c int DEFAULT {} ON ERROR))) AS t WHERE customer_id = 42

SELECT 1 FROM orders, xmltable('/a' PASSING {} COLUMNS a int PATH 'x') AS t WHERE customer_id = 42

SELECT 1 FROM orders, xmltable({} PASSING note COLUMNS a int PATH 'x') AS t WHERE customer_id = 42

SELECT 1 FROM orders, xmltable('/a' PASSING note COLUMNS a int PATH {}, b int DEFAULT {}) AS t WHERE customer_id = 42

SELECT 1 FROM orders, xmltable(xmlnamespaces({} AS x), '/a' PASSING note COLUMNS a int) AS t WHERE customer_id = 42

SELECT 1 FROM orders TABLESAMPLE bernoulli ({}) WHERE customer_id = 42

SELECT 1 FROM orders TABLESAMPLE system (10) REPEATABLE ({}) WHERE customer_id = 42

WITH x AS (SELECT {}) SELECT 1 FROM orders, x WHERE customer_id = 42

WITH x AS MATERIALIZED (SELECT {}) SELECT 1 FROM orders WHERE customer_id = 42

WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + {} FROM x WHERE n < 3) SELECT 1 FROM orders, x WHERE customer_id = 42

WITH RECURSIVE x (n) AS (SELECT {} UNION SELECT n + 1 FROM x WHERE n < 3) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p SELECT 1 FROM orders, x WHERE customer_id = 42

SELECT (WITH x AS (SELECT {}) TABLE x) FROM orders WHERE customer_id = 42

WITH x AS (UPDATE orders SET note = 'x' WHERE customer_id = 42 RETURNING {}) TABLE x

WITH x AS (DELETE FROM orders WHERE customer_id = 42 AND id = {} RETURNING id) SELECT * FROM x

WITH x AS (INSERT INTO orders (customer_id, id, note) VALUES (42, 1, {}) RETURNING id) SELECT * FROM x

INSERT INTO orders (customer_id, id, note) VALUES (42, 1, {})

INSERT INTO orders (customer_id, id, note) VALUES (42, 1, 'x'), (42, 2, {})

INSERT INTO orders (customer_id, id, note[{}]) VALUES (42, 1, 'x')

INSERT INTO orders (customer_id, id, note[{}:2].a) VALUES (42, 1, 'x'), (42, 2, 'y')

INSERT INTO orders (customer_id, id, note) SELECT 42, 1, {home}

INSERT INTO orders (customer_id, id, note) SELECT 42, 1, 'x' WHERE {home} = 1 ORDER BY {home}

INSERT INTO orders (customer_id, id) SELECT g, g FROM generate_series(1, 9) AS g RETURNING {}

INSERT INTO orders (customer_id, id) SELECT g, g FROM generate_series(1, 9) AS g ON CONFLICT (customer_id, id) DO UPDATE SET note = {}

INSERT INTO orders (customer_id, id) SELECT g, g FROM generate_series(1, 9) AS g ON CONFLICT (customer_id, id) DO UPDATE SET note = 'x' WHERE orders.total = {}

INSERT INTO orders (customer_id, id) SELECT g, g FROM generate_series(1, 9) AS g ON CONFLICT (customer_id, id) WHERE id = {} DO NOTHING

INSERT INTO orders (customer_id, id) VALUES (42, 1) ON CONFLICT (customer_id, (id + {})) DO NOTHING

INSERT INTO orders (customer_id, id) VALUES (42, 1) ON CONFLICT (customer_id, id) WHERE id = {} DO NOTHING

INSERT INTO orders (customer_id, id) VALUES (42, 1) ON CONFLICT (customer_id, id) DO UPDATE SET note = {}

INSERT INTO orders (customer_id, id) VALUES (42, 1) ON CONFLICT (customer_id, id) DO UPDATE SET (note, total) = (SELECT 'x', {}) WHERE orders.id = 1

INSERT INTO orders (customer_id, id) VALUES (42, 1) ON CONFLICT (customer_id, id) DO UPDATE SET note = 'x' WHERE orders.id = {}

INSERT INTO orders (customer_id, id) VALUES (42, 1) ON CONFLICT ON CONSTRAINT c DO UPDATE SET note[{}] = 'x'

INSERT INTO orders (customer_id, id) VALUES (42, 1) RETURNING WITH (OLD AS o, NEW AS n) n.id, {}

INSERT INTO orders (customer_id, id) VALUES (42, 1), (42, 2) RETURNING {} AS x

WITH x AS (SELECT {}) INSERT INTO orders (customer_id, id) VALUES (42, 1)

INSERT INTO orders (customer_id, id, note) WITH x AS (SELECT {home} AS n) SELECT 42, 1, n FROM x

UPDATE orders SET note = {} WHERE customer_id = 42

UPDATE orders SET note[{}] = 'x' WHERE customer_id = 42

UPDATE orders SET note[{}:2].a[1] = 'x' WHERE customer_id = 42

UPDATE orders SET (note, total) = ('x', {}) WHERE customer_id = 42

UPDATE orders SET (note, total) = ROW({}, 1) WHERE customer_id = 42

UPDATE orders SET (note, total) = (SELECT 'x', {}) WHERE customer_id = 42

UPDATE orders SET note = 'x' FROM (SELECT {} AS x) AS s WHERE customer_id = 42

UPDATE orders SET note = 'x' WHERE customer_id = 42 AND id = {}

UPDATE orders SET note = 'x' WHERE customer_id = 42 RETURNING old.note, {}

DELETE FROM orders WHERE customer_id = 42 AND id = {}

DELETE FROM orders USING (SELECT {} AS x) AS s WHERE customer_id = 42

DELETE FROM orders USING generate_series(1, {}) AS s WHERE customer_id = 42

DELETE FROM orders WHERE customer_id = 42 RETURNING {}

MERGE INTO orders AS o USING (SELECT 42 AS c, {} AS x) AS s ON o.customer_id = 42 AND o.customer_id = s.c WHEN MATCHED THEN DELETE

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 AND o.id = {} WHEN MATCHED THEN DELETE

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN MATCHED AND {} = 1 THEN DELETE WHEN NOT MATCHED THEN DO NOTHING

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN MATCHED THEN UPDATE SET note = {}, (total, id) = (1, {})

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN NOT MATCHED BY TARGET AND {} = 1 THEN INSERT (customer_id, id) VALUES (42, 1)

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN NOT MATCHED THEN INSERT (customer_id, id) VALUES (42, {})

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN NOT MATCHED THEN INSERT (customer_id, note[{}]) VALUES (42, 'x')

MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN MATCHED THEN DELETE RETURNING merge_action(), {}

WITH x AS (SELECT {} AS y) UPDATE orders SET note = 'x' FROM x WHERE customer_id = 42

WITH x AS (SELECT {}) DELETE FROM orders WHERE customer_id = 42

WITH x AS (SELECT {}) MERGE INTO orders AS o USING (SELECT 42 AS c) AS s ON o.customer_id = 42 WHEN MATCHED THEN DELETE
