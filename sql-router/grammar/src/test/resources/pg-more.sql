-- Statements beyond the corpus, by feature: separated by a blank line, as there.

-- group: precedence

SELECT a OR b AND NOT c = d, NOT a AND b OR c;

SELECT a + b * c ^ d - e / f % g, a - b - c, a ^ b ^ c, -a ^ 2, - - a, 2 * -a;

SELECT a || b + c, a + b || c, a -> b = c, a ->> 'x' || 'y', a @> b AND c <@ d, a || b || c;

SELECT (a < b) = (c > d), a = b IS NULL, a IS NULL = b, NOT a IS NULL, NOT a LIKE b;

SELECT a BETWEEN b AND c AND d, a BETWEEN b + 1 AND c OR d, NOT a BETWEEN b AND c, a NOT BETWEEN SYMMETRIC b AND c;

SELECT a IN (1, 2) = b, a = b IN (1, 2), a LIKE b || '%' ESCAPE '!' AND c, a NOT ILIKE b OR c, a SIMILAR TO b = c;

SELECT a::int::text || b::text, -1::int, (-1)::int, -a::int, a.b::int[], (a).b::text, a[1]::int, NOT a::bool, a AND b::date > c;

SELECT a AT TIME ZONE 'x' AT TIME ZONE 'y', a + b AT TIME ZONE 'x', a COLLATE "C" || b, a AT TIME ZONE 'x' COLLATE "C", -a AT TIME ZONE 'x', a::timestamp AT TIME ZONE 'x', a AT LOCAL;

SELECT ~a + b, ~a & b, @ -1 + 2, a # ~b, |/ a * b, a * @ b + c, NOT a = ANY (b) AND c, a * b = ANY (c);

SELECT a IS DISTINCT FROM b + 1 AND c, a IS NOT DISTINCT FROM b OR c, a IS NOT TRUE = b, a IS UNKNOWN, a ISNULL AND b NOTNULL;

SELECT a OPERATOR(pg_catalog.+) b * c, OPERATOR(pg_catalog.-) a, a OPERATOR(s.||) b OPERATOR(s.||) c, a OPERATOR(=) ANY (b);

SELECT a<-1, a>-1, a=-1, a*-1, a+-1, a<>-1, a@-1, a-+1, a->-1, a<->-1, a||-1;

SELECT a<=b, a>=b, a!=b, a<b FROM f(a=>1, b:=2);

SELECT CASE a WHEN 1 THEN 2 END + 1, CASE WHEN a THEN b ELSE c END || d, CASE WHEN a = 1 OR b THEN (SELECT 1) END;

SELECT (a, b) = (c, d), (a, b) IN ((1, 2)), ROW(a, b) IS NULL, (a, b) OVERLAPS (c, d), ROW(1) = ROW(2), ((a)), ((a, b));

SELECT POSITION(a || b IN c || d), EXTRACT(day FROM a - b), a::numeric(10, 2) + 1, CAST(a + b AS int) * 2;

SELECT (1 + 2) * 3 - (4 - (5 - 6)), ((1)), (a OR b) AND c, a AND (b AND c), NOT (a AND b);

-- group: names

SELECT "A"."B", A.B, a."b""c", s.t.c, c.s.t.x, t.*, s.t.* FROM s.t, c.s.t;

SELECT value, name, type, key, date, timestamp, time, text, interval, year, row, "user", "select", values FROM t;

SELECT a AS select, b AS "from", c where1, d AS order, e value, f "Quoted" FROM t AS value, u name (x, y);

SELECT left(a, 1), right(b, 2), date(c), timestamp.x, timestamp FROM t AS timestamp;

SELECT current_date, current_timestamp(3), localtime, current_user, session_user, user, current_schema, current_catalog, current_schema();

SELECT a.current_date, "current_date" FROM a;

SELECT ÄÖÜ, "Ä", straße, 日本 FROM t;

SELECT count, sum, min, rank, first, last, position, method FROM t;

INSERT INTO "S"."T" AS "X" ("A", b) VALUES (1, 2);

UPDATE t SET set = set.a FROM set;

DELETE FROM t old USING new WHERE old.a = new.a;

-- group: queries

(SELECT 1);

((SELECT a FROM t) UNION SELECT b FROM u) ORDER BY 1 LIMIT 2;

