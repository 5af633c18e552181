-- Counts, sums, means, extremes: types and scale.
SELECT count(*), count(pay), count(DISTINCT team_no), sum(pay), avg(pay), min(pay), max(pay) FROM staff;
SELECT sum(team_no), avg(team_no), sum(id), avg(id), min(hired), max(hired), max(name), min(grade) FROM staff;
SELECT sum(small), avg(small), sum(qty), avg(qty), sum(price), avg(price), max(price), min(price) FROM stock;
SELECT sum(price), avg(price), max(price), min(price), sum(price::numeric(6, 1)) FROM stock WHERE price <> 'NaN';
SELECT sum(exact), avg(exact), min(exact), max(exact), avg(DISTINCT exact) FROM reading;
SELECT avg(hours), sum(hours), sum(hours) / count(*), avg(hours * 1.000), sum(hours::int) FROM shift;
SELECT sum(value), avg(value), max(value), min(value), count(value) FROM reading;
SELECT sum(value), max(value), min(value), var_pop(value), stddev(value) FROM reading WHERE value <> 'NaN';
SELECT sum(score), avg(score), min(score), max(score), sum(score::float4) FROM staff;
SELECT sum(spent), avg(spent), max(spent), min(seen), max(seen), max(label), min(label), max(sku) FROM stock;
SELECT max(skills), min(skills), max(id::text), min(name COLLATE "C"), max(day) FROM staff, reading WHERE probe = 1;
SELECT stddev(pay), stddev_pop(pay), stddev_samp(pay), variance(pay), var_pop(pay), var_samp(pay) FROM staff;
SELECT stddev(team_no), var_pop(team_no), variance(id), stddev_pop(id), var_samp(active::int) FROM staff;
SELECT var_pop(price), stddev(small), var_samp(qty), variance(DISTINCT qty) FROM stock;
SELECT var_samp(pay), var_pop(pay), stddev(pay), count(*) FROM staff WHERE id = ANY ('{2,3}');
SELECT round(stddev(score)::numeric, 6), round(var_pop(score)::numeric, 6), round(stddev_samp(score)::numeric, 6) FROM staff;
SELECT regr_count(score, id), round(regr_slope(score, id)::numeric, 6), round(regr_intercept(score, id)::numeric, 6), regr_avgx(score, team_no), regr_avgy(score, team_no) FROM staff;
SELECT round(corr(score, pay)::numeric, 6), round(regr_r2(score, pay)::numeric, 6), round(covar_pop(score, team_no)::numeric, 6), round(covar_samp(pay, id)::numeric, 4), round(regr_sxy(id, score)::numeric, 4) FROM staff;
SELECT round(regr_sxx(team_no, id)::numeric, 4), round(regr_syy(team_no, id)::numeric, 4) FROM staff;
-- error 42883
SELECT sum(name) FROM staff;
-- error 22003
SELECT sum(qty::smallint * 30000::smallint) FROM stock;
-- error 22012
SELECT sum(1 / qty) FROM stock;

-- Booleans and bits.
SELECT bool_and(active), bool_or(active), every(id > 0), bool_and(pay > 500) FILTER (WHERE active), bool_or(NULL::bool) FROM staff;
SELECT bit_and(bits), bit_or(bits), bit_xor(bits), bit_and(small), bit_or(qty), bit_xor(qty) FROM stock;
SELECT team_no, bool_and(active), bool_or(active), bit_or(id), bit_xor(DISTINCT team_no) FROM staff GROUP BY team_no ORDER BY team_no;

-- Those that put together.
SELECT string_agg(name, ', ' ORDER BY name, id), string_agg(DISTINCT name, '+' ORDER BY name DESC), string_agg(grade, name ORDER BY id) FROM staff;
SELECT array_agg(id ORDER BY id DESC), array_agg(DISTINCT team_no ORDER BY team_no NULLS FIRST), array_agg(name ORDER BY pay DESC NULLS LAST, id) FROM staff;
SELECT array_agg(skills ORDER BY id) FILTER (WHERE skills <> '{}'), array_agg(id ORDER BY id) FILTER (WHERE skills = '{}') FROM staff;
SELECT json_agg(name ORDER BY id), jsonb_agg(extra ORDER BY id DESC), json_agg(score ORDER BY score) FILTER (WHERE id > 90) FROM staff;
SELECT json_object_agg(id, name ORDER BY id), jsonb_object_agg(id, pay), jsonb_object_agg(grade, team_no ORDER BY id) FROM staff;
SELECT json_agg(e ORDER BY e.a, e.b), jsonb_agg(to_jsonb(e) - 'w' ORDER BY e.b, e.a) FROM edge e;
SELECT team_no, json_agg(json_build_object('id', id, 'shifts', (SELECT count(*) FROM shift WHERE staff_id = id)) ORDER BY id) FROM staff GROUP BY 1 ORDER BY 1;
SELECT range_agg(span), range_intersect_agg(span) FILTER (WHERE span @> 4) FROM stock;
SELECT string_agg(sku::bytea, '\x00' ORDER BY sku) FROM stock WHERE qty > 8;
-- error 22023
SELECT jsonb_object_agg(name, id) FROM staff;
-- error 42P10
SELECT array_agg(DISTINCT name ORDER BY id) FROM staff;

