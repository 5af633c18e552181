-- How many rows, in all spellings.
SELECT id FROM staff ORDER BY id LIMIT '3';
SELECT id FROM staff ORDER BY id LIMIT 2.5;
SELECT id FROM staff ORDER BY id LIMIT 1::int OFFSET '2'::int8;
SELECT id FROM staff ORDER BY id FETCH FIRST (1 + 1) ROWS ONLY;
SELECT id FROM staff ORDER BY id FETCH NEXT +2 ROWS ONLY;
SELECT id FROM staff ORDER BY id OFFSET 2.4 ROWS LIMIT 3;
SELECT id FROM staff ORDER BY id LIMIT 3 OFFSET NULL;
SELECT id FROM staff ORDER BY id ASC NULLS LAST OFFSET 28 LIMIT ALL;
SELECT count(*) FROM staff OFFSET 0 LIMIT 1;
-- no rows
SELECT count(*) FROM staff LIMIT 0;
-- no rows
SELECT count(*) FROM staff OFFSET 1;
-- error 22P02
SELECT id FROM staff ORDER BY id LIMIT 'x';
-- error 2201W
SELECT id FROM staff ORDER BY id FETCH FIRST -1 ROWS ONLY;
-- error 42P10
SELECT id FROM staff ORDER BY id LIMIT id;
-- error 42803
SELECT id FROM staff LIMIT count(*);
-- error 42P10
SELECT id FROM staff ORDER BY -1;
-- error 42P10
SELECT id FROM staff ORDER BY 0;
-- error 42601
SELECT id FROM staff ORDER BY 1.0;
-- error 42601
SELECT id FROM staff LIMIT 1 LIMIT 2;
-- error 42601
SELECT id FROM staff OFFSET 1 LIMIT 2 OFFSET 1;
-- error 42601
SELECT id FROM staff LIMIT 2 FETCH FIRST ROW ONLY;
-- error 42601
(SELECT id FROM staff LIMIT 1) LIMIT 2;
-- error 42601
SELECT id FROM staff LIMIT 1 ORDER BY id;
-- error 42601
SELECT id FROM staff LIMIT 1, 2;
-- error 42601
SELECT id FROM staff ORDER BY id LIMIT 2 OFFSET;
-- error 42601
SELECT id, FROM staff;
-- error 42601
SELECT id FROM staff WHERE id > 3 WHERE id < 9;
-- error 42601
SELECT id FROM staff ORDER BY id ASC DESC;
-- error 22003
SELECT id FROM staff ORDER BY id LIMIT 99999999999999999999;
-- no rows
SELECT id FROM staff ORDER BY id LIMIT 5 OFFSET 9223372036854775807;
-- error 42601
SELECT id FROM staff ORDER BY id FETCH FIRST 2 ROWS;
-- error 42601
SELECT id FROM staff FETCH FIRST 2 ROWS WITH TIES;
SELECT id FROM staff WHERE id < 4 ORDER BY NULL::int, (SELECT 1), id + 0;
SELECT name FROM staff ORDER BY id = 4 DESC, id IN (7, 9) DESC, id LIMIT 4;
SELECT id FROM staff ORDER BY (id), ((name)) LIMIT 2;

-- Words that stand close, or mean something else.
SELECT(id)FROM staff WHERE(id>3)AND NOT(name='x')ORDER BY(id)LIMIT(2);
SELECT'x'AS x,id FROM staff WHERE id IN(3,4)ORDER BY 2;
SELECT id AS "from", name AS "limit", grade "where" FROM staff WHERE id > 3 ORDER BY "from" LIMIT 3;
SELECT id, extract(year FROM hired), substring(name FROM 2), trim(BOTH 'A' FROM name), position('o' IN name), overlay(name PLACING '-' FROM 2 FOR 1) FROM staff ORDER BY id LIMIT 6;
SELECT id, name IS DISTINCT FROM 'Bo', 'limit 3' AS offset_of FROM staff WHERE name IS NOT DISTINCT FROM 'Bo' OR name = 'where' ORDER BY id;
SELECT CASE WHEN id > 3 THEN 'order' ELSE 'group' END AS w, id FROM staff WHERE name <> 'from' ORDER BY staff.id LIMIT 5;
SELECT id
FROM staff -- the end of a line
WHERE id > 28 -- and another
ORDER BY id /* and nothing */;
SELECT id FROM staff WHERE id OPERATOR(pg_catalog.<) 3 ORDER BY id USING OPERATOR(pg_catalog.<);
SELECT (hired, hired + 30) OVERLAPS (date '2020-05-01', interval '20 days') AS o, id FROM staff WHERE id < 9 ORDER BY id;
SELECT name NOT LIKE ALL ('{A%,B%}'), name !~ '^[A-C]', name NOT ILIKE 'd%', name NOT SIMILAR TO '(E|F)%', id FROM staff ORDER BY id LIMIT 9;
SELECT id, skills[:][2:], skills[1:], (skills)[1][1], ARRAY[[id, team_no], [boss, 0]] FROM staff WHERE id IN (1, 3, 6) ORDER BY id;
SELECT id, NOT active = (pay > 2000), - id ^ 2, id & 3 | 4, @ - id, id % 4 * 2 - 1, 2 ^ 3 ^ 1 FROM staff WHERE id < 6 ORDER BY id;
SELECT interval '1' YEAR + interval '2-3' YEAR TO MONTH + hired::timestamp, id FROM staff WHERE id < 4 ORDER BY id;
SELECT collation for (label), collation for (label COLLATE "POSIX"), normalize(label, NFD), label IS NFC NORMALIZED FROM stock WHERE label LIKE '%l%' ORDER BY sku;
SELECT ALL id FROM ONLY (staff) AS s WHERE s.id < 3 ORDER BY s.id;
SELECT id FROM staff UNION ALL SELECT id FROM staff WHERE id < 3 ORDER BY id DESC LIMIT 3 OFFSET 29;