SELECT a FROM t UNION SELECT b FROM u INTERSECT SELECT c FROM v EXCEPT SELECT d FROM w;

SELECT 1 UNION ALL (SELECT 2 ORDER BY 1) UNION SELECT 3 ORDER BY 1 OFFSET 1;

((SELECT 1 ORDER BY 1 LIMIT 1)) UNION SELECT 1;

TABLE t ORDER BY a LIMIT 3;

TABLE ONLY s.t;

VALUES (1, 'a'), (2, DEFAULT), (3, (SELECT 1));

SELECT FROM t;

SELECT;

SELECT ALL a FROM t;

SELECT DISTINCT a, b FROM t;

SELECT DISTINCT ON (a, b + 1) * FROM t ORDER BY a, b + 1 DESC NULLS FIRST, c USING < NULLS LAST;

SELECT a FROM t GROUP BY a, (), ROLLUP (a, (b, c)), CUBE (a), GROUPING SETS ((a, b), a, (), GROUPING SETS ((c)));

SELECT a, GROUPING(a, b) FROM t GROUP BY DISTINCT ROLLUP (a), CUBE (b) HAVING count(*) FILTER (WHERE a > 1) > 1;

SELECT * FROM t ORDER BY 1 FETCH FIRST ROW ONLY;

SELECT * FROM t ORDER BY 1 OFFSET $1 ROW FETCH NEXT ($2 + 1) ROWS WITH TIES;

SELECT * FROM t LIMIT $1 + 1 OFFSET (SELECT count(*) FROM u);

SELECT * FROM t LIMIT NULL FOR NO KEY UPDATE OF t, u SKIP LOCKED FOR KEY SHARE NOWAIT;

SELECT * FROM t FOR UPDATE LIMIT 1;

SELECT a INTO TEMP TABLE x FROM t;

WITH a AS MATERIALIZED (SELECT 1), b (x) AS NOT MATERIALIZED (TABLE a) SELECT * FROM a, b ORDER BY 1;

WITH a AS (SELECT 1) (SELECT * FROM a) UNION (WITH b AS (SELECT 2) SELECT * FROM b) ORDER BY 1;

WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 9) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c TO true DEFAULT false USING p SELECT * FROM r;

WITH moved AS (DELETE FROM t WHERE a < 1 RETURNING *), put AS (INSERT INTO u SELECT * FROM moved RETURNING a) UPDATE v SET n = n + (SELECT count(*) FROM put) RETURNING *;

SELECT (WITH x AS (SELECT 1) TABLE x), ARRAY(SELECT a FROM t ORDER BY 1), EXISTS (VALUES (1)), a = (SELECT 1 UNION SELECT 2);

SELECT ((SELECT 1)), ((SELECT 1) + 1), ((SELECT 1) UNION (SELECT 2)), (((SELECT 1)) UNION SELECT 2 LIMIT 1), ((SELECT 1), 2), ((SELECT 1) ORDER BY 1), ((SELECT ROW(1, 2))).f1;

SELECT a IN (SELECT 1), a IN ((SELECT 1)), a IN ((SELECT 1), 2), a IN ((SELECT 1) UNION SELECT 2), a NOT IN (VALUES (1)), a IN (TABLE t);

-- group: tables

SELECT * FROM a JOIN b ON a.x = b.x JOIN c USING (y, z) LEFT JOIN d ON true;

SELECT * FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x;

SELECT * FROM a CROSS JOIN b JOIN c ON true, d NATURAL LEFT JOIN e, LATERAL f(a.x) g;

SELECT * FROM (a JOIN b USING (x) AS j) JOIN (c CROSS JOIN d) AS k (p, q) ON j.x = k.p;

SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS u (v), ((SELECT 3)) w, ((a JOIN b ON true)), ((SELECT 4) AS x CROSS JOIN y);

SELECT * FROM (SELECT 1), (VALUES (1)), LATERAL (SELECT 2) AS l;

SELECT * FROM ONLY (s.t) AS x (a, b), ONLY u, v * AS w TABLESAMPLE bernoulli (10) REPEATABLE (1 + 1);

SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS g (a, b), s.f() AS (a int, b text COLLATE "C"), f() x (a numeric(3, 1), b int[]), ROWS FROM (f(1), g() AS (a int)) WITH ORDINALITY r;

