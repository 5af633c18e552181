-- Both ways to ask for several groupings, with a condition on the groups.
SELECT l_returnflag, l_shipmode, extract(year FROM l_shipdate) AS of_year, grouping(l_returnflag, l_shipmode, extract(year FROM l_shipdate)) AS which, count(*), avg(l_quantity), sum(l_tax)
FROM lineitem
WHERE l_discount > 0.02
GROUP BY GROUPING SETS (CUBE (l_returnflag, l_shipmode), (extract(year FROM l_shipdate)), (l_returnflag, extract(year FROM l_shipdate)))
HAVING count(*) > 20
ORDER BY which, l_returnflag NULLS FIRST, l_shipmode NULLS FIRST, of_year NULLS FIRST
