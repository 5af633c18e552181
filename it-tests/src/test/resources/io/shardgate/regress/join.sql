-- Inner joins, of tables that lie alike and that don't.
SELECT * FROM staff JOIN shift ON staff_id = id ORDER BY id, shift.no;
SELECT s.id, h.staff_id FROM staff s, shift h WHERE s.id = h.no AND h.hours > 6 ORDER BY 1, 2;
SELECT s.id, e.b FROM staff s CROSS JOIN edge e WHERE e.a = s.id AND e.w < 5 ORDER BY 1, 2;
SELECT s.name, k.label FROM staff s JOIN stock k ON length(s.name) = length(k.label) AND s.id < 5 ORDER BY s.id, k.sku;
SELECT k.sku, r.probe, r.value FROM stock k JOIN reading r ON r.day = k.seen::date AND r.probe > k.small ORDER BY k.sku, r.probe;
SELECT h.staff_id, t.title FROM shift h JOIN team t ON h.hours = t.no ORDER BY 1, h.no;
SELECT s.id, k.sku FROM staff s JOIN stock k ON s.grade = upper(left(k.label, 1)) ORDER BY 1, 2;
SELECT e.a, f.a, e.w + f.w FROM edge e JOIN edge f ON e.a + 1 = f.b ORDER BY 1, 2, f.b, e.b;
SELECT s.id, h.staff_id, h.no FROM staff s JOIN shift h ON s.id = h.staff_id OR s.team_no = h.no AND s.id = 7 ORDER BY 1, 2, 3;
SELECT x.id, y.id FROM staff x JOIN staff y ON (x.team_no, x.grade) = (y.team_no, y.grade) AND x.id < y.id ORDER BY 1, 2;
SELECT x.id, y.id FROM staff x JOIN staff y ON x.team_no IS NOT DISTINCT FROM y.team_no AND x.pay IS NOT DISTINCT FROM y.pay WHERE x.id < y.id ORDER BY 1, 2;
SELECT x.a, y.a, z.a FROM edge x JOIN edge y ON x.b = y.a JOIN edge z ON y.b = z.a AND z.b = x.a ORDER BY 1, 2, 3;
SELECT count(*) FROM staff JOIN shift ON true;
-- no rows
SELECT 1 FROM staff JOIN shift ON false;

-- USING, NATURAL and names.
SELECT * FROM team JOIN shift USING (no) ORDER BY no, staff_id;
SELECT * FROM team NATURAL JOIN shift ORDER BY staff_id, no;
SELECT * FROM team NATURAL LEFT JOIN shift ORDER BY no, staff_id;
SELECT * FROM team NATURAL FULL JOIN shift ORDER BY no, place NULLS FIRST, staff_id NULLS FIRST;
SELECT place, t.no, h.no, t.place = h.place FROM team t LEFT JOIN shift h USING (place) ORDER BY place, 2, 3, h.staff_id;
SELECT no, count(*), count(t.no), count(h.no) FROM team t FULL JOIN shift h USING (no) GROUP BY no ORDER BY no;
SELECT no, t.title, h.staff_id FROM team t FULL JOIN shift h USING (no, place) WHERE no > 2 ORDER BY no, 2, 3;
SELECT id, x.name, y.name FROM (SELECT id, name FROM staff WHERE id < 12) x FULL JOIN (SELECT id, name FROM staff WHERE id > 8 AND id < 20) y USING (id) ORDER BY id;
SELECT no, x.place, y.place, z.n FROM team x RIGHT JOIN (SELECT no, place FROM shift WHERE staff_id < 8) y USING (no) FULL JOIN (SELECT a AS no, w AS n FROM edge) z USING (no) ORDER BY no, 3, 4;
SELECT u.no, count(*) FROM team JOIN shift USING (no) AS u GROUP BY u.no ORDER BY 1;
SELECT x.a, x.d FROM (team JOIN shift USING (no)) AS x (a, b, c, d) ORDER BY 1, 2;
SELECT j.*, j.hours * 2 FROM (staff s JOIN shift h ON h.staff_id = s.id) j (i, n) WHERE i < 4 ORDER BY i, j.no;
-- error 42P01
SELECT team.no FROM (team JOIN shift USING (no)) AS x;
-- error 42703
SELECT * FROM team JOIN shift USING (title);
-- error 42702
SELECT place FROM team, shift;
-- error 42712
SELECT * FROM staff s JOIN shift s ON true;
-- error 42702
SELECT * FROM staff JOIN shift ON staff_id = id JOIN team USING (no) JOIN (SELECT no, place FROM team) z USING (place);