SELECT * FROM unnest($1::int[], ARRAY['a', 'b']) AS u (id, name), current_date d, coalesce(1, 2) c;

SELECT * FROM t AS a (b) FULL OUTER JOIN u RIGHT JOIN v ON true ON false;

SELECT * FROM JSON_TABLE(j, '$[*]' AS root PASSING 1 AS x COLUMNS (i FOR ORDINALITY, a int PATH '$.a' DEFAULT 1 ON EMPTY ERROR ON ERROR, NESTED PATH '$.b[*]' COLUMNS (b text EXISTS PATH '$.c'))) AS jt;

SELECT * FROM XMLTABLE(XMLNAMESPACES('x' AS y, DEFAULT 'z'), '/r' PASSING BY REF t.doc COLUMNS i FOR ORDINALITY, a int PATH '@a' DEFAULT 0 NOT NULL) AS x;

-- group: calls

SELECT f(), f(*), f(DISTINCT a, b), f(ALL a), f(a ORDER BY b DESC, c), f(VARIADIC a), f(a, VARIADIC b), f(x => 1, y := 2), s.f(a), "F"(a);

SELECT count(*) FILTER (WHERE a > 1) OVER w, sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW), lag(a, 1) OVER (w ORDER BY d), rank() OVER () FROM t WINDOW w AS (PARTITION BY a), v AS (w GROUPS UNBOUNDED PRECEDING EXCLUDE GROUP);

SELECT percentile_cont(ARRAY[0.5]) WITHIN GROUP (ORDER BY a DESC) FILTER (WHERE b), rank(1) WITHIN GROUP (ORDER BY a, b);

SELECT sum(a) OVER (ORDER BY b RANGE BETWEEN '1 day'::interval PRECEDING AND $1 FOLLOWING EXCLUDE TIES);

SELECT trim(a), trim(BOTH FROM a), trim(LEADING 'x' FROM a), trim(TRAILING FROM a), trim('x' FROM a), substring(a FROM 2), substring(a FOR 3), substring(a FROM 1 FOR 2), substring(a SIMILAR b ESCAPE c), substring(a, 1), overlay(a PLACING b FROM 1), overlay(a, b, 1);

SELECT coalesce(a, b), nullif(a, b), greatest(a, b), least(a), normalize(a), normalize(a, NFKC), collation for (a), treat(a AS int), extract(epoch FROM a), extract('dow' FROM a);

SELECT JSON_OBJECT('a': 1, 'b' VALUE c NULL ON NULL WITH UNIQUE KEYS RETURNING jsonb), JSON_OBJECT(), json_object('{a,b}'), JSON_ARRAY(1, a ABSENT ON NULL), JSON_ARRAY(SELECT 1), JSON_OBJECTAGG(a: b) FILTER (WHERE c), JSON_ARRAYAGG(a ORDER BY b RETURNING json);

SELECT JSON_VALUE(j, '$.a' PASSING b AS x RETURNING int DEFAULT 0 ON EMPTY NULL ON ERROR), JSON_QUERY(j, '$' WITH WRAPPER KEEP QUOTES), JSON_EXISTS(j, '$.a' ERROR ON ERROR), JSON('1'), JSON_SCALAR(1), JSON_SERIALIZE(a RETURNING text), a IS JSON, a IS NOT JSON OBJECT WITH UNIQUE KEYS;

SELECT xmlelement(name a, xmlattributes(b AS c, d), e, 'f'), xmlforest(a, b AS c), xmlconcat(a, b), xmlparse(document a), xmlpi(name a, b), xmlroot(a, version no value, standalone yes), xmlserialize(content a AS text), xmlexists('/a' passing by value b), a IS DOCUMENT;

SELECT a[1], a[1][2], a[1:2][:3], a[b + 1:], (a).b[1].c, (f(a)).b, (f(a)).*, $1[1], ($1).a, (t.a).b.c, t.a[1].b, ARRAY[[1, 2], [3, 4]], ARRAY[]::int[], (ARRAY[1, 2])[1];

SELECT a = ANY (ARRAY[1, 2]), a <> ALL ($1), a < SOME (SELECT 1), a LIKE ANY (b), a NOT LIKE ALL (b), a @> ANY (b), a = ANY ('{1,2}'::int[]), (a, b) = ANY (SELECT 1, 2);