-- Groups, where shards can make them and where not.
SELECT team_no AS pay, sum(pay) FROM staff GROUP BY team_no, pay ORDER BY 1, 2 LIMIT 5;
SELECT team_no AS t, count(*) FROM staff GROUP BY t ORDER BY t NULLS FIRST;
SELECT count(*) AS team_no, team_no AS x FROM staff GROUP BY team_no ORDER BY team_no, x;
SELECT team_no, count(*) FROM staff GROUP BY (team_no) HAVING (count(*)) > 3 AND team_no IS NOT NULL ORDER BY (team_no);
SELECT team_no, count(*) FROM staff GROUP BY 1 ORDER BY 2, 1;
SELECT team_no + 1, count(*) FROM staff GROUP BY team_no ORDER BY team_no + 1;
SELECT team_no, active FROM staff GROUP BY (team_no, active) ORDER BY 1, 2;
SELECT 1 FROM staff HAVING count(*) > 3;
SELECT count(1), count(NULL), sum(1), avg(2), max('x'), min(NULL), bool_and(true), bool_or(NULL) FROM staff;
SELECT count(*) FILTER (WHERE NULL), max(id) FILTER (WHERE id > 99), coalesce(max(id) FILTER (WHERE id > 99), -1), min(id) + max(id), max(name || '!') FROM staff;
SELECT CASE WHEN count(*) > 1 THEN max(id) END, count(*)::text || 'x', NOT bool_or(active), -sum(pay), sum(pay) BETWEEN 1 AND 2 FROM staff;
SELECT count(*) AS c FROM staff ORDER BY c, max(id);
SELECT DISTINCT count(*) FROM staff GROUP BY grade ORDER BY 1;
SELECT grade, min(hired), max(hired) - min(hired) FROM staff WHERE hired > '2020-02-01' AND grade <> 'B' GROUP BY grade ORDER BY grade DESC;
SELECT s.grade, count(*) FROM staff s WHERE s.grade > 'A' GROUP BY s.grade ORDER BY s.grade LIMIT 1 OFFSET 1;
SELECT label, sum(qty), avg(qty), min(price) FROM stock GROUP BY label HAVING sum(qty) > 10 OR label IS NULL ORDER BY label NULLS FIRST;
SELECT active, count(*), min(active::text) FROM staff GROUP BY active ORDER BY active;
SELECT kind, sum(hours) FILTER (WHERE no = 1), avg(no), sum(no) FROM shift WHERE place = 'north' OR place IS NULL GROUP BY kind ORDER BY kind COLLATE "C";
SELECT probe, min(day), max(exact), sum(exact), avg(exact), count(mark) FROM reading WHERE day < '2026-01-20' GROUP BY probe ORDER BY probe;
SELECT mark, max(value), min(value), count(DISTINCT probe) FROM reading GROUP BY mark ORDER BY mark;
SELECT w, count(*) FROM edge GROUP BY w HAVING max(a) < 9 ORDER BY w DESC NULLS LAST FETCH FIRST ROW ONLY;
-- error 22012
SELECT sum(pay) / 0 FROM staff;
-- error 22012
SELECT 1 / 0 FROM staff WHERE id = 99;
-- error 22012
SELECT team_no, count(*) FROM staff GROUP BY team_no HAVING 1 / (count(*) - count(*)) > 0;
-- no rows
SELECT 1 / (id - 5) FROM staff LIMIT 0;
-- error 42803
SELECT team_no AS name, count(*) FROM staff GROUP BY name;
-- error 42803
SELECT s.id FROM staff s GROUP BY s.name;
-- error 42803
SELECT count(*) FROM staff ORDER BY id;
-- error 42803
SELECT DISTINCT team_no FROM staff GROUP BY active;
-- error 42803
SELECT sum(pay) FILTER (WHERE count(*) > 1) FROM staff;
-- error 42725
SELECT sum(NULL) FROM staff;

-- Set operations.
SELECT id FROM staff WHERE id < 5 INTERSECT SELECT a FROM edge UNION SELECT 99 ORDER BY 1;
SELECT id FROM staff WHERE id < 5 EXCEPT (SELECT a FROM edge EXCEPT SELECT 3) ORDER BY 1;
(SELECT id FROM staff ORDER BY pay DESC NULLS LAST, id LIMIT 3) EXCEPT ALL (SELECT a FROM edge ORDER BY a LIMIT 5) ORDER BY 1 LIMIT 2;
SELECT team_no FROM staff UNION ALL SELECT NULL UNION SELECT a FROM edge WHERE a > 8 ORDER BY 1 NULLS FIRST;
SELECT x.k, count(*) FROM (SELECT place AS k FROM shift UNION ALL SELECT place FROM team UNION ALL SELECT label FROM stock) x GROUP BY x.k ORDER BY 1;
SELECT id, 'one ' || name FROM staff WHERE id = 5 UNION ALL SELECT staff_id, kind FROM shift WHERE staff_id IN (5, 6) ORDER BY 2, 1;
VALUES (1), (2) EXCEPT SELECT no FROM team WHERE no = 1 UNION ALL (SELECT a FROM edge WHERE a = 8) ORDER BY 1;
-- error 42601
SELECT id FROM staff ORDER BY id UNION SELECT a FROM edge;
-- error 0A000
SELECT id FROM staff UNION SELECT a FROM edge ORDER BY id + 1;
-- error 42703
SELECT id FROM staff UNION SELECT a FROM edge ORDER BY a;