-- Outer joins and what stands above them.
SELECT s.id, t.title FROM staff s LEFT JOIN team t ON t.no = s.team_no AND s.active ORDER BY s.id;
SELECT t.title, s.id FROM staff s RIGHT JOIN team t ON t.no = s.team_no AND s.pay > 3000 ORDER BY t.no, s.id;
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = s.id AND h.hours > 5 WHERE s.team_no = 2 ORDER BY 1, 2;
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = s.id WHERE coalesce(h.hours, 0) < 3 ORDER BY 1, 2;
SELECT s.id FROM staff s LEFT JOIN shift h ON h.staff_id = s.id WHERE h.staff_id IS NULL ORDER BY 1;
SELECT s.id, h.staff_id, h.no FROM staff s FULL JOIN shift h ON h.staff_id = s.id WHERE s.id IS NULL OR h.no IS NULL ORDER BY s.id, h.staff_id, h.no;
SELECT s.id, h.staff_id FROM (SELECT * FROM staff WHERE id < 4) s FULL JOIN (SELECT * FROM shift WHERE no = 3) h ON false ORDER BY 1, 2;
SELECT s.id, k.sku FROM staff s LEFT JOIN stock k ON k.qty = s.id AND k.price > 10 ORDER BY s.id, k.sku;
SELECT s.id, x.staff_id, x.title FROM staff s LEFT JOIN (shift h JOIN team t ON h.place = t.place) x ON x.staff_id = s.id AND s.grade = 'B' ORDER BY 1, 2, 3, x.day;
SELECT s.id, h.day, t.title FROM staff s LEFT JOIN shift h ON h.staff_id = s.id AND h.no = 1 LEFT JOIN team t ON t.place = h.place AND t.no > s.team_no ORDER BY 1, 3;
SELECT s.id, h.day, t.title FROM (staff s LEFT JOIN shift h ON h.staff_id = s.id) JOIN team t ON t.no = h.no ORDER BY 1, 2, 3;
SELECT m.id, e.id, h.no FROM staff m RIGHT JOIN staff e ON m.id = e.boss AND m.active LEFT JOIN shift h ON h.staff_id = m.id ORDER BY e.id, h.no;
SELECT t.no, count(s.id), count(h.no), sum(h.hours) FROM team t LEFT JOIN staff s ON s.team_no = t.no LEFT JOIN shift h ON h.staff_id = s.id GROUP BY t.no HAVING count(h.no) < 20 ORDER BY 1;
SELECT s.id, x.flag, x.c FROM staff s LEFT JOIN (SELECT staff_id, 'yes' AS flag, coalesce(hours, 0) AS c FROM shift WHERE no = 1) x ON x.staff_id = s.id ORDER BY s.id;
SELECT s.id, y.k FROM staff s LEFT JOIN (SELECT h.staff_id, b.k FROM shift h LEFT JOIN (SELECT no, 7 AS k FROM team WHERE place IS NOT NULL) b ON b.no = h.no) y ON y.staff_id = s.id AND y.k IS NULL ORDER BY s.id, 2;
SELECT x.c, count(*) FROM staff s LEFT JOIN (SELECT a, coalesce(w, -1) AS c FROM edge) x ON x.a = s.id GROUP BY x.c HAVING x.c IS NULL OR x.c > 1 ORDER BY 1;
SELECT t.no, x.one FROM team t LEFT JOIN (SELECT DISTINCT team_no, 1 AS one FROM staff WHERE active) x ON x.team_no = t.no ORDER BY 1;
SELECT r.day, s.id FROM reading r LEFT JOIN staff s ON s.id = r.probe * 3 AND r.value > s.score WHERE r.day > '2026-01-24' ORDER BY 1, 2, r.probe;
-- error 0A000
SELECT * FROM staff s FULL JOIN shift h ON s.id < h.staff_id;

