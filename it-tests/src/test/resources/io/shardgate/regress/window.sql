-- Ranks.
SELECT id, row_number() OVER (ORDER BY id), rank() OVER (ORDER BY team_no), dense_rank() OVER (ORDER BY team_no DESC) FROM staff ORDER BY id;
SELECT id, percent_rank() OVER (PARTITION BY team_no ORDER BY pay), cume_dist() OVER (PARTITION BY team_no ORDER BY pay) FROM staff ORDER BY id;
SELECT id, ntile(4) OVER (ORDER BY id), ntile(3) OVER (PARTITION BY active ORDER BY id DESC), ntile(NULL) OVER (ORDER BY id) FROM staff ORDER BY id;
SELECT sku, rank() OVER (ORDER BY price DESC NULLS LAST), dense_rank() OVER (PARTITION BY label ORDER BY qty) FROM stock ORDER BY sku;
SELECT name, rank() OVER (ORDER BY name COLLATE "C" NULLS FIRST) FROM staff ORDER BY 2, 1;
SELECT * FROM (SELECT id, team_no, row_number() OVER (PARTITION BY team_no ORDER BY pay DESC NULLS LAST, id) AS nth FROM staff) x WHERE nth <= 2 ORDER BY team_no, nth;
SELECT * FROM (SELECT id, rank() OVER (ORDER BY grade) AS r FROM staff) x WHERE r < 12 ORDER BY id;
SELECT id FROM staff ORDER BY rank() OVER (ORDER BY grade DESC), id LIMIT 7;

-- Neighbours.
SELECT id, lag(id) OVER w, lead(id) OVER w, lag(id, 2) OVER w, lead(name, 3, 'none') OVER w, lag(pay, 0) OVER w FROM staff WINDOW w AS (ORDER BY id) ORDER BY id;
SELECT id, lead(pay, team_no, -1) OVER (ORDER BY id), lag(pay * 2, -1) OVER (ORDER BY id) FROM staff ORDER BY id;
SELECT day, probe, value, value - lag(value) OVER (PARTITION BY probe ORDER BY day) FROM reading WHERE value NOT IN ('NaN', 'Infinity') ORDER BY probe, day;
SELECT id, first_value(name) OVER (PARTITION BY grade ORDER BY id), last_value(name) OVER (PARTITION BY grade ORDER BY id), nth_value(name, 2) OVER (PARTITION BY grade ORDER BY id) FROM staff ORDER BY id;
SELECT id, last_value(id) OVER (PARTITION BY team_no ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), nth_value(id, 3) OVER (ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM staff ORDER BY id;

-- Frames of rows.
SELECT id, sum(pay) OVER (ORDER BY id), sum(pay) OVER (ORDER BY id ROWS 2 PRECEDING), avg(pay) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM staff ORDER BY id;
SELECT id, count(*) OVER (ORDER BY id ROWS BETWEEN 3 FOLLOWING AND 5 FOLLOWING), max(id) OVER (ORDER BY id ROWS BETWEEN 5 PRECEDING AND 3 PRECEDING) FROM staff ORDER BY id;
SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING), min(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM staff ORDER BY id;
SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN (SELECT min(no) FROM shift) PRECEDING AND CURRENT ROW) FROM staff ORDER BY id;
SELECT day, probe, avg(exact) OVER (PARTITION BY probe ORDER BY day ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), sum(exact) OVER (PARTITION BY probe ORDER BY day ROWS 1 PRECEDING) FROM reading ORDER BY 2, 1;
SELECT id, string_agg(name, '' ) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), array_agg(team_no) OVER (ORDER BY id ROWS 1 PRECEDING) FROM staff ORDER BY id;

