-- How late lines came, in columns, by mode and supplier's nation.
SELECT l_shipmode, n_name, sum(CASE WHEN l_receiptdate <= l_commitdate THEN 1 ELSE 0 END) AS in_time,
  sum(CASE WHEN l_receiptdate - l_commitdate BETWEEN 1 AND 30 THEN 1 ELSE 0 END) AS to_30, sum(CASE WHEN l_receiptdate - l_commitdate BETWEEN 31 AND 60 THEN 1 ELSE 0 END) AS to_60,
  count(*) FILTER (WHERE l_receiptdate - l_commitdate > 60) AS later, max(l_receiptdate - l_commitdate) AS most, avg(l_receiptdate - l_shipdate) AS mean_way
FROM lineitem, supplier, nation
WHERE s_suppkey = l_suppkey AND n_nationkey = s_nationkey AND l_shipdate BETWEEN date '1995-01-01' AND date '1995-01-01' + 365
GROUP BY l_shipmode, n_name
ORDER BY l_shipmode, n_name
