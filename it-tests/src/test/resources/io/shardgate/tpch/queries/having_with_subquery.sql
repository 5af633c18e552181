-- Clerks whose average order is above that of all, and who had more than the usual number.
SELECT o_clerk, count(*) AS n, avg(o_totalprice) AS mean, min(o_orderdate) AS since, count(DISTINCT o_custkey) AS customers
FROM orders
GROUP BY o_clerk
HAVING avg(o_totalprice) > (SELECT avg(o_totalprice) FROM orders) AND count(*) > (SELECT percentile_disc(0.2) WITHIN GROUP (ORDER BY n) FROM (SELECT count(*) AS n FROM orders GROUP BY o_clerk) per)
ORDER BY mean DESC, o_clerk
