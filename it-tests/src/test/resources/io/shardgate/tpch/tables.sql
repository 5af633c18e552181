-- TPC-H's tables with few rows. draw(n, seed, count) is a number from 0 up to count, the same each time: TpchIT writes it out.
-- Lists of names are short, so that conditions that go together meet some rows.

CREATE TABLE region (r_regionkey int PRIMARY KEY, r_name char(25) NOT NULL, r_comment varchar(152));

CREATE TABLE nation (n_nationkey int PRIMARY KEY, n_name char(25) NOT NULL, n_regionkey int NOT NULL, n_comment varchar(152));

CREATE TABLE customer (c_custkey bigint PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL, c_nationkey int NOT NULL, c_phone char(15) NOT NULL,
  c_acctbal numeric(15, 2) NOT NULL, c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL);

CREATE TABLE orders (o_orderkey bigint PRIMARY KEY, o_custkey bigint NOT NULL, o_orderstatus char(1) NOT NULL, o_totalprice numeric(15, 2) NOT NULL, o_orderdate date NOT NULL,
  o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL, o_shippriority int NOT NULL, o_comment varchar(79) NOT NULL);

CREATE TABLE lineitem (l_orderkey bigint, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL, l_linenumber int, l_quantity numeric(15, 2) NOT NULL,
  l_extendedprice numeric(15, 2) NOT NULL, l_discount numeric(15, 2) NOT NULL, l_tax numeric(15, 2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
  l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL,
  PRIMARY KEY (l_orderkey, l_linenumber));

CREATE TABLE part (p_partkey bigint PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL, p_size int NOT NULL,
  p_container char(10) NOT NULL, p_retailprice numeric(15, 2) NOT NULL, p_comment varchar(23) NOT NULL);

CREATE TABLE partsupp (ps_partkey bigint, ps_suppkey bigint, ps_availqty int NOT NULL, ps_supplycost numeric(15, 2) NOT NULL, ps_comment varchar(199) NOT NULL,
  PRIMARY KEY (ps_partkey, ps_suppkey));

CREATE TABLE supplier (s_suppkey bigint PRIMARY KEY, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL, s_nationkey int NOT NULL, s_phone char(15) NOT NULL,
  s_acctbal numeric(15, 2) NOT NULL, s_comment varchar(101) NOT NULL);

INSERT INTO region VALUES (0, 'AFRICA'), (1, 'AMERICA'), (2, 'ASIA'), (3, 'EUROPE'), (4, 'MIDDLE EAST');

INSERT INTO nation VALUES (0, 'ALGERIA', 0), (1, 'ARGENTINA', 1), (2, 'BRAZIL', 1), (3, 'CANADA', 1), (4, 'EGYPT', 4), (5, 'ETHIOPIA', 0), (6, 'FRANCE', 3), (7, 'GERMANY', 3),
  (8, 'INDIA', 2), (9, 'INDONESIA', 2), (10, 'IRAN', 4), (11, 'IRAQ', 4), (12, 'JAPAN', 2), (13, 'JORDAN', 4), (14, 'KENYA', 0), (15, 'MOROCCO', 0), (16, 'MOZAMBIQUE', 0),
  (17, 'PERU', 1), (18, 'CHINA', 2), (19, 'ROMANIA', 3), (20, 'SAUDI ARABIA', 4), (21, 'VIETNAM', 2), (22, 'RUSSIA', 3), (23, 'UNITED KINGDOM', 3), (24, 'UNITED STATES', 1);

INSERT INTO customer
  SELECT x, 'Customer#' || lpad(x::text, 9, '0'), 'Street ' || draw(x, 1, 500), n, (10 + n) || '-' || 100 + draw(x, 2, 900) || '-' || 100 + draw(x, 3, 900) || '-' || 1000 + draw(x, 4, 9000),
    draw(x, 5, 1099999) / 100.0 - 999.99, ('{AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD}'::text[])[1 + draw(x, 6, 5)], 'comment ' || draw(x, 7, 1000)
  FROM (SELECT x, ('{2,3,24,6,7,8,12,21,20,13}'::int[])[1 + draw(x, 8, 10)] AS n FROM generate_series(1, 150) x) y;

-- A third of the customers has none.
INSERT INTO orders
  SELECT x, draw(x, 11, 50) * 3 + 1 + draw(x, 12, 2), CASE WHEN d < '1995-02-15' THEN 'F' WHEN d < '1995-06-17' THEN 'P' ELSE 'O' END, 1000 + draw(x, 14, 40000000) / 100.0, d,
    ('{1-URGENT,2-HIGH,3-MEDIUM,"4-NOT SPECIFIED",5-LOW}'::text[])[1 + draw(x, 15, 5)], 'Clerk#' || lpad((1 + draw(x, 16, 12))::text, 9, '0'), 0,
    CASE draw(x, 17, 9) WHEN 0 THEN 'holds special and bold requests' WHEN 1 THEN 'requests that are special' WHEN 2 THEN 'a special pack' ELSE 'comment ' || draw(x, 18, 1000) END
  FROM (SELECT x, '1992-01-01'::date + draw(x, 13, 2406)::int AS d FROM generate_series(1, 1500) x) y;

-- One to seven of an order, each part from one of its four suppliers; some orders are large.
INSERT INTO lineitem
  SELECT o, p, (p + draw(x, 22, 4) * 5 + p / 20) % 20 + 1, line, q, q * (900 + p % 100 + p % 7 * 0.11), draw(x, 24, 11) / 100.0, draw(x, 25, 9) / 100.0,
    CASE WHEN s + 1 + draw(x, 28, 30)::int > '1995-06-17' THEN 'N' WHEN draw(x, 29, 2) = 0 THEN 'R' ELSE 'A' END, CASE WHEN s > '1995-06-17' THEN 'O' ELSE 'F' END,
    s, d + 30 + draw(x, 27, 61)::int, s + 1 + draw(x, 28, 30)::int, ('{"DELIVER IN PERSON","COLLECT COD",NONE,"TAKE BACK RETURN"}'::text[])[1 + draw(x, 30, 4)],
    ('{AIR,"AIR REG",MAIL,SHIP,RAIL,TRUCK,FOB}'::text[])[1 + draw(x, 31, 7)], 'comment ' || draw(x, 32, 1000)
  FROM (SELECT x, o, line, 1 + draw(x, 21, 200) AS p, CASE WHEN o % 25 = 6 THEN 43 + draw(x, 23, 8) ELSE 1 + draw(x, 23, 50) END AS q, d, d + 1 + draw(x, 26, 121)::int AS s
    FROM (SELECT o * 8 + line AS x, o, line, '1992-01-01'::date + draw(o, 13, 2406)::int AS d
      FROM generate_series(1, 1500) o, generate_series(1, 7) line WHERE line <= 1 + o % 7) y) z;

INSERT INTO part
  SELECT x, ('{green,forest,almond,blush,chocolate,ivory,misty,salmon}'::text[])[1 + draw(x, 41, 8)] || ' ' || ('{green,forest,almond,blush,chocolate,ivory,misty,salmon}'::text[])[1 + draw(x, 42, 8)],
    'Manufacturer#' || 1 + x % 5, ('{Brand#12,Brand#23,Brand#34,Brand#45,Brand#11,Brand#55}'::text[])[1 + x % 6],
    ('{ECONOMY,PROMO,MEDIUM,STANDARD}'::text[])[1 + draw(x, 43, 4)] || ' ' || ('{ANODIZED,POLISHED,BURNISHED}'::text[])[1 + draw(x, 44, 3)] || ' ' || ('{STEEL,BRASS,TIN}'::text[])[1 + draw(x, 45, 3)],
    ('{15,49,14,23,45,19,3,36,9,5}'::int[])[1 + draw(x, 46, 10)], ('{SM,MED,LG}'::text[])[1 + x / 6 % 3] || ' ' || ('{BOX,PKG,PACK,CASE}'::text[])[1 + x / 18 % 4],
    900 + x % 100 + x % 7 * 0.11, 'comment ' || x
  FROM generate_series(1, 200) x;

INSERT INTO partsupp
  SELECT p, (p + i * 5 + p / 20) % 20 + 1, 1 + draw(x, 51, 100), 1 + draw(x, 52, 99900) / 100.0, 'comment ' || x
  FROM (SELECT p * 4 + i AS x, p, i FROM generate_series(1, 200) p, generate_series(0, 3) i) y;

INSERT INTO supplier
  SELECT x, 'Supplier#' || lpad(x::text, 9, '0'), 'Street ' || draw(x, 61, 500), n, (10 + n) || '-' || 100 + draw(x, 62, 900) || '-' || 100 + draw(x, 63, 900) || '-' || 1000 + draw(x, 64, 9000),
    draw(x, 65, 1099999) / 100.0 - 999.99, CASE WHEN x % 9 = 4 THEN 'Customer wrote Complaints' ELSE 'comment ' || x END
  FROM (SELECT x, ('{2,3,24,6,7,8,12,21,20,13}'::int[])[1 + x % 10] AS n FROM generate_series(1, 20) x) y;
