-- Common tables that are read once, several times, or not at all.
WITH x AS (SELECT * FROM staff WHERE team_no = 2) SELECT id, name FROM x ORDER BY id;
WITH x AS (SELECT team_no, sum(pay) AS total FROM staff GROUP BY team_no) SELECT p.team_no, p.total, q.total FROM x p JOIN x q ON q.team_no = p.team_no + 1 ORDER BY 1;
WITH x AS MATERIALIZED (SELECT id, pay FROM staff) SELECT id FROM x WHERE pay > (SELECT avg(pay) FROM x) ORDER BY id;
WITH x AS NOT MATERIALIZED (SELECT id, pay FROM staff) SELECT id FROM x WHERE pay = (SELECT max(pay) FROM x) ORDER BY id;
WITH x AS MATERIALIZED (SELECT * FROM shift WHERE hours > 5), y AS (SELECT staff_id, count(*) AS n FROM x GROUP BY staff_id) SELECT s.id, y.n FROM staff s LEFT JOIN y ON y.staff_id = s.id ORDER BY s.id;
WITH x (a, b) AS (SELECT id, name FROM staff), y AS (SELECT a, upper(b) AS c FROM x) SELECT y.a, y.c, x.b FROM x JOIN y USING (a) WHERE a < 6 ORDER BY a;
WITH unused AS (SELECT 1 / (id - id) FROM staff) SELECT count(*) FROM shift;
WITH x AS (SELECT id FROM staff ORDER BY pay DESC NULLS LAST, id LIMIT 5) SELECT h.* FROM x JOIN shift h ON h.staff_id = x.id ORDER BY h.staff_id, h.no;
WITH x AS (VALUES (1, 'a'), (4, 'b'), (31, 'c')) SELECT x.column2, s.name FROM x LEFT JOIN staff s ON s.id = x.column1 ORDER BY 1;
WITH x AS (SELECT DISTINCT place FROM shift), y AS (SELECT place FROM team) SELECT * FROM x INTERSECT SELECT * FROM y ORDER BY 1;
WITH x AS (SELECT e FROM edge e WHERE w > 3) SELECT (x.e).a, (e).b FROM x ORDER BY 1, 2;

-- Names that hide others.
WITH staff AS (SELECT id, name FROM staff WHERE id < 4) SELECT * FROM staff ORDER BY id;
WITH shift AS (SELECT id AS staff_id, 'hidden' AS kind FROM staff WHERE id > 28) SELECT * FROM shift ORDER BY 1;
WITH x AS (SELECT id FROM staff WHERE id < 9), y AS (WITH x AS (SELECT id FROM x WHERE id > 6) SELECT * FROM x) SELECT x.id, y.id FROM x LEFT JOIN y USING (id) ORDER BY 1;
WITH x AS (SELECT 1 AS n) SELECT (WITH x AS (SELECT count(*) AS n FROM staff) SELECT n FROM x), n FROM x;
WITH team AS (SELECT no, count(*) AS n FROM shift GROUP BY no) SELECT s.id, team.n FROM staff s JOIN team ON team.no = s.team_no WHERE s.id < 10 ORDER BY 1;
SELECT * FROM (WITH staff AS (SELECT a, b FROM edge) SELECT count(*) AS edges FROM staff) x, (SELECT count(*) AS people FROM staff) y;

-- In other places than in front.
SELECT id, (WITH x AS (SELECT hours FROM shift WHERE staff_id = s.id) SELECT sum(hours) FROM x) FROM staff s ORDER BY id;
SELECT id FROM staff s WHERE EXISTS (WITH x AS (SELECT * FROM shift) SELECT FROM x WHERE x.staff_id = s.id AND x.no = 3) ORDER BY id;
SELECT id FROM staff WHERE id IN (WITH x AS (SELECT b FROM edge WHERE w = 1) SELECT b FROM x UNION SELECT b + 1 FROM x) ORDER BY 1;
(WITH x AS (SELECT id FROM staff WHERE id < 3) SELECT id FROM x) UNION ALL (WITH x AS (SELECT no FROM team) SELECT no FROM x) ORDER BY 1;
WITH x AS (SELECT count(*) AS n FROM staff) SELECT id FROM staff ORDER BY id OFFSET (SELECT n - 2 FROM x);
WITH x AS (SELECT id FROM staff) SELECT t.no, y.n FROM team t, LATERAL (SELECT count(*) AS n FROM x WHERE x.id % t.no = 0) y ORDER BY 1;
SELECT s.id, l.z FROM staff s, LATERAL (WITH q AS (SELECT s.team_no * 10 AS z) SELECT z FROM q) l WHERE s.id < 5 ORDER BY 1;

