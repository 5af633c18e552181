-- Subtotals by region and nation, ranked among those of their level.
SELECT r_name, n_name, grouping(r_name) + grouping(n_name) AS level, sum(l_extendedprice * (1 - l_discount)) AS revenue, count(DISTINCT c_custkey) AS customers,
  rank() OVER (PARTITION BY grouping(r_name) + grouping(n_name), CASE WHEN grouping(n_name) = 0 THEN r_name END ORDER BY sum(l_extendedprice * (1 - l_discount)) DESC) AS place
FROM lineitem JOIN orders ON o_orderkey = l_orderkey JOIN customer ON c_custkey = o_custkey JOIN nation ON n_nationkey = c_nationkey JOIN region ON r_regionkey = n_regionkey
WHERE o_orderdate BETWEEN '1996-01-01' AND '1996-12-31'
GROUP BY ROLLUP (r_name, n_name)
ORDER BY level DESC, r_name NULLS FIRST, place, n_name
