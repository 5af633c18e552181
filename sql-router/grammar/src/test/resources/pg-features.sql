-- Statements of the features that the chapters of PostgreSQL's manual describe, separated by a blank line; they mean something to a server that has
-- run pg-features-schema.sql.

-- group: 4.1 lexical structure

SELECT "Id", "select", "a""b", U&"\00FCn\00EF", U&"!00FCn!00EF" UESCAPE '!' FROM "Mixed Case";

SELECT A, T.B, "t"."c", public.T.a FROM T WHERE "t".A=1;

SELECT 'Dianne''s horse', 'foo'
'bar', E'a\tb\'\\\x41\u0042', $$it's$$, $q$a $$ b$q$, U&'d\0061t\+000061', U&'d!0061t' UESCAPE '!', N'x';

SELECT 42, 3.5, .001, 1.925e-3, 0x2A, 0o52, 0b101010, 1_500_000_000, 0xFFFF_FFFF, 9223372036854775808;

SELECT a/* one /* two */ one */+/**/b--c
FROM t;

SELECT a+-b, a- -b, a*-b, - - a, a@@!b, 2@@! - a FROM t;

SELECT a<b, a<-b, a<=-b, a<>-b, a=-b, a>-b FROM t;

SELECT a AS "AS", b AS select, c AS from, d date1, e numeric1, f AS user, g "end" FROM t AS x (a, b, c, d, e, f, g);

SELECT 2 + 10 AS precision, 1 AS varying, 2 AS year, 3 AS value, 4 AS values, 5 AS position, 6 AS left FROM t AS setof1;

-- group: 4.2 value expressions

SELECT t.a, (t).a, (t).*, t FROM t;

SELECT arr[1], arr[b], grid[1][2], grid[1:2][1], arr[2:], arr[:b + 1], arr[:], (ARRAY[1, 2, 3])[2], ('{1,2}'::int[])[1] FROM t;

SELECT (p).x, (n).p.y, ((n).p).x, (n).ps[1].y, (n).ps[1:2], ((n).ps)[a].x, (t.p).x, (rows_of(1)).y, (rows_of(1)).* FROM t;

SELECT a OPERATOR(pg_catalog.+) b * 2, 3 OPERATOR(pg_catalog.*) a + 1, a OPERATOR(public.@@!) b, OPERATOR(pg_catalog.-) a FROM t;

SELECT add(1), add(1, 2), add(l => 1, r => 2), add(1, r := 3), concat_all('a', 'b'), concat_all(VARIADIC ARRAY['a', 'b']), concat_all(VARIADIC parts => ARRAY['x']);

SELECT count(*), count(DISTINCT b), sum(ALL a), array_agg(c ORDER BY d DESC NULLS LAST, a), string_agg(DISTINCT c, ',' ORDER BY c), count(*) FILTER (WHERE f AND a > 1 OR b < 2) FROM t;

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY e), mode() WITHIN GROUP (ORDER BY c DESC), rank(1, 'x') WITHIN GROUP (ORDER BY a, c) FILTER (WHERE f) FROM t;

SELECT sum(salary) OVER (PARTITION BY dept ORDER BY hired DESC ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW), rank() OVER w, lag(salary, 1, 0) OVER (w ROWS UNBOUNDED PRECEDING) FROM emp WINDOW w AS (PARTITION BY dept ORDER BY salary);

SELECT sum(salary) OVER (ORDER BY hired RANGE BETWEEN '1 day'::interval PRECEDING AND INTERVAL '2 days' FOLLOWING EXCLUDE TIES), first_value(id) OVER (ORDER BY id GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE GROUP), count(*) FILTER (WHERE salary > 1) OVER () FROM emp;

SELECT CAST(a AS bigint), a::text || 'x', -a::int8, (-a)::text, a::numeric(10, 2)::text, '1'::int, int '1', float8 '1.5', a::float(3), text 'x', c::varchar(3)[] , c::character varying FROM t;

SELECT c COLLATE "C" < 'x', max(c COLLATE "C"), (c || 'x') COLLATE "de-x-icu" FROM t GROUP BY c ORDER BY c COLLATE "C" DESC;

SELECT (SELECT max(b) FROM w WHERE w.a = t.a) + 1, ARRAY(SELECT b FROM w ORDER BY 1), ARRAY[[1, 2], [a, b]], ARRAY[]::int[], ARRAY[arr, ARRAY[1]], ROW(a, b), ROW(t.*, 1), (a, c), ROW() IS NULL FROM t;