-- group: literals

SELECT 0, 007, 1.50, .5, 5., 1e3, 1.5e-3, 1E+2, 1_000.5, 0x1F, 0o17, 0b11, 12345678901234567890;

SELECT '', 'a''b', E'a\'b\\c\n\x41\101\u0041\U00000041', e'', 'a\b', U&'d\0061t\+000061', U&'!0061' UESCAPE '!', N'a', $$a'b$$, $x$a$$b$x$, 'a'
  'b'
  -- comment
  'c', B'', B'101', X'1fF', b'0';

SELECT date '2020-01-01', timestamp '2020-01-01', timestamp(3) with time zone '2020-01-01', time '1:00', interval '1 day', interval '1' day, interval '1:2' minute to second(3), interval(3) '1', int4 '1', numeric(3, 1) '1', double precision '1', char(3) 'a', character varying '1', pg_catalog.int4 '1', s.mytype 'x', "Date" 'x', bit(3) '1', bool 't', uuid 'x', json '{}', jsonb '{}';

SELECT a::int2, a::smallint, a::int8, a::real, a::float, a::float(10), a::double precision, a::decimal(3), a::char, a::character(3), a::character varying(3), a::varchar, a::bit varying(3), a::timestamp(3) without time zone, a::timestamptz, a::time with time zone, a::interval day to second, a::interval(3), a::"char", a::int array, a::int[3][], a::s.t[], a::varchar(3)[], a::national character varying(2);

SELECT true, FALSE, null, NULL::int, 'x' COLLATE "de_DE", 1 -- comment
, /* a /* nested */ b */ 2;

SELECT $1, $2::int, $10 + $1, ($1), -$1, $1[1], f($1), $1 IS NULL;

-- group: changes

INSERT INTO t DEFAULT VALUES RETURNING *;

INSERT INTO t (a, b[1], c.d) OVERRIDING SYSTEM VALUE VALUES (1, 2, 3), (DEFAULT, $1, (SELECT 1)) ON CONFLICT DO NOTHING RETURNING a, b AS c, *, t.*;

INSERT INTO t OVERRIDING USER VALUE SELECT * FROM u WHERE a ON CONFLICT (a, lower(b), (c || d), e COLLATE "C" text_pattern_ops) WHERE f > 0 DO UPDATE SET a = excluded.a, (b, c) = (SELECT 1, 2), d = DEFAULT WHERE t.a <> excluded.a RETURNING WITH (OLD AS o, NEW AS n) o.a, n.a;

INSERT INTO t (SELECT 1 UNION SELECT 2);

INSERT INTO t (a) (VALUES (1), (2)) ON CONFLICT ON CONSTRAINT t_pkey DO NOTHING;

INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x;

INSERT INTO t TABLE u;

UPDATE ONLY s.t AS x SET a = a + 1, b[1] = 2, c.d = 3, (e, f) = ROW(1, DEFAULT), (g) = (4) FROM u JOIN v ON true, w WHERE x.a = u.a AND x.b = (SELECT max(b) FROM z) RETURNING *, old.a, new.b;

UPDATE t * SET a = DEFAULT WHERE CURRENT OF c;

DELETE FROM ONLY t x USING u, v AS y JOIN w ON true WHERE x.a = u.a OR NOT EXISTS (SELECT FROM z) RETURNING x.a, (SELECT 1);

DELETE FROM t WHERE CURRENT OF "C";

MERGE INTO ONLY t AS x USING (SELECT 1 AS a) AS s ON x.a = s.a WHEN MATCHED AND s.a > 1 THEN UPDATE SET a = s.a, (b, c) = (1, 2) WHEN MATCHED THEN DELETE WHEN NOT MATCHED BY SOURCE THEN DO NOTHING WHEN NOT MATCHED BY TARGET AND true THEN INSERT (a, b) OVERRIDING USER VALUE VALUES (1, DEFAULT) WHEN NOT MATCHED THEN INSERT DEFAULT VALUES RETURNING merge_action(), x.*;

WITH s AS (SELECT 1 AS a) MERGE INTO t USING s JOIN u ON s.a = u.a ON t.a = s.a WHEN MATCHED THEN DO NOTHING;