-- Joins that could be left out.
SELECT s.id FROM staff s LEFT JOIN team t ON t.no = s.team_no ORDER BY 1;
SELECT s.id FROM staff s LEFT JOIN (SELECT DISTINCT staff_id FROM shift) x ON x.staff_id = s.id ORDER BY 1;
SELECT s.id FROM staff s LEFT JOIN (SELECT staff_id, count(*) FROM shift GROUP BY staff_id) x ON x.staff_id = s.id ORDER BY 1;
SELECT s.id, x.name FROM staff s JOIN staff x ON x.id = s.id WHERE x.pay > 2000 ORDER BY 1;
SELECT s.id FROM staff s JOIN staff x USING (id) LEFT JOIN staff y ON y.id = x.id WHERE s.team_no = x.team_no ORDER BY 1;
SELECT count(*) FROM shift h LEFT JOIN staff s ON s.id = h.staff_id LEFT JOIN staff m ON m.id = s.boss;

-- Self joins, semi joins and anti joins.
SELECT e.id, e.name, m.name, g.name FROM staff e LEFT JOIN staff m ON m.id = e.boss LEFT JOIN staff g ON g.id = m.boss ORDER BY e.id;
SELECT x.id, y.id FROM staff x JOIN staff y ON x.pay < y.pay AND x.team_no = y.team_no AND x.id > y.id ORDER BY 1, 2;
SELECT id FROM staff s WHERE EXISTS (SELECT FROM shift h WHERE h.staff_id = s.id AND h.kind = 'night') ORDER BY id;
SELECT id FROM staff s WHERE NOT EXISTS (SELECT FROM shift h JOIN team t ON t.place = h.place WHERE h.staff_id = s.id AND t.no = s.team_no) ORDER BY id;
SELECT t.no FROM team t WHERE t.no IN (SELECT s.team_no FROM staff s JOIN shift h ON h.staff_id = s.id WHERE h.hours > 7) ORDER BY 1;
SELECT s.id, t.no FROM staff s LEFT JOIN team t ON t.no = s.team_no AND s.id IN (SELECT staff_id FROM shift WHERE place = t.place) ORDER BY 1;
SELECT DISTINCT k.label FROM stock k WHERE NOT EXISTS (SELECT 1 FROM stock o WHERE o.label = k.label AND o.price > k.price) ORDER BY 1;

-- Lateral.
SELECT s.id, x.no, x.hours FROM staff s, LATERAL (SELECT no, hours FROM shift WHERE staff_id = s.id ORDER BY hours DESC NULLS LAST, no LIMIT 1) x ORDER BY s.id;
SELECT s.id, x.n, x.most FROM staff s LEFT JOIN LATERAL (SELECT count(*) AS n, max(hours) AS most FROM shift WHERE staff_id = s.id AND place = 'north') x ON x.n > 0 ORDER BY s.id;
SELECT s.id, u.skill, u.nth FROM staff s LEFT JOIN LATERAL unnest(s.skills) WITH ORDINALITY AS u (skill, nth) ON u.skill > 'm' ORDER BY 1, 3;
SELECT s.id, v.k, v.x FROM staff s CROSS JOIN LATERAL (VALUES ('pay', s.pay), ('id', s.id)) v (k, x) WHERE v.x > 1000 ORDER BY 1, 2;
SELECT t.no, y.id, y.d FROM team t LEFT JOIN LATERAL (SELECT s.id, z.d FROM staff s, LATERAL (SELECT min(day) AS d FROM shift WHERE staff_id = s.id AND no <> t.no) z WHERE s.team_no = t.no AND s.active) y ON true ORDER BY 1, 2;
SELECT e.key, e.value, s.id FROM staff s, jsonb_each(s.extra) e WHERE s.id < 6 ORDER BY s.id, 1;
SELECT s.id, g FROM staff s JOIN LATERAL generate_series(s.id, s.id + s.team_no) g ON g % 5 = 0 ORDER BY 1, 2;
-- error 42P10
SELECT * FROM staff s RIGHT JOIN LATERAL (SELECT s.id) x ON true;
-- error 42P01
SELECT * FROM staff s, (SELECT * FROM shift WHERE staff_id = s.id) x;

-- Whole rows of the nullable side.
SELECT s.id, h IS NULL, h IS NOT NULL FROM staff s LEFT JOIN shift h ON h.staff_id = s.id AND h.no = 2 ORDER BY s.id;
SELECT s.id, row_to_json(e) FROM staff s LEFT JOIN edge e ON e.a = s.id ORDER BY s.id, e.b;
SELECT count(h), count(s), count(*) FROM staff s FULL JOIN shift h ON h.staff_id = s.id;
SELECT s.id, (e).w, e.* FROM staff s LEFT JOIN edge e ON e.a = s.id AND e.b > 3 ORDER BY s.id, e.b;
-- refused: the query can't be answered from rows of several shards: its columns would be of other types
SELECT t, s.id FROM team t LEFT JOIN staff s ON s.id = t.no * 4 ORDER BY t.no;
SELECT s.id, to_jsonb(x) FROM staff s LEFT JOIN (SELECT staff_id, max(hours) AS most FROM shift GROUP BY staff_id) x ON x.staff_id = s.id ORDER BY s.id;
SELECT s.id, coalesce(e::text, 'none') FROM staff s LEFT JOIN edge e ON e.b = s.id ORDER BY s.id, e.a;