SELECT a + b * 2 - b / 3 % 4, -a ^ 2, 2 ^ 3 ^ 2, a - b - 1, (a - (b - 1)), a * (b + 1), NOT f AND f OR f, NOT (f OR f), (a < b) = f, f = (a = b) FROM t;

SELECT f OR f AND NOT f IS NULL, NOT a = b, NOT a > 1 AND b > 1, a = 1 OR b = 2 AND c = 'x', (a = 1 OR b = 2) AND c = 'x' FROM t;

-- group: 6 data manipulation

INSERT INTO w VALUES (1, 2, 'x', DEFAULT);

INSERT INTO w (a, b) VALUES (1, 2), (3, DEFAULT), (4, (SELECT max(b) FROM t));

INSERT INTO w DEFAULT VALUES;

INSERT INTO w (a, c, b) SELECT a, c, b FROM t WHERE f ORDER BY a LIMIT 3 OFFSET 1;

INSERT INTO w AS x (a) SELECT id FROM tree RETURNING x.a, x.*, 1 + x.b AS y;

INSERT INTO t (a, arr[2], n.p.x, p.y) VALUES (1, 2, 3, 'z');

INSERT INTO w (a, i) OVERRIDING SYSTEM VALUE VALUES (1, 5);

INSERT INTO w (a, i) OVERRIDING USER VALUE SELECT 1, 5;

INSERT INTO w (a, b, c) VALUES (1, 2, 'x') ON CONFLICT DO NOTHING;

