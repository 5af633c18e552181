-- Each nation's sales of a year beside those of the year before, from one CTE that is read twice.
WITH yearly AS (
  SELECT n_name, extract(year FROM o_orderdate)::int AS y, sum(o_totalprice) AS total, count(*) AS n
  FROM orders JOIN customer ON c_custkey = o_custkey JOIN nation ON n_nationkey = c_nationkey
  GROUP BY n_name, y)
SELECT this.n_name, this.y, this.total, before.total AS total_before, round((this.total - before.total) / nullif(before.total, 0), 4) AS growth, this.n - before.n AS more
FROM yearly this LEFT JOIN yearly before ON before.n_name = this.n_name AND before.y = this.y - 1
WHERE this.y < 1998
ORDER BY this.n_name, this.y