-- Recursion over a tree.
WITH RECURSIVE r AS (SELECT id, name, 0 AS depth FROM staff WHERE boss IS NULL OR id = 1 UNION ALL SELECT s.id, s.name, depth + 1 FROM staff s JOIN r ON s.boss = r.id AND s.id <> r.id) SELECT * FROM r ORDER BY id;
WITH RECURSIVE r AS (SELECT id, boss, ARRAY[id] AS path FROM staff WHERE id = 1 UNION ALL SELECT s.id, s.boss, r.path || s.id FROM r, staff s WHERE s.boss = r.id AND s.id > 1) SELECT id, path FROM r ORDER BY path;
WITH RECURSIVE up (id, boss, n) AS (SELECT id, boss, 1 FROM staff WHERE id = 29 UNION ALL SELECT s.id, s.boss, n + 1 FROM up JOIN staff s ON s.id = up.boss) SELECT up.id, n, t.title FROM up JOIN staff USING (id) LEFT JOIN team t ON t.no = team_no ORDER BY n;
WITH RECURSIVE r AS (SELECT id, id AS top FROM staff WHERE id IN (2, 3) UNION ALL SELECT s.id, r.top FROM staff s JOIN r ON s.boss = r.id) SELECT top, count(*), sum(pay) FROM r JOIN staff USING (id) GROUP BY top ORDER BY top;
WITH RECURSIVE r AS (SELECT id, boss FROM staff WHERE id = 4 UNION ALL SELECT s.id, s.boss FROM staff s, r WHERE s.boss = r.id) SEARCH DEPTH FIRST BY id SET place SELECT id, place FROM r ORDER BY place;
WITH RECURSIVE r AS (SELECT id, boss FROM staff WHERE id = 2 UNION ALL SELECT s.id, s.boss FROM staff s, r WHERE s.boss = r.id) SEARCH BREADTH FIRST BY id SET place SELECT id FROM r ORDER BY place;
WITH RECURSIVE r AS (SELECT id, 1::numeric AS part FROM staff WHERE id = 1 UNION ALL SELECT s.id, part / 2 FROM staff s JOIN r ON s.boss = r.id) SELECT * FROM r ORDER BY id;
WITH RECURSIVE r AS (SELECT id, boss FROM staff WHERE id = 1 UNION ALL SELECT s.id, s.boss FROM staff s JOIN r ON s.boss = r.id LEFT JOIN shift h ON h.staff_id = s.id AND h.no = 1 WHERE h.hours IS NULL OR h.hours < 6) SELECT id FROM r ORDER BY id;