-- Ordered sets and hypothetical rows.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY pay), percentile_cont(ARRAY[0, 0.25, 1, NULL]) WITHIN GROUP (ORDER BY id), percentile_cont(0.3) WITHIN GROUP (ORDER BY score DESC) FROM staff;
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY name), percentile_disc('{0.1,0.9}'::float8[]) WITHIN GROUP (ORDER BY hired), mode() WITHIN GROUP (ORDER BY team_no), mode() WITHIN GROUP (ORDER BY name DESC) FROM staff;
SELECT percentile_cont(0.4) WITHIN GROUP (ORDER BY spent), percentile_disc(0.4) WITHIN GROUP (ORDER BY seen) FROM stock;
SELECT rank(2000) WITHIN GROUP (ORDER BY pay), dense_rank(2000) WITHIN GROUP (ORDER BY pay DESC), percent_rank(3) WITHIN GROUP (ORDER BY team_no), cume_dist(3) WITHIN GROUP (ORDER BY team_no) FROM staff;
SELECT rank('Dan', 9) WITHIN GROUP (ORDER BY name DESC, id), rank(NULL::numeric) WITHIN GROUP (ORDER BY pay NULLS FIRST) FROM staff;
SELECT team_no, percentile_disc(0.5) WITHIN GROUP (ORDER BY pay), mode() WITHIN GROUP (ORDER BY grade) FILTER (WHERE active) FROM staff GROUP BY team_no ORDER BY 1 NULLS FIRST;
-- error 22003
SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY pay) FROM staff;
-- error 42809
SELECT rank(3) FROM staff;

-- FILTER and DISTINCT.
SELECT count(*) FILTER (WHERE active), count(DISTINCT name) FILTER (WHERE team_no < 3), sum(pay) FILTER (WHERE grade = 'B'), avg(id) FILTER (WHERE false) FROM staff;
SELECT count(DISTINCT (team_no, active)), count(DISTINCT extra), count(DISTINCT skills), sum(DISTINCT team_no), avg(DISTINCT pay) FROM staff;
SELECT count(*) FILTER (WHERE id IN (SELECT staff_id FROM shift)), count(*) FILTER (WHERE EXISTS (SELECT FROM edge WHERE a = id)) FROM staff;
SELECT kind, count(*) FILTER (WHERE hours > 4), sum(hours) FILTER (WHERE place IS NULL), count(DISTINCT place) FROM shift GROUP BY kind ORDER BY kind;

-- Groups.
SELECT team_no, active, count(*), sum(pay), avg(score) FROM staff GROUP BY team_no, active ORDER BY 1, 2;
SELECT staff_id, sum(hours), min(day), array_agg(no ORDER BY no) FROM shift GROUP BY staff_id ORDER BY staff_id;
SELECT label, code, count(*), max(price) FROM stock GROUP BY code, label ORDER BY label, code;
SELECT span, count(*) FROM stock GROUP BY span ORDER BY count(*) DESC, span;
SELECT extra->'k' AS k, count(*) FROM staff GROUP BY k ORDER BY k;
SELECT id % 4 AS name, count(*) FROM staff GROUP BY id % 4 ORDER BY name;
SELECT date_trunc('year', hired) AS y, count(*), sum(pay) FROM staff GROUP BY 1 HAVING count(*) > 1 ORDER BY 1;
SELECT name, sum(pay) FROM staff WHERE pay > 1000 GROUP BY name HAVING sum(pay) > avg(pay) AND NOT bool_and(active) ORDER BY 2 DESC, 1;
SELECT team_no FROM staff GROUP BY team_no ORDER BY count(*) DESC, sum(pay) DESC LIMIT 2;
SELECT DISTINCT count(*) FROM shift GROUP BY staff_id ORDER BY 1;
SELECT s.id, s.name, s.pay, count(h.no), s.pay * count(h.no) FROM staff s LEFT JOIN shift h ON h.staff_id = s.id GROUP BY s.id ORDER BY s.id;
SELECT s.*, sum(e.w) FROM staff s JOIN edge e ON e.a = s.id GROUP BY s.id HAVING s.name > 'B' ORDER BY s.id;
SELECT t.no, t.title, t.place, count(s.id) FROM team t LEFT JOIN staff s ON s.team_no = t.no GROUP BY t.no ORDER BY 1;
SELECT h.staff_id, h.no, h.kind, count(s.id) FROM shift h JOIN staff s ON s.team_no = h.no GROUP BY h.staff_id, h.no ORDER BY 1, 2;
SELECT x.n, count(*) FROM (SELECT count(*) AS n FROM shift GROUP BY staff_id) x GROUP BY x.n ORDER BY 1;
SELECT avg(n), max(n), min(t) FROM (SELECT team_no AS t, count(*) AS n FROM staff GROUP BY team_no) x;
-- error 42803
SELECT team_no, name FROM staff GROUP BY team_no;
-- error 42803
SELECT s.name, h.kind FROM staff s JOIN shift h ON h.staff_id = s.id GROUP BY s.id;
-- error 42803
SELECT id FROM staff WHERE count(*) > 1;
-- error 42803
SELECT max(count(*)) FROM staff;
-- error 42803
SELECT team_no FROM staff GROUP BY count(*);
-- error 42803
SELECT id FROM staff HAVING count(*) > 1;

