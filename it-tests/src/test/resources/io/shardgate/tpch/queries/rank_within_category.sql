-- The three types of each brand that brought most.
SELECT p_brand, p_type, revenue, place, share
FROM (
  SELECT p_brand, p_type, sum(l_extendedprice) AS revenue, rank() OVER (PARTITION BY p_brand ORDER BY sum(l_extendedprice) DESC, p_type) AS place,
    round(sum(l_extendedprice) / sum(sum(l_extendedprice)) OVER (PARTITION BY p_brand), 6) AS share
  FROM lineitem JOIN part ON p_partkey = l_partkey
  GROUP BY p_brand, p_type) ranked
WHERE place <= 3
ORDER BY p_brand, place
