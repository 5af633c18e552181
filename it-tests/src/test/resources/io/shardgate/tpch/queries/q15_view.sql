-- The same of a view.
SELECT s_suppkey, s_name, s_address, s_phone, total_revenue
FROM supplier, revenue_of_quarter
WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue_of_quarter)
ORDER BY s_suppkey