INSERT INTO w (a, b, c) VALUES (1, 2, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b + w.b, (c, i) = ROW(excluded.c || 'x', DEFAULT) WHERE w.b IS DISTINCT FROM excluded.b RETURNING *;

INSERT INTO w AS x (a, b, c) VALUES (1, 2, 'x') ON CONFLICT (b, c) DO UPDATE SET (b, c) = (SELECT max(b), 'y' FROM t), a = DEFAULT WHERE x.a > 1 AND NOT x.b = 2;

INSERT INTO w (a, b, c) VALUES (1, 2, 'x') ON CONFLICT (lower(c)) WHERE b > 0 DO NOTHING RETURNING a;

INSERT INTO w (a, b, c) SELECT 1, 2, 'x' WHERE true ON CONFLICT ON CONSTRAINT w_pkey DO UPDATE SET c = w.c || excluded.c;

INSERT INTO w (a) WITH q AS (SELECT 1 AS z) SELECT z FROM q UNION ALL SELECT z + 1 FROM q;

WITH q (z) AS (VALUES (1), (2)) INSERT INTO w (a) SELECT z FROM q RETURNING a AS id;

UPDATE w SET b = b + 1, c = DEFAULT WHERE a = 1 AND b BETWEEN 1 AND 2 OR c LIKE 'x%';

UPDATE w SET (b, c) = (1, 'x'), i = a * 2 WHERE a IN (SELECT a FROM t) RETURNING a, b AS new_b, w.*;

UPDATE w SET (b, c) = (SELECT t.b, t.c FROM t WHERE t.a = w.a), a = 5;

UPDATE t SET arr[1] = 2, arr[2:3] = ARRAY[1, 2], grid[1][b] = 3, p.x = 4, n.p.y = 'z', n.ps[1] = ROW(1, 'q') WHERE a = 1;

UPDATE w AS x SET b = t.b FROM t JOIN tree ON tree.id = t.a, emp e WHERE x.a = t.a AND e.id = x.b RETURNING x.a, t.*, e.dept;

UPDATE ONLY w x SET b = 1 WHERE EXISTS (SELECT 1 FROM t WHERE t.a = x.a);

UPDATE w SET b = 1 RETURNING WITH (OLD AS o, NEW AS n) o.b, n.b, o.b + n.b AS s;

UPDATE w SET b = 1 RETURNING old.b, new.b, old.*, b;

DELETE FROM w WHERE a = 1 OR NOT EXISTS (SELECT FROM t WHERE t.a = w.a) RETURNING *;

DELETE FROM ONLY w AS x USING t, LATERAL (SELECT t.b) AS l (b) WHERE x.a = t.a AND x.b = l.b RETURNING x.a + t.a;

DELETE FROM w USING t LEFT JOIN tree ON tree.id = t.a WHERE w.a = t.a AND tree.id IS NULL;

MERGE INTO w USING t ON w.a = t.a WHEN MATCHED AND t.f THEN UPDATE SET b = t.b, (c, i) = (t.c, 3) WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND t.a > 1 THEN INSERT (a, b) VALUES (t.a, t.b + 1) WHEN NOT MATCHED THEN DO NOTHING;

MERGE INTO w AS x USING (SELECT a, b FROM t WHERE f) AS s (k, v) ON x.a = s.k AND x.b < 3 WHEN NOT MATCHED BY SOURCE AND x.b > 1 THEN DELETE WHEN NOT MATCHED BY SOURCE THEN UPDATE SET b = 0 WHEN NOT MATCHED BY TARGET THEN INSERT OVERRIDING USER VALUE VALUES (k, v, 'x', 1) RETURNING merge_action(), x.a, old.b, new.b;

MERGE INTO w USING (VALUES (1, 2), (3, 4)) AS s (k, v) ON a = k WHEN NOT MATCHED THEN INSERT DEFAULT VALUES WHEN MATCHED THEN DO NOTHING;

WITH s AS (SELECT a FROM t) MERGE INTO w USING s ON w.a = s.a WHEN MATCHED THEN UPDATE SET b = DEFAULT;

-- group: 7 queries

SELECT * FROM t CROSS JOIN w;

SELECT * FROM t INNER JOIN w ON t.a = w.a LEFT OUTER JOIN emp ON emp.id = w.a AND emp.dept = 'x' WHERE t.b > 1;

SELECT * FROM t LEFT JOIN w USING (a, b) RIGHT JOIN emp ON emp.id = a;

SELECT j.a, t.b FROM t JOIN w USING (a) AS j WHERE j.a = 1;

SELECT * FROM tree NATURAL JOIN emp NATURAL FULL JOIN (SELECT 1 AS id) AS z;

SELECT * FROM t JOIN w JOIN emp ON w.a = emp.id ON t.a = w.a;

SELECT * FROM t, w JOIN emp ON w.a = emp.id, LATERAL (SELECT t.a + w.a) AS l (x) WHERE x > 1;

SELECT * FROM (t JOIN w ON t.a = w.a) JOIN (tree CROSS JOIN emp) ON t.a = tree.id;

SELECT z.a1, z.b1 FROM (t JOIN w USING (a)) AS z (a1, b1);

SELECT * FROM (VALUES (1, 'one'), (2, 'two')) AS x (num, word) WHERE num = 1;

SELECT * FROM rows_of(1) AS x, records(2) AS y (p int, q text), rows_of(3) WITH ORDINALITY AS z (g, h, o);

SELECT * FROM ROWS FROM (generate_series(1, 3), records(1) AS (p int, q text), unnest(ARRAY['a'])) WITH ORDINALITY AS x (a, b, c, d, o);

SELECT * FROM t, LATERAL unnest(t.arr) WITH ORDINALITY AS u (item, place), jsonb_each(t.j) AS e (key, value), current_date AS today;

SELECT * FROM t TABLESAMPLE bernoulli (10), w AS x TABLESAMPLE system (2 + 1) REPEATABLE (2 * 3), (SELECT 1) AS s (b1);

SELECT * FROM ONLY t, w *, ONLY (tree) AS x (i, j);

SELECT a FROM t WHERE b > 5 AND b IN (1, 2, 3) AND b IN (SELECT a FROM w WHERE w.a = t.b + 10) AND b BETWEEN (SELECT a FROM w LIMIT 1) AND 100 AND EXISTS (SELECT a FROM w WHERE a > t.b);

SELECT b, count(*), sum(e) FROM t GROUP BY b HAVING sum(e) > 10 AND count(*) <> 2 ORDER BY b;

SELECT b, c, GROUPING(b, c), sum(e) FROM t GROUP BY GROUPING SETS ((b, c), (b), c, ());

SELECT b, c, sum(e) FROM t GROUP BY ROLLUP (b, (c, d)), CUBE (f, (b, c)), GROUPING SETS (ROLLUP (b), CUBE (c), (d));

SELECT b, sum(e) FROM t GROUP BY DISTINCT ROLLUP (b, c), ROLLUP (b, d);

SELECT b + 1, count(*) FROM t GROUP BY b + 1 ORDER BY count(*) DESC, 1;

SELECT DISTINCT b, c FROM t;

SELECT DISTINCT ON (b, c || 'x') b, c, d FROM t ORDER BY b, c || 'x', d DESC;

SELECT a FROM t UNION SELECT a FROM w UNION ALL SELECT id FROM tree INTERSECT SELECT id FROM emp EXCEPT ALL SELECT 1;

(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT a FROM w ORDER BY a DESC FETCH FIRST 2 ROWS ONLY) ORDER BY 1 OFFSET 1;

SELECT a FROM t EXCEPT (SELECT a FROM w EXCEPT SELECT 1) INTERSECT ALL VALUES (1), (2);

SELECT a, b FROM t ORDER BY a + b, c DESC NULLS FIRST, d ASC NULLS LAST, e USING >;

SELECT a FROM t ORDER BY b FETCH NEXT 5 ROWS WITH TIES;

SELECT a FROM t OFFSET 5 ROWS FETCH FIRST (1 + 2) ROW ONLY;

SELECT a FROM t LIMIT (SELECT count(*) FROM w) OFFSET 1 + 1;

VALUES (1, 'one'), (2, 'two') ORDER BY 1 DESC LIMIT 1;

TABLE t;

WITH x AS (SELECT a FROM t), y (z) AS MATERIALIZED (SELECT a FROM x), v AS NOT MATERIALIZED (TABLE y) SELECT * FROM x, y, v;

WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 100) SELECT sum(n) FROM r;

