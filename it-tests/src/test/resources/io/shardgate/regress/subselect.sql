-- Scalar subqueries.
SELECT id, (SELECT title FROM team WHERE no = team_no), (SELECT max(hours) FROM shift WHERE staff_id = id) FROM staff ORDER BY id;
SELECT (SELECT count(*) FROM staff), (SELECT sum(hours) FROM shift), (SELECT max(sku) FROM stock WHERE qty < 0);
SELECT (SELECT name FROM staff WHERE id = 9999) IS NULL, (SELECT name FROM staff WHERE id = 4);
SELECT id, pay - (SELECT avg(pay) FROM staff x WHERE x.team_no = s.team_no) FROM staff s ORDER BY 2, 1;
SELECT id, (SELECT count(*) FROM staff x WHERE x.boss = s.id AND (SELECT count(*) FROM shift h WHERE h.staff_id = x.id AND h.no <= s.team_no) > 1) FROM staff s ORDER BY id;
SELECT id FROM staff s WHERE pay = (SELECT max(pay) FROM staff x WHERE x.team_no = s.team_no) ORDER BY id;
SELECT id FROM staff WHERE id < (SELECT min(staff_id) FROM shift WHERE hours IS NULL) ORDER BY id;
SELECT s.id, (SELECT s.name || t.title FROM team t WHERE t.no = s.team_no AND s.active) FROM staff s ORDER BY 1;
SELECT sku, (SELECT count(*) FROM reading WHERE day = seen::date AND probe <= small) FROM stock ORDER BY sku;
SELECT (SELECT (SELECT max(e.w) FROM edge e WHERE e.a = s.id) FROM staff s WHERE s.id = t.no) FROM team t ORDER BY t.no;
SELECT s.id, (SELECT row_to_json(x) FROM (SELECT h.day, h.kind FROM shift h WHERE h.staff_id = s.id AND h.no = 1) x) FROM staff s ORDER BY 1;
-- error 21000
SELECT (SELECT name FROM staff);
-- error 21000
SELECT id, (SELECT no FROM shift WHERE staff_id = id) FROM staff;
-- error 21000
SELECT id FROM staff WHERE pay > (SELECT pay FROM staff x WHERE x.id IN (1, 2));
-- error 42601
SELECT id, (SELECT no, day FROM shift WHERE staff_id = id) FROM staff;

-- IN and NOT IN, with NULLs on either side.
SELECT id FROM staff WHERE id IN (SELECT staff_id FROM shift WHERE hours > 5) ORDER BY id;
SELECT id FROM staff WHERE team_no IN (SELECT no FROM team WHERE place = 'north') ORDER BY id;
SELECT id FROM staff WHERE id NOT IN (SELECT boss FROM staff WHERE boss IS NOT NULL) ORDER BY id;
-- no rows
SELECT id FROM staff WHERE id NOT IN (SELECT boss FROM staff);
SELECT id FROM staff WHERE team_no NOT IN (SELECT no FROM team WHERE place IS NULL) ORDER BY id;
SELECT id FROM staff WHERE team_no NOT IN (SELECT no FROM team WHERE no > 99) ORDER BY id;
SELECT id, team_no IN (SELECT a FROM edge), team_no NOT IN (SELECT w FROM edge), id IN (SELECT w FROM edge) FROM staff ORDER BY id;
SELECT id FROM staff WHERE (team_no, grade) IN (SELECT team_no, grade FROM staff WHERE active) ORDER BY id;
SELECT id, (team_no, boss) IN (SELECT a, b FROM edge), (team_no, boss) NOT IN (SELECT w, b FROM edge) FROM staff ORDER BY id;
SELECT staff_id, no FROM shift WHERE (staff_id, no) NOT IN (SELECT a, b FROM edge) AND place IN (SELECT place FROM team) ORDER BY 1, 2;
SELECT id FROM staff s WHERE s.team_no - 1 IN (SELECT h.no FROM shift h WHERE h.staff_id = s.id) ORDER BY id;
SELECT id FROM staff s WHERE 'west' IN (SELECT place FROM shift h WHERE h.staff_id = s.id) IS NOT TRUE ORDER BY id;
SELECT sku FROM stock WHERE label IN (SELECT label FROM stock GROUP BY label HAVING count(*) > 4) ORDER BY sku;
SELECT sku FROM stock WHERE qty IN (SELECT id FROM staff) AND price IN (SELECT 1.1 * id FROM staff) ORDER BY sku;
SELECT name FROM staff WHERE length(name) IN (SELECT no FROM team LIMIT 5) ORDER BY name, id;
-- error 42883
SELECT id FROM staff WHERE id IN (SELECT name FROM staff);
-- error 42601
SELECT id FROM staff WHERE id IN (SELECT a, b FROM edge);

