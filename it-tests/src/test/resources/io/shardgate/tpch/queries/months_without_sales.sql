-- A calendar made by recursion, each month with what was sold then, and a mean over three months.
WITH RECURSIVE months (m) AS (SELECT date '1997-01-01' UNION ALL SELECT (m + interval '1 month')::date FROM months WHERE m < date '1998-12-01')
SELECT m, count(o_orderkey) AS n, coalesce(sum(o_totalprice), 0) AS total, round(avg(coalesce(sum(o_totalprice), 0)) OVER (ORDER BY m ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), 2) AS mean,
  lag(count(o_orderkey)) OVER (ORDER BY m) AS n_before, first_value(m) OVER (ORDER BY count(o_orderkey) DESC, m) AS best
FROM months LEFT JOIN orders ON o_orderdate >= m AND o_orderdate < m + interval '1 month' AND o_orderpriority IN ('1-URGENT', '5-LOW')
GROUP BY m
ORDER BY m
