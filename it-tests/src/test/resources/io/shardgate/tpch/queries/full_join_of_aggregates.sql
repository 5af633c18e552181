-- What customers of a nation bought beside what its suppliers sold, nations with one of them only too.
SELECT coalesce(b.n_name, s.n_name) AS of_nation, bought, sold, coalesce(sold, 0) - coalesce(bought, 0) AS difference
FROM (SELECT n_name, sum(l_extendedprice) AS bought FROM lineitem JOIN orders ON o_orderkey = l_orderkey JOIN customer ON c_custkey = o_custkey JOIN nation ON n_nationkey = c_nationkey
    WHERE l_shipmode = 'FOB' AND l_quantity > 48 GROUP BY n_name) b
  FULL OUTER JOIN (SELECT n_name, sum(l_extendedprice) AS sold FROM lineitem JOIN supplier ON s_suppkey = l_suppkey JOIN nation ON n_nationkey = s_nationkey
    WHERE l_shipdate BETWEEN '1994-03-01' AND '1994-03-10' GROUP BY n_name) s ON s.n_name = b.n_name
ORDER BY of_nation