-- ANY, SOME and ALL.
SELECT id FROM staff WHERE pay > ALL (SELECT pay FROM staff WHERE team_no = 1 AND pay IS NOT NULL) ORDER BY id;
SELECT id FROM staff WHERE pay >= ANY (SELECT max(pay) FROM staff GROUP BY team_no) ORDER BY id;
SELECT id, pay > ALL (SELECT pay FROM staff x WHERE x.boss = s.id), pay < SOME (SELECT pay FROM staff x WHERE x.boss = s.id) FROM staff s ORDER BY id;
SELECT id FROM staff WHERE id = ANY (ARRAY(SELECT staff_id FROM shift WHERE kind = 'spare')) ORDER BY id;
SELECT id FROM staff WHERE 'saw' = ANY (skills) AND id <> ALL (ARRAY(SELECT b FROM edge)) ORDER BY id;
SELECT id FROM staff WHERE (team_no, id) < ANY (SELECT a, b FROM edge) ORDER BY id;
SELECT id FROM staff WHERE (team_no, id) >= ALL (SELECT no, staff_id::bigint FROM shift WHERE no < 3) ORDER BY id;
SELECT id FROM staff WHERE name LIKE ANY (SELECT left(title, 1) || '%' FROM team) OR name LIKE ANY ('{A%,F%}') ORDER BY id;
SELECT no, no = ALL (SELECT team_no FROM staff WHERE id > 1000), no = ANY (SELECT team_no FROM staff WHERE id > 1000) FROM team ORDER BY no;
-- error 42809
SELECT id FROM staff WHERE id = ANY (5);

-- EXISTS.
SELECT id FROM staff s WHERE EXISTS (SELECT * FROM shift h WHERE h.staff_id = s.id AND h.day > s.hired + 2000) ORDER BY id;
SELECT id, EXISTS (SELECT FROM shift WHERE staff_id = id), NOT EXISTS (SELECT FROM edge WHERE b = id AND w > 1) FROM staff ORDER BY id;
SELECT t.no FROM team t WHERE NOT EXISTS (SELECT 1 FROM staff s WHERE s.team_no = t.no AND NOT EXISTS (SELECT 1 FROM shift h WHERE h.staff_id = s.id)) ORDER BY 1;
SELECT count(*) FROM staff WHERE EXISTS (SELECT FROM stock WHERE qty > 100) OR id < 3;
SELECT s.id FROM staff s WHERE EXISTS (SELECT FROM edge e WHERE e.a = s.id AND EXISTS (SELECT FROM edge f WHERE f.a = e.b AND f.b <> s.id)) ORDER BY 1;
SELECT s.id FROM staff s WHERE EXISTS (SELECT count(*) FROM shift WHERE staff_id = s.id + 1000) AND s.id < 4 ORDER BY 1;
SELECT s.id FROM staff s WHERE EXISTS (SELECT FROM shift h WHERE h.staff_id = s.id LIMIT 0) IS FALSE AND s.id > 27 ORDER BY 1;

-- Arrays of subqueries.
SELECT id, ARRAY(SELECT no FROM shift WHERE staff_id = id ORDER BY no DESC) FROM staff ORDER BY id;
SELECT ARRAY(SELECT id FROM staff WHERE team_no = 3 ORDER BY name NULLS FIRST, id), cardinality(ARRAY(SELECT 1 FROM edge));
SELECT t.no, array_length(ARRAY(SELECT s.skills FROM staff s WHERE s.team_no = t.no AND s.skills <> '{}' ORDER BY s.id), 1), ARRAY(SELECT day FROM shift WHERE no = t.no + 1 ORDER BY 1 LIMIT 2) FROM team t ORDER BY 1;
SELECT (ARRAY(SELECT sku FROM stock ORDER BY price DESC NULLS LAST, sku))[2:3];