-- Tables beside functions and subqueries.
SELECT g, s.name FROM generate_series(28, 33) g LEFT JOIN staff s ON s.id = g ORDER BY g;
SELECT s.id, x.i, x.l FROM staff s JOIN ROWS FROM (generate_series(1, 4), unnest('{a,b,c}'::text[])) AS x (i, l) ON x.i = s.team_no WHERE s.id < 9 ORDER BY 1;
SELECT x.id, x.pay, h.day FROM (SELECT id, pay FROM staff ORDER BY pay DESC NULLS LAST, id LIMIT 6) x LEFT JOIN shift h ON h.staff_id = x.id ORDER BY 1, 3;
SELECT x.team_no, y.place, x.n, y.n FROM (SELECT team_no, count(*) AS n FROM staff GROUP BY team_no) x JOIN (SELECT place, count(*) AS n FROM shift GROUP BY place) y ON x.n < y.n ORDER BY 1, 2;
-- error 22012
SELECT s.id / (h.no - 2) FROM staff s JOIN shift h ON h.staff_id = s.id;
-- error 42803
SELECT * FROM staff s JOIN shift h ON count(*) = s.id;

-- Shard keys.
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = s.id AND s.id = 5 WHERE s.id < 8 ORDER BY 1, 2;
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = 5 WHERE s.id < 4 ORDER BY 1, 2;
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = s.id WHERE h.staff_id = 5 ORDER BY 1, 2;
SELECT s.id, h.no FROM staff s LEFT JOIN shift h ON h.staff_id = s.id WHERE s.id = 4 AND h.staff_id IS NULL;
SELECT s.id, h.staff_id, h.no FROM staff s RIGHT JOIN shift h ON h.staff_id = s.id AND s.id = 6 WHERE h.staff_id IN (5, 6) ORDER BY 2, 3;
SELECT s.id, h.staff_id, h.no FROM staff s FULL JOIN shift h ON h.staff_id = s.id AND h.staff_id = 6 WHERE s.id = 6 OR h.staff_id = 7 ORDER BY 1, 2, 3;
SELECT id, x.team_no, y.boss FROM staff x FULL JOIN (SELECT id + 1 AS id, boss FROM staff) y USING (id) WHERE id IN (1, 7, 31) ORDER BY 1;
SELECT x.id, y.id FROM (SELECT * FROM staff WHERE id = 5) x FULL JOIN (SELECT * FROM staff WHERE id IN (6, 9)) y ON x.team_no = y.team_no ORDER BY 1, 2;
SELECT s.id, h.no, e.b FROM staff s JOIN shift h ON h.staff_id = s.id JOIN edge e ON e.a = h.staff_id WHERE e.a = 3 ORDER BY 2, 3;
SELECT s.id, h.no, e.b FROM staff s LEFT JOIN shift h ON h.staff_id = s.id LEFT JOIN edge e ON e.a = h.staff_id AND e.a = 7 WHERE s.id IN (3, 7) ORDER BY 1, 2, 3;
SELECT s.id, x.n FROM staff s, LATERAL (SELECT count(*) AS n FROM shift WHERE staff_id = s.id AND staff_id = 7) x WHERE s.id IN (6, 7) ORDER BY 1;
SELECT s.id, e.a FROM staff s JOIN edge e ON e.a = s.id + 1 WHERE s.id = 2 ORDER BY e.b;
SELECT h.staff_id, h.no FROM shift h NATURAL JOIN (SELECT 7 AS staff_id, 2 AS no UNION SELECT 6, 1) x ORDER BY 1;
SELECT k.sku, r.day FROM stock k JOIN reading r ON r.day = k.seen::date AND r.probe = 1 WHERE r.day = '2026-01-03' ORDER BY 1;
SELECT s.id, t.title FROM staff s, team t WHERE s.id = t.no AND t.no IN (2, 3) ORDER BY 1;
