-- The two largest orders of each rich customer, with the dearest line of each.
SELECT c_custkey, c_name, o.o_orderkey, o.o_totalprice, l.l_linenumber, l.l_extendedprice, l.p_name
FROM customer
  CROSS JOIN LATERAL (SELECT o_orderkey, o_totalprice FROM orders WHERE o_custkey = c_custkey ORDER BY o_totalprice DESC, o_orderkey LIMIT 2) o
  LEFT JOIN LATERAL (SELECT l_linenumber, l_extendedprice, p_name FROM lineitem JOIN part ON p_partkey = l_partkey
    WHERE l_orderkey = o.o_orderkey ORDER BY l_extendedprice DESC, l_linenumber LIMIT 1) l ON true
WHERE c_acctbal > 8000
ORDER BY c_custkey, o.o_totalprice DESC, o.o_orderkey