WITH RECURSIVE sub (id, name) AS (SELECT id, name FROM tree WHERE parent IS NULL UNION SELECT tree.id, tree.name FROM tree, sub s WHERE tree.parent = s.id) SELECT name FROM sub ORDER BY id;

WITH moved AS (DELETE FROM w WHERE b < 1 RETURNING *), added AS (INSERT INTO tree (id) SELECT a FROM moved RETURNING id) SELECT count(*) FROM added, moved;

WITH u AS (UPDATE w SET b = 2 RETURNING a) DELETE FROM tree USING u WHERE tree.id = u.a;

WITH x AS (WITH y AS (SELECT 1 AS q) SELECT q FROM y) SELECT (WITH z AS (SELECT q FROM x) SELECT max(q) FROM z);

SELECT a FROM t WHERE a = 1 FOR UPDATE;

SELECT t.a FROM t, w WHERE t.a = w.a FOR NO KEY UPDATE OF t NOWAIT FOR SHARE OF w SKIP LOCKED;

SELECT a FROM t ORDER BY a LIMIT 1 FOR KEY SHARE;

SELECT FROM t;

SELECT WHERE 1 = 1;

SELECT 1 AS one HAVING count(*) > 0;

-- group: 8 types

SELECT smallint '1', integer '1', bigint '1', decimal '1', numeric(5, 2) '1', real '1', double precision '1', money '1', character varying(3) 'x', char(2) 'x', text 'x', bytea '\x41', boolean 'on';

SELECT date '2020-01-01', time '01:00', time(2) '01:00', time with time zone '01:00+01', timestamp '2020-01-01', timestamp(3) without time zone '2020-01-01', timestamp with time zone '2020-01-01', timestamptz(2) '2020-01-01', interval '1 day';

SELECT point '(1,2)', box '(1,2),(3,4)', inet '127.0.0.1', cidr '10.0.0.0/8', macaddr '08:00:2b:01:02:03', bit varying(5) '101', bit(3) '101', B'101', tsvector 'a b', tsquery 'a & b', uuid '00000000-0000-0000-0000-000000000001', jsonb '{"a": 1}', int4range '[1,2)';

SELECT CAST(NULL AS int[]), CAST(NULL AS int ARRAY), NULL::int ARRAY[4], NULL::text[][], NULL::varchar(3)[], NULL::timestamp with time zone[], NULL::pair[], NULL::public.nested, NULL::pg_catalog.int4, NULL::"char", NULL::t;

SELECT '{{1,2},{3,4}}'::int[], ARRAY[1, 2] || 3, 4 || ARRAY[5], b = ANY (grid), arr @> ARRAY[1], 1 = ANY (arr), 2 <> ALL (arr) FROM t;

SELECT '[1,2)'::int4range @> 3, r && int4range(1, 5), r -|- r, mr @> r, lower(r), r * r + r - r FROM t;

SELECT 'a'::name, 'pg_class'::regclass, 'now'::regproc, 1::oid, pg_typeof(1)::text;

-- group: 9 functions and operators

SELECT f AND f, f OR NOT f, f IS TRUE, f IS NOT FALSE, f IS UNKNOWN, f IS NOT UNKNOWN, f = true IS NOT NULL FROM t;

SELECT a BETWEEN 1 AND 2, a NOT BETWEEN 1 AND b + 1, a BETWEEN SYMMETRIC b AND 1 AND f, a NOT BETWEEN SYMMETRIC b + 1 AND 2 OR f, NOT a BETWEEN 1 AND 2 FROM t;

SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b AND f, a + 1 IS DISTINCT FROM b * 2, a ISNULL, a NOTNULL, a = b IS NULL, p IS NULL, (a, b) IS NOT NULL FROM t;

SELECT a + 1 % 2 * 3, a & b | 1 # 2, ~ a << 1 >> 2, |/ 25.0, ||/ 27.0, @ -5.0, a % 3 = 0, - a + + b FROM t;

SELECT c || 'x' || a, c || a + 1, c LIKE 'a%' ESCAPE '!', c NOT LIKE 'a' || '%', c ILIKE 'x' OR c NOT ILIKE 'y', c SIMILAR TO '%(b|d)%' ESCAPE '#', c NOT SIMILAR TO 'x', c ~ 'a' AND c !~* 'b', c ^@ 'x', c ~~ 'a' = f FROM t;

SELECT trim(BOTH 'x' FROM c), trim(LEADING FROM c), trim(TRAILING 'y' FROM c), trim(c), substring(c FROM 2 FOR 3), substring(c FROM 2), substring(c FROM 'a.*'), substring(c SIMILAR 'a' ESCAPE '#'), overlay(c PLACING 'x' FROM 2), overlay(c PLACING 'x' FROM 2 FOR 1), position('a' IN c || 'b'), normalize(c), c IS NORMALIZED FROM t;

SELECT extract(year FROM ts), extract('epoch' FROM iv), date_part('day', ts), ts AT TIME ZONE 'UTC', tz AT TIME ZONE 'UTC' AT TIME ZONE 'x', (ts + iv) AT TIME ZONE 'UTC', tz - tz AT TIME ZONE 'UTC' > iv, tz::timestamp AT TIME ZONE 'UTC', (ts, ts) OVERLAPS (ts, iv), tz AT LOCAL FROM t;

SELECT current_date, current_time, current_time(2), current_timestamp, current_timestamp(0), localtime, localtimestamp, localtimestamp(1), current_user, current_role, session_user, user, current_catalog, current_schema, current_schemas(true);

SELECT po <-> point '(0,0)', bo && bo, # '((1,1),(2,2))'::path, @-@ '((0,0),(1,0))'::path, bo @> po, po ~= po, ?- '((0,0),(1,0))'::lseg, bo << bo FROM t;

SELECT v @@ q, q && q, !! q, q <-> q, v || v, to_tsvector('a') @@ to_tsquery('b & !c') FROM t;

SELECT j -> 'a' ->> 'b', j #> '{a,b}', j #>> '{a}' = 'x', j @> '{"a": 1}' AND j ? 'b' OR j ?| ARRAY['a'], j || j - 'a', j - '{a,b}'::text[], j #- '{a}', j @? '$.a', j @@ '$.a > 1', j['a']['b'], (j -> 'a')::text::int FROM t;

SELECT CASE WHEN a = 1 THEN 'one' WHEN a = 2 AND f THEN 'two' ELSE c || 'x' END, CASE a WHEN 1 THEN b WHEN b + 1 THEN 2 END, CASE WHEN f THEN 1 END + 1, coalesce(c, 'x', NULL), nullif(a, 1), greatest(a, b, 3), least(a, b) FROM t;

SELECT a IN (1, 2), a NOT IN (1, b + 1), (a, b) IN ((1, 2), (3, 4)), a = ANY (ARRAY[1, 2]), a < ALL (SELECT b FROM w), a = SOME (SELECT b FROM w), (a, b) = ANY (SELECT a, b FROM w), a NOT IN (SELECT b FROM w), ROW(a, b) < ROW(1, 2), (a, b) >= (1, 2), ROW(a) = ROW(1), c LIKE ANY (ARRAY['a', 'b']), c NOT ILIKE ALL (ARRAY['c']) FROM t;

SELECT a = ANY (arr) AND f, a = ANY (arr) = f, a + 1 = ALL (arr) OR f, NOT a = ANY (arr), a OPERATOR(pg_catalog.=) ANY (arr), a < ANY (arr) IS TRUE, a < SOME (arr) <= f FROM t;

SELECT a FROM t WHERE f BETWEEN a < b AND f;

SELECT generate_series(1, 3), generate_subscripts(arr, 1), unnest(arr), (jsonb_each(j)).key, regexp_matches(c, 'a', 'g') FROM t;

SELECT collation for (c), pg_catalog.lower(c), lower(c COLLATE "C"), left(c, 1), right(c, 2), substr(c, 1), char_length(c), current_setting('a.b', true), "left"(c, 2) FROM t;
