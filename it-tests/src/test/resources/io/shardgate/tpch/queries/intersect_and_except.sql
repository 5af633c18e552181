-- Customers who ordered in one year and in the next, less those of a third who had urgent orders, and some more.
(SELECT o_custkey FROM orders WHERE o_orderdate BETWEEN '1993-01-01' AND '1993-12-31'
  INTERSECT SELECT o_custkey FROM orders WHERE o_orderdate BETWEEN '1994-01-01' AND '1994-12-31')
EXCEPT SELECT o_custkey FROM orders WHERE o_orderdate BETWEEN '1995-01-01' AND '1995-12-31' AND o_orderpriority = '1-URGENT'
UNION ALL (SELECT c_custkey FROM customer WHERE c_acctbal < 0 EXCEPT ALL SELECT o_custkey FROM orders WHERE o_orderstatus = 'P')
ORDER BY 1
