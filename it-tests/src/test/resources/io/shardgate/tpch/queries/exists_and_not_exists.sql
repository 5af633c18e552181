-- Customers who had one mode of shipping and never another, and buy of suppliers of their own nation.
SELECT c_custkey, c_name, c_mktsegment, (SELECT max(o_orderdate) FROM orders WHERE o_custkey = c_custkey) AS last_order
FROM customer c
WHERE EXISTS (SELECT 1 FROM orders JOIN lineitem ON l_orderkey = o_orderkey WHERE o_custkey = c.c_custkey AND l_shipmode = 'MAIL')
  AND EXISTS (SELECT 1 FROM orders, lineitem, supplier WHERE o_custkey = c.c_custkey AND l_orderkey = o_orderkey AND s_suppkey = l_suppkey AND s_nationkey = c.c_nationkey)
  AND NOT EXISTS (SELECT 1 FROM orders JOIN lineitem ON l_orderkey = o_orderkey WHERE o_custkey = c.c_custkey AND l_shipmode = 'RAIL' AND l_shipdate > '1996-06-30')
ORDER BY c_custkey