-- Recursion over a graph, with cycles.
WITH RECURSIVE r AS (SELECT 1 AS at UNION SELECT e.b FROM r JOIN edge e ON e.a = r.at) SELECT at FROM r ORDER BY at;
WITH RECURSIVE r (a, b) AS (SELECT a, b FROM edge UNION SELECT r.a, e.b FROM r JOIN edge e ON e.a = r.b) SELECT a, count(*), array_agg(b ORDER BY b) FROM r GROUP BY a ORDER BY a;
WITH RECURSIVE r AS (SELECT a, b FROM edge WHERE a = 1 UNION ALL SELECT e.a, e.b FROM r JOIN edge e ON e.a = r.b) CYCLE a, b SET again USING path SELECT a, b, again FROM r ORDER BY a, b, again;
WITH RECURSIVE r AS (SELECT a, b FROM edge WHERE a IN (6, 8) UNION ALL SELECT e.a, e.b FROM edge e JOIN r ON e.a = r.b) SEARCH DEPTH FIRST BY b SET ord CYCLE b SET again TO 'yes' DEFAULT 'no' USING path SELECT a, b, again, path FROM r ORDER BY a, b, again;
WITH RECURSIVE r (at, cost, way) AS (SELECT 9, 0, ARRAY[9] UNION ALL SELECT e.b, cost + e.w, way || e.b FROM r JOIN edge e ON e.a = r.at AND NOT e.b = ANY (way)) SELECT DISTINCT ON (at) at, cost, way FROM r ORDER BY at, cost;
WITH RECURSIVE r (at, n) AS (SELECT 5, 0 UNION ALL SELECT e.b, n + 1 FROM edge e, r WHERE e.a = r.at AND n < 6) SELECT n, at, count(*) FROM r GROUP BY n, at ORDER BY 1, 2;
WITH RECURSIVE r AS (SELECT b AS at FROM edge WHERE a = 9 UNION (SELECT e.b FROM r JOIN edge e ON e.a = r.at EXCEPT SELECT no FROM team)) SELECT * FROM r ORDER BY 1;

-- Other recursions.
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < (SELECT count(*) FROM team)) SELECT i, (SELECT count(*) FROM staff WHERE team_no = i) FROM n ORDER BY i;
WITH RECURSIVE d AS (SELECT min(day) AS day FROM reading UNION ALL SELECT (day + interval '1 day')::date FROM d WHERE day < (SELECT max(day) FROM reading)) SELECT d.day, count(h.no) FROM d LEFT JOIN shift h USING (day) GROUP BY d.day ORDER BY 1;
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT i, (SELECT name FROM staff WHERE id = i) FROM n LIMIT 4;
WITH RECURSIVE n AS (SELECT id AS i FROM staff WHERE id = 2 UNION ALL SELECT n.i * 2 FROM n WHERE n.i < 40), m AS (SELECT i FROM n WHERE i > 3) SELECT m.i, s.name FROM m LEFT JOIN staff s ON s.id = m.i ORDER BY 1;
WITH RECURSIVE x AS (SELECT id FROM y WHERE id < 4), y AS (SELECT id FROM staff) SELECT * FROM x ORDER BY 1;
WITH RECURSIVE r AS (WITH first AS (SELECT a, b FROM edge WHERE w = 1) SELECT a, b FROM first UNION SELECT e.a, e.b FROM edge e JOIN r ON e.a = r.b) SELECT * FROM r ORDER BY 1, 2;
WITH RECURSIVE t (s) AS (SELECT sku FROM stock WHERE qty > 9 UNION ALL SELECT left(s, -1) FROM t WHERE length(s) > 4) SELECT s, count(*) FROM t GROUP BY s ORDER BY s COLLATE "C";
WITH RECURSIVE g AS (SELECT label, min(sku) AS sku FROM stock WHERE label IS NOT NULL GROUP BY label UNION ALL SELECT g.label, (SELECT min(k.sku) FROM stock k WHERE k.label = g.label AND k.sku > g.sku) FROM g WHERE g.sku IS NOT NULL) SELECT label, count(sku), max(sku) FROM g GROUP BY label ORDER BY label;
SELECT s.id, (WITH RECURSIVE r AS (SELECT s.id AS at UNION ALL SELECT c.id FROM staff c JOIN r ON c.boss = r.at) SELECT count(*) - 1 FROM r) AS under FROM staff s ORDER BY 1;
SELECT t.no, x.n FROM team t, LATERAL (WITH RECURSIVE r AS (SELECT t.no::int AS i UNION SELECT e.b FROM edge e JOIN r ON e.a = r.i) SELECT count(*) AS n FROM r) x ORDER BY 1;
WITH RECURSIVE r AS (SELECT day, 1 AS n FROM reading WHERE probe = 1 AND mark IS NULL UNION ALL SELECT q.day, n + 1 FROM r JOIN reading q ON q.day = r.day + 1 AND q.probe = 1 AND q.mark IS NOT NULL) SELECT max(n), count(*) FROM r;