-- Frames of ranges and groups.
SELECT id, team_no, sum(id) OVER (ORDER BY team_no), count(*) OVER (ORDER BY team_no RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM staff ORDER BY id;
SELECT id, count(*) OVER (ORDER BY pay RANGE BETWEEN 250.5 PRECEDING AND 501 FOLLOWING), min(pay) OVER (ORDER BY pay DESC RANGE BETWEEN 300 PRECEDING AND 300 FOLLOWING) FROM staff ORDER BY id;
SELECT id, hired, count(*) OVER (ORDER BY hired RANGE BETWEEN interval '1 month' PRECEDING AND interval '10 days' FOLLOWING) FROM staff ORDER BY id;
SELECT sku, count(*) OVER (ORDER BY seen RANGE BETWEEN '8 hours' PRECEDING AND '8 hours' FOLLOWING), sum(qty) OVER (ORDER BY spent RANGE '1 day' PRECEDING) FROM stock ORDER BY sku;
SELECT day, probe, count(*) OVER (ORDER BY value RANGE BETWEEN 1.5 PRECEDING AND 0.5 FOLLOWING) FROM reading ORDER BY 1, 2;
SELECT sku, price, count(*) OVER (ORDER BY price NULLS FIRST RANGE BETWEEN 3 PRECEDING AND 3 FOLLOWING) FROM stock ORDER BY sku;
SELECT id, sum(id) OVER (ORDER BY team_no GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW), first_value(team_no) OVER (ORDER BY team_no GROUPS 2 PRECEDING) FROM staff ORDER BY id;
SELECT staff_id, no, count(*) OVER (ORDER BY day GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING), sum(hours) OVER (PARTITION BY kind ORDER BY place GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) FROM shift ORDER BY 1, 2;

-- What a frame leaves out.
SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW), count(*) OVER (ORDER BY team_no RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP) FROM staff ORDER BY id;
SELECT id, sum(id) OVER (ORDER BY grade GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES), sum(id) OVER (ORDER BY grade ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE NO OTHERS) FROM staff ORDER BY id;
SELECT id, first_value(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW), nth_value(id, 2) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) FROM staff ORDER BY id;

-- Windows with names.
SELECT id, sum(pay) OVER w, rank() OVER (w ORDER BY pay, id), count(*) OVER (p ROWS 1 PRECEDING) FROM staff WINDOW w AS (PARTITION BY team_no), p AS (w ORDER BY id) ORDER BY id;
SELECT id, min(id) OVER a, max(id) OVER b FROM staff WINDOW a AS (PARTITION BY active), b AS (PARTITION BY grade, active) ORDER BY id;
-- error 42704
SELECT sum(pay) OVER nobody FROM staff;
-- error 42P20
SELECT sum(pay) OVER (w PARTITION BY id) FROM staff WINDOW w AS (ORDER BY id);
-- error 42P20
SELECT sum(pay) OVER (w ORDER BY pay) FROM staff WINDOW w AS (ORDER BY id);

-- All in one window, and with the shard key.
SELECT id, count(*) OVER (), sum(pay) OVER (), avg(id) OVER (), max(hired) OVER () FROM staff ORDER BY id;
SELECT count(*) OVER (), id FROM staff WHERE team_no = 3 ORDER BY id LIMIT 2 OFFSET 1;
SELECT staff_id, no, sum(hours) OVER (PARTITION BY staff_id ORDER BY no), row_number() OVER (PARTITION BY staff_id ORDER BY day DESC) FROM shift ORDER BY 1, 2;
SELECT staff_id, no, row_number() OVER (PARTITION BY staff_id ORDER BY no), rank() OVER (ORDER BY staff_id) FROM shift ORDER BY 1, 2;
SELECT sum(a) OVER (PARTITION BY a), lead(b) OVER (PARTITION BY a ORDER BY b), a FROM edge;
SELECT id, pay::float8 / sum(pay) OVER (PARTITION BY team_no) > 0.2 AS much FROM staff ORDER BY id;

-- Windows over groups.
SELECT team_no, count(*), sum(count(*)) OVER (ORDER BY team_no), rank() OVER (ORDER BY sum(pay) DESC NULLS LAST) FROM staff GROUP BY team_no ORDER BY 1;
SELECT kind, place, sum(hours), sum(sum(hours)) OVER (PARTITION BY kind), max(sum(hours)) OVER () FROM shift GROUP BY kind, place ORDER BY 1, 2;
SELECT team_no, grade, grouping(grade), count(*), rank() OVER (PARTITION BY grouping(team_no, grade) ORDER BY count(*) DESC, team_no, grade) FROM staff GROUP BY ROLLUP (team_no, grade) ORDER BY 3, 5;
SELECT staff_id, avg(hours), lag(avg(hours)) OVER (ORDER BY staff_id) FROM shift GROUP BY staff_id HAVING count(*) > 1 ORDER BY 1;
SELECT sum(count(*)) OVER () FROM staff WHERE id > 1000;
-- error 42803
SELECT sum(id) OVER (ORDER BY name) FROM staff GROUP BY id % 2;

