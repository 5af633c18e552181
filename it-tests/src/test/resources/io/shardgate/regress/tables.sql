CREATE TABLE team (no int PRIMARY KEY, title text NOT NULL, place text);

CREATE TABLE staff (id bigint PRIMARY KEY, name text, team_no int, boss bigint, pay numeric(10, 2), hired date, grade char(2), active bool, skills text[], extra jsonb, score float8);

CREATE TABLE shift (staff_id bigint, no int, day date NOT NULL, hours numeric(4, 1), place text, kind varchar(8), PRIMARY KEY (staff_id, no));

CREATE TABLE stock (sku text PRIMARY KEY, label text COLLATE "C", price numeric, qty int, small smallint, bits bit(4), seen timestamp, span int4range, spent interval, code uuid);

CREATE TABLE edge (a int, b int, w int, PRIMARY KEY (a, b));

CREATE TABLE reading (day date, probe int, value float8, exact numeric, mark text, PRIMARY KEY (day, probe));

INSERT INTO team VALUES (1, 'Works', 'north'), (2, 'Sales', 'south'), (3, 'Stores', NULL), (4, 'Office', 'north'), (5, 'Nobody', 'west');

-- A tree by boss: 1 is the root, who stands over 2 and 3.
INSERT INTO staff
  SELECT i, CASE WHEN i % 11 = 0 THEN NULL ELSE ('{Ada,Bo,Cleo,Dan,Eve,Finn,Gus}'::text[])[1 + i % 7] END, CASE WHEN i % 9 = 0 THEN NULL ELSE 1 + i % 4 END,
    CASE WHEN i = 1 THEN NULL ELSE i / 2 END, CASE WHEN i % 8 = 3 THEN NULL ELSE 1000 + (i * 37 % 12) * 250.50 END,
    CASE WHEN i % 10 = 7 THEN NULL ELSE date '2020-01-15' + i * 53 % 700 END, ('{A,B,C1}'::text[])[1 + i % 3], CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN false ELSE true END,
    CASE WHEN i % 6 = 5 THEN NULL WHEN i % 6 = 4 THEN '{}'::text[] ELSE ('{{saw,ink},{map,oil},{oil,saw}}'::text[])[1 + i % 3:1 + i % 3] END,
    CASE WHEN i % 7 = 2 THEN NULL ELSE jsonb_build_object('n', i % 5, 'k', jsonb_build_array(i % 3, 'x')) END, CASE WHEN i % 12 = 6 THEN NULL ELSE i * 0.25 - 3 END
  FROM generate_series(1, 30) i;

-- Up to three of each; some of nobody.
INSERT INTO shift
  SELECT s, n, date '2026-01-01' + (s * 7 + n * 3) % 28, CASE WHEN (s + n) % 9 = 0 THEN NULL ELSE 2 + (s * n % 13) * 0.5 END,
    ('{north,south,west,NULL}'::text[])[1 + (s + n * 2) % 4], ('{day,night,spare}'::text[])[1 + s * n % 3]
  FROM generate_series(1, 36) s, generate_series(1, 3) n WHERE n <= s % 4;

INSERT INTO stock
  SELECT 'sku-' || chr(97 + i % 5) || i, CASE WHEN i % 7 = 0 THEN NULL ELSE ('{bolt,Bolt,nut,screw,Älpha,zed}'::text[])[1 + i % 6] END,
    CASE WHEN i % 13 = 0 THEN 'NaN' WHEN i % 5 = 0 THEN NULL ELSE i * 1.10 END, CASE WHEN i % 6 = 1 THEN NULL ELSE i * 29 % 17 - 4 END, i % 4, (i % 16)::bit(4),
    timestamp '2026-01-02 08:00' + i % 9 * interval '7 hours', CASE WHEN i % 8 = 0 THEN 'empty' WHEN i % 8 = 1 THEN NULL ELSE int4range(i % 10, i % 10 + i % 4 + 1) END,
    i % 5 * interval '1 day 3 hours', CASE WHEN i % 4 = 1 THEN NULL ELSE ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a' || lpad((i % 20)::text, 2, '0'))::uuid END
  FROM generate_series(1, 32) i;

-- Two cycles and a loop, and a path with a detour.
INSERT INTO edge VALUES (1, 2, 4), (1, 3, 1), (2, 4, 1), (3, 2, 2), (3, 4, 5), (4, 5, 3), (5, 1, 7), (6, 7, NULL), (7, 6, 2), (8, 8, 0), (9, 10, 1), (10, 11, 1), (11, 12, 1), (9, 12, 9), (13, 14, NULL);

INSERT INTO reading
  SELECT date '2026-01-01' + d, p, CASE WHEN (d * 3 + p) % 17 = 0 THEN 'NaN' WHEN (d + p) % 19 = 0 THEN 'Infinity' WHEN d * p % 11 = 5 THEN NULL ELSE (d * 5 + p * 3) % 16 * 0.5 END,
    CASE WHEN d % 6 = 4 THEN NULL ELSE round((d * 100 + p) / 7.0, d % 4) END, CASE WHEN (d + p) % 5 = 0 THEN NULL ELSE chr(65 + d * p % 4) END
  FROM generate_series(0, 27) d, generate_series(1, 2) p;