-- Errors.
-- error 42P19
WITH RECURSIVE r AS (SELECT id FROM staff UNION ALL SELECT count(*) FROM r) SELECT * FROM r;
-- error 42P19
WITH RECURSIVE r AS (SELECT id FROM r) SELECT * FROM r;
-- error 42P19
WITH RECURSIVE r AS (SELECT id FROM staff WHERE id = 1 UNION ALL SELECT s.id FROM staff s LEFT JOIN r ON s.boss = r.id) SELECT * FROM r;
-- error 42P19
WITH RECURSIVE r AS (SELECT id FROM staff UNION ALL SELECT x.id FROM r x JOIN r y ON x.id = y.id) SELECT * FROM r;
-- error 42P19
WITH RECURSIVE r AS (SELECT id FROM staff WHERE id = 1 UNION ALL SELECT id FROM staff WHERE id IN (SELECT id FROM r)) SELECT * FROM r;
-- error 0A000
WITH RECURSIVE x AS (SELECT id FROM y UNION ALL SELECT 1), y AS (SELECT id FROM staff UNION ALL SELECT id FROM x) SELECT * FROM x;
-- error 0A000
WITH RECURSIVE r AS (SELECT id FROM staff WHERE id = 1 UNION ALL SELECT s.id FROM staff s JOIN r ON s.boss = r.id ORDER BY 1) SELECT * FROM r;
-- error 42804
WITH RECURSIVE r AS (SELECT 1 AS n FROM team UNION ALL SELECT s.id FROM staff s JOIN r ON s.boss = r.n) SELECT * FROM r;
-- error 42712
WITH x AS (SELECT id FROM staff), x AS (SELECT no FROM team) SELECT * FROM x;
-- error 42P10
WITH x (a, b, c) AS (SELECT id, name FROM staff) SELECT * FROM x;
-- error 42P01
WITH x AS (SELECT * FROM y), y AS (SELECT id FROM staff) SELECT * FROM x;
-- error 42703
WITH x AS (SELECT id FROM staff) SELECT name FROM x;
-- error 22012
WITH x AS MATERIALIZED (SELECT id, 1 / (id - 5) AS q FROM staff) SELECT count(q) FROM x;

-- Shard keys.
WITH x AS (SELECT * FROM staff) SELECT id, name FROM x WHERE id = 5;
WITH x AS (SELECT * FROM staff) SELECT a.id, b.id FROM x a, x b WHERE a.id = 5 AND b.id IN (6, 7) ORDER BY 2;
WITH x AS (SELECT * FROM staff) SELECT a.name, (SELECT count(*) FROM x) FROM x a WHERE a.id = 5;
WITH x AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS r FROM staff) SELECT * FROM x WHERE id = 5;
WITH x AS (SELECT 5::bigint AS id) SELECT s.name, h.no FROM x JOIN staff s USING (id) LEFT JOIN shift h ON h.staff_id = x.id ORDER BY 2;
WITH x AS (SELECT id FROM staff WHERE id = 5), y AS (SELECT staff_id FROM shift WHERE staff_id = 6) SELECT * FROM x FULL JOIN y ON y.staff_id = x.id ORDER BY 1, 2;
WITH x AS (SELECT count(*) AS n FROM team) SELECT id FROM staff ORDER BY id = (SELECT n FROM x) DESC, id LIMIT (SELECT n - 2 FROM x);
WITH x AS (SELECT 3 AS n) (SELECT id FROM staff WHERE id < 3 UNION SELECT n FROM x) ORDER BY 1 DESC LIMIT (SELECT n - 1 FROM x);
WITH RECURSIVE r AS (SELECT id, boss FROM staff WHERE id = 25 UNION SELECT s.id, s.boss FROM staff s JOIN r ON s.id = r.boss) SELECT id FROM r WHERE id IN (3, 6, 7) ORDER BY id OFFSET (SELECT count(*) - 5 FROM r);