-- FILTER, DISTINCT, subqueries, joins.
SELECT id, count(*) FILTER (WHERE active) OVER (ORDER BY id), sum(pay) FILTER (WHERE grade = 'A') OVER (PARTITION BY team_no) FROM staff ORDER BY id;
SELECT DISTINCT team_no, max(pay) OVER (PARTITION BY team_no) FROM staff ORDER BY 1;
SELECT DISTINCT ON (t) t, id FROM (SELECT id, ntile(5) OVER (ORDER BY id) AS t FROM staff) x ORDER BY t, id DESC;
SELECT s.id, h.no, sum(h.hours) OVER (PARTITION BY s.team_no ORDER BY s.id, h.no), t.title FROM staff s JOIN shift h ON h.staff_id = s.id LEFT JOIN team t ON t.no = s.team_no ORDER BY 1, 2;
SELECT s.id, (SELECT x.r FROM (SELECT staff_id, rank() OVER (ORDER BY sum(hours) DESC NULLS LAST, staff_id) AS r FROM shift GROUP BY staff_id) x WHERE x.staff_id = s.id) FROM staff s ORDER BY 1;
SELECT id, sum(n) OVER (ORDER BY id) FROM (SELECT id, (SELECT count(*) FROM shift WHERE staff_id = id) AS n FROM staff) x ORDER BY 1;
SELECT x, count(*) OVER (PARTITION BY x % 3) FROM (SELECT id AS x FROM staff WHERE id < 5 UNION ALL SELECT a FROM edge) u ORDER BY x, 2;
SELECT t.no, x.id, x.r FROM team t, LATERAL (SELECT id, rank() OVER (ORDER BY pay DESC NULLS LAST, id) AS r FROM staff s WHERE s.team_no = t.no ORDER BY r LIMIT 2) x ORDER BY 1, 3;
SELECT id, percentile_cont(0.5) WITHIN GROUP (ORDER BY h) FROM (SELECT id, lead(hours) OVER (PARTITION BY id ORDER BY no) AS h FROM staff LEFT JOIN shift ON staff_id = id) x GROUP BY id ORDER BY id;
SELECT e.a, e.b, max(e.w) OVER (PARTITION BY e.a), e IS NULL FROM edge e ORDER BY 1, 2;

-- Errors.
-- error 42P20
SELECT id FROM staff WHERE row_number() OVER (ORDER BY id) < 3;
-- error 42P20
SELECT sum(rank() OVER (ORDER BY id)) OVER () FROM staff;
-- error 42P20
SELECT team_no FROM staff GROUP BY rank() OVER (ORDER BY team_no);
-- error 42P20
SELECT count(*) FROM staff HAVING rank() OVER (ORDER BY count(*)) = 1;
-- error 22013
SELECT sum(id) OVER (ORDER BY id ROWS -1 PRECEDING) FROM staff;
-- error 22013
SELECT sum(id) OVER (ORDER BY id RANGE BETWEEN -1 PRECEDING AND CURRENT ROW) FROM staff;
-- error 22014
SELECT ntile(0) OVER (ORDER BY id) FROM staff;
-- error 22016
SELECT nth_value(id, 0) OVER (ORDER BY id) FROM staff;
-- error 0A000
SELECT count(DISTINCT name) OVER () FROM staff;
-- error 42P20
SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM staff;
-- error 42P20
SELECT sum(id) OVER (ORDER BY team_no, id RANGE 1 PRECEDING) FROM staff;
-- error 0A000
SELECT sum(id) OVER (ORDER BY name RANGE 1 PRECEDING) FROM staff;
-- error 42809
SELECT rank() FROM staff;

-- Shard keys.
SELECT * FROM (SELECT id, rank() OVER (ORDER BY pay DESC NULLS LAST) AS r, count(*) OVER () AS n FROM staff) x WHERE id = 5;
SELECT * FROM (SELECT staff_id, no, rank() OVER (PARTITION BY staff_id ORDER BY hours DESC, no) AS r FROM shift) x WHERE staff_id IN (6, 7) ORDER BY 1, 2;
SELECT * FROM (SELECT DISTINCT ON (team_no) team_no, id FROM staff ORDER BY team_no, id DESC) x WHERE id IN (29, 30) ORDER BY 2;
SELECT * FROM (SELECT id FROM staff ORDER BY pay NULLS FIRST, id LIMIT 4) x WHERE id IN (3, 4, 11) ORDER BY 1;
SELECT id, lag(id) OVER (ORDER BY id) FROM staff WHERE id IN (3, 5, 8) ORDER BY id;
SELECT staff_id, no, sum(hours) OVER (ORDER BY no) FROM shift WHERE staff_id = 7 ORDER BY no;
