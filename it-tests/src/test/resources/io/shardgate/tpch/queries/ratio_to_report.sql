-- Each supplier's part in its nation's stock and in all of it, and how much the larger ones come to together.
SELECT n_name, s_name, sum(ps_supplycost * ps_availqty) AS stock, round(100 * sum(ps_supplycost * ps_availqty) / sum(sum(ps_supplycost * ps_availqty)) OVER (PARTITION BY n_name), 3) AS of_nation,
  round(100 * sum(ps_supplycost * ps_availqty) / sum(sum(ps_supplycost * ps_availqty)) OVER (), 3) AS of_all,
  sum(sum(ps_supplycost * ps_availqty)) OVER (ORDER BY sum(ps_supplycost * ps_availqty) DESC, s_name ROWS UNBOUNDED PRECEDING) AS together
FROM partsupp JOIN supplier ON s_suppkey = ps_suppkey JOIN nation ON n_nationkey = s_nationkey
GROUP BY n_name, s_name
ORDER BY n_name, stock DESC, s_name