-- In every clause.
SELECT x.team_no, x.n FROM (SELECT team_no, count(*) AS n FROM staff GROUP BY team_no) AS x WHERE n > (SELECT min(no) FROM team) ORDER BY x.team_no;
SELECT team_no, count(*) FROM staff GROUP BY team_no HAVING count(*) > (SELECT count(*) FROM shift WHERE no = 3) - 3 ORDER BY 1;
SELECT id FROM staff s ORDER BY (SELECT count(*) FROM shift WHERE staff_id = s.id) DESC, id;
-- refused: the query can't be answered from rows of several shards: subquery uses ungrouped column "s.team_no"
SELECT (SELECT place FROM team WHERE no = s.team_no) AS p, count(*) FROM staff s GROUP BY (SELECT place FROM team WHERE no = s.team_no) ORDER BY 1, 2;
SELECT (SELECT place FROM team WHERE no = s.team_no) AS p, count(*) FROM staff s GROUP BY p ORDER BY 1, 2;
SELECT p, count(*) FROM (SELECT (SELECT place FROM team WHERE no = s.team_no) AS p FROM staff s) x GROUP BY p ORDER BY p;
SELECT id, CASE WHEN id IN (SELECT a FROM edge) THEN (SELECT min(b) FROM edge WHERE a = id) ELSE (SELECT -max(b) FROM edge) END FROM staff ORDER BY id;
SELECT s.id, t.no FROM staff s JOIN team t ON t.no = (SELECT max(h.no) FROM shift h WHERE h.staff_id = s.id) ORDER BY 1;
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = s.id AND h.hours >= (SELECT avg(hours) FROM shift) ORDER BY 1, 2;
SELECT sum((SELECT count(*) FROM edge WHERE a = id)), max((SELECT max(day) FROM shift WHERE staff_id = id)) FROM staff;
SELECT coalesce((SELECT name FROM staff WHERE id = 11), (SELECT name FROM staff WHERE id = 12), 'none'), nullif((SELECT count(*) FROM edge), 15);
SELECT generate_series(1, (SELECT max(no) FROM shift)) AS g ORDER BY g;
SELECT g, (SELECT count(*) FROM staff WHERE team_no = g) FROM generate_series((SELECT min(no) FROM team), (SELECT max(no) FROM team)) g ORDER BY g;
SELECT id FROM staff WHERE id BETWEEN (SELECT min(a) FROM edge) AND (SELECT max(a) FROM edge WHERE w > 5) ORDER BY 1;
SELECT DISTINCT (SELECT count(*) FROM shift WHERE staff_id = id) AS n FROM staff ORDER BY n;
SELECT x.s FROM (SELECT (SELECT ROW (s.id, s.name)) AS s FROM staff s WHERE s.id < 4) x ORDER BY 1;
SELECT (SELECT s) FROM (SELECT a, b FROM edge) s ORDER BY 1 LIMIT 3;
VALUES ((SELECT count(*) FROM staff WHERE active)), ((SELECT count(*) FROM staff WHERE NOT active)) ORDER BY 1;
SELECT * FROM staff WHERE id = (SELECT max(id) FROM staff WHERE team_no = (SELECT max(team_no) FROM staff WHERE active));

-- Subqueries in FROM.
SELECT * FROM (SELECT id, name FROM staff WHERE team_no = 1 ORDER BY id DESC LIMIT 3) AS x ORDER BY name, id;
SELECT count(*) FROM (SELECT DISTINCT team_no, grade FROM staff) AS x;
SELECT x.a, y.n FROM (SELECT a FROM edge WHERE w > 2) AS x, (SELECT count(*) AS n FROM staff) AS y ORDER BY 1;
SELECT q.d, q.n FROM (SELECT day AS d, count(*) AS n FROM shift GROUP BY day UNION ALL SELECT day, -count(*) FROM reading WHERE value > 7 GROUP BY day) AS q ORDER BY 1, 2;
SELECT z.* FROM (SELECT y.* FROM (SELECT x.id, x.pay FROM staff AS x WHERE x.pay < 1300) AS y WHERE y.id > 3) AS z WHERE z.pay IS NOT NULL ORDER BY 1;
SELECT x.k, count(*) FROM (SELECT id % 3 AS k, 1 / nullif(id % 3, 0) AS q FROM staff OFFSET 0) AS x WHERE x.q IS NOT NULL GROUP BY x.k ORDER BY 1;
SELECT max(x.r) FROM (SELECT (SELECT count(*) FROM shift WHERE staff_id = s.id) AS r FROM staff s WHERE team_no = 2) AS x;
-- error 42703
SELECT x.pay FROM (SELECT id FROM staff) AS x;
-- error 42803
SELECT id FROM staff s WHERE id = (SELECT max(s.id) FROM team);
-- error 22012
SELECT id FROM staff WHERE id > (SELECT sum(1 / (no - 2)) FROM shift);
-- error 42P01
SELECT id FROM staff WHERE id IN (SELECT shift.staff_id FROM edge);

-- Shard keys.
SELECT name FROM staff WHERE id = (SELECT 5);
SELECT name FROM staff WHERE id IN (SELECT 5 UNION SELECT 6 UNION SELECT no FROM team WHERE no = 2) ORDER BY id;
SELECT s.id FROM staff s WHERE EXISTS (SELECT FROM shift h WHERE h.staff_id = s.id AND h.staff_id IN (5, 8)) ORDER BY 1;
SELECT s.id, (SELECT m.name FROM staff m WHERE m.id = s.boss), (SELECT count(*) FROM shift WHERE staff_id = 5) FROM staff s WHERE s.id IN (7, 9) ORDER BY 1;
SELECT id FROM staff WHERE id = 5 AND EXISTS (SELECT FROM edge WHERE a = 6) AND NOT EXISTS (SELECT FROM shift WHERE staff_id = 4);
SELECT id, ARRAY(SELECT no FROM shift WHERE staff_id = 7 ORDER BY no) FROM staff WHERE id IN (1, 2) ORDER BY id;
SELECT id FROM staff s WHERE id IN (SELECT staff_id FROM shift WHERE staff_id = s.id AND no = 3) AND id IN (5, 7, 11) ORDER BY id;
SELECT (SELECT s.name FROM staff s WHERE s.id = t.no) FROM team t WHERE t.no IN (2, 4) ORDER BY 1;
SELECT x.id FROM (SELECT id FROM staff WHERE id = 5 UNION ALL SELECT staff_id FROM shift WHERE staff_id = 6) AS x WHERE x.id > 5;