-- Several groupings.
SELECT team_no, grade, grouping(team_no, grade), count(*), sum(pay) FROM staff GROUP BY ROLLUP (team_no, grade) ORDER BY 3, 1, 2;
SELECT team_no, active, grouping(active), count(name) FROM staff GROUP BY CUBE (team_no, active) HAVING count(*) > 1 ORDER BY grouping(team_no), 3, 1, 2;
SELECT kind, place, no, count(*), sum(hours) FROM shift GROUP BY GROUPING SETS ((kind, place), (no), ()) ORDER BY 1, 2, 3;
SELECT kind, no, count(*) FROM shift GROUP BY DISTINCT ROLLUP (kind, no), ROLLUP (kind) ORDER BY 1, 2;
SELECT kind, place, count(*) FROM shift GROUP BY kind, GROUPING SETS (place, ()) ORDER BY 1, 2, 3;
SELECT t.title, s.grade, count(*) FROM staff s JOIN team t ON t.no = s.team_no GROUP BY GROUPING SETS ((t.title), (s.grade), ROLLUP (t.title, s.grade)) ORDER BY 1, 2, 3;
SELECT count(*), sum(id) FROM staff GROUP BY ();
SELECT team_no, count(*) FROM staff WHERE id > 1000 GROUP BY ROLLUP (team_no);
-- error 42803
SELECT grouping(name), team_no FROM staff GROUP BY team_no;

-- Nothing to add up, and conditions on the whole.
SELECT count(*), sum(id), array_agg(id), bool_and(active), string_agg(name, ','), avg(pay), stddev(pay), max(hired), jsonb_agg(extra), mode() WITHIN GROUP (ORDER BY id) FROM staff WHERE id > 1000;
-- no rows
SELECT team_no, count(*) FROM staff WHERE id > 1000 GROUP BY team_no;
SELECT max(pay) FROM staff HAVING count(*) > 5;
-- no rows
SELECT max(pay) FROM staff HAVING count(*) > 500;
SELECT 'some' FROM staff HAVING true;
SELECT coalesce(sum(pay), 0), coalesce(max(name), '-'), count(*) + 1 FROM staff WHERE false;
SELECT count(*) FROM stock WHERE price = 'NaN' HAVING max(price) = 'NaN';

-- Aggregates of an outer query, and in expressions.
SELECT (SELECT max(s.pay)) FROM staff s;
SELECT s.team_no, (SELECT t.title FROM team t WHERE t.no = s.team_no), (SELECT count(*) FROM shift h WHERE h.no = s.team_no) FROM staff s GROUP BY s.team_no ORDER BY 1;
SELECT t.no, (SELECT count(*) FILTER (WHERE s.team_no > t.no) FROM staff s) FROM team t ORDER BY 1;
SELECT round(avg(pay), 2) AS mean, max(pay) - min(pay) AS width, CASE WHEN count(*) > 20 THEN 'many' ELSE 'few' END, sum(CASE WHEN active THEN 1 ELSE 0 END) FROM staff;
SELECT sum(s.pay * h.hours), count(DISTINCT s.id), avg(h.hours) FROM staff s JOIN shift h ON h.staff_id = s.id WHERE s.team_no IN (1, 2);

-- Shard keys.
SELECT count(*), sum(pay), avg(id) FROM staff WHERE id IN (1, 2, 3, 40);
SELECT count(*), max(name) FROM staff WHERE id = 5 AND false;
SELECT count(*) FROM staff WHERE id = 5 HAVING count(*) = 1;
SELECT staff_id, count(*) FROM shift GROUP BY staff_id HAVING staff_id IN (5, 6) ORDER BY 1;
SELECT staff_id, count(*) FROM shift GROUP BY ROLLUP (staff_id) HAVING staff_id = 6 OR staff_id IS NULL ORDER BY 1;
SELECT staff_id, no, count(*) FROM shift GROUP BY GROUPING SETS ((staff_id), (no)) HAVING staff_id = 7 OR no = 2 ORDER BY 1, 2;
SELECT id, count(*) FROM staff WHERE id = 5 GROUP BY CUBE (id) ORDER BY 1;
SELECT day, count(*), min(exact) FROM reading WHERE day > '2026-01-25' GROUP BY day ORDER BY day DESC;
SELECT x.n FROM (SELECT staff_id, count(*) AS n FROM shift GROUP BY staff_id) x WHERE x.staff_id = 7;
SELECT x.n FROM (SELECT min(staff_id) AS staff_id, count(*) AS n FROM shift) x WHERE x.staff_id = 1;
