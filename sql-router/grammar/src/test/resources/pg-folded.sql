-- More of the manual's features: of these the tree leaves out what changes no plan (fields of intervals, formats of JSON, XML declarations), or has
-- another name for it, so that it can't be printed as the same statement.

-- group: folded: what the tree leaves out, or names otherwise

SELECT 4., 5e2, X'1fF';

SELECT xmlconcat(xm, xm), xmlelement(name foo, xmlattributes(a AS bar, c), 'x', xm), xmlforest(a, b AS q), xmlpi(name php, 'x'), xmlparse(document c), xmlparse(content c preserve whitespace), xmlserialize(content xm AS text), xm IS DOCUMENT, xmlexists('/a' PASSING BY VALUE xm), xmlroot(xm, version '1.0', standalone yes) FROM t;

SELECT interval '1' year, interval '1-2' year to month, interval '1' second(3), interval(2) '1.234', NULL::interval day to minute, char 'x', NULL::char, bit '1', c::bpchar FROM t;

SELECT a FROM t LIMIT ALL;

SELECT substring(c FOR 3), normalize(c, NFD), c IS NFC NORMALIZED, c IS JSON, c IS NOT JSON OBJECT WITH UNIQUE KEYS, c IS JSON SCALAR, c IS JSON ARRAY WITHOUT UNIQUE KEYS FROM t;

SELECT json_object('a' VALUE 1, 'b': c), json_object('a': 1 ABSENT ON NULL WITH UNIQUE KEYS RETURNING jsonb), json_object(), json_object('{a,1}'), json_object('{a}', '{1}'), json_array(1, c, NULL NULL ON NULL), json_array(SELECT a FROM w ORDER BY 1), json_array() FROM t;

SELECT json_objectagg(c: a), json_objectagg(c VALUE a ABSENT ON NULL WITH UNIQUE), json_arrayagg(a ORDER BY b DESC), json_arrayagg(c NULL ON NULL RETURNING jsonb) FILTER (WHERE f) FROM t;

SELECT json('{"a": 1}' WITH UNIQUE KEYS), json_scalar(a), json_serialize(j RETURNING bytea), json(bytes FORMAT JSON ENCODING utf8) FROM t;

SELECT json_exists(j, '$.a'), json_exists(j, '$.a[*] ? (@ > $x)' PASSING a AS x, b AS y TRUE ON ERROR), json_value(j, '$.a'), json_value(j, '$.a' RETURNING int DEFAULT 1 + 1 ON EMPTY ERROR ON ERROR), json_query(j, '$.a' RETURNING text WITH CONDITIONAL ARRAY WRAPPER), json_query(j, '$.a' WITHOUT WRAPPER OMIT QUOTES ON SCALAR STRING EMPTY ARRAY ON EMPTY NULL ON ERROR) FROM t;

SELECT jt.* FROM t, json_table(j, 'lax $[*]' AS path1 PASSING a AS x COLUMNS (id FOR ORDINALITY, kind text PATH '$.kind' DEFAULT 'x' ON EMPTY, ok boolean EXISTS PATH '$.ok' FALSE ON ERROR, doc jsonb FORMAT JSON WITH WRAPPER, NESTED PATH '$.films[*]' AS p2 COLUMNS (title text, NESTED '$.d' COLUMNS (d text))) ERROR ON ERROR) AS jt;

SELECT x.* FROM t, xmltable(xmlnamespaces('u' AS a, DEFAULT 'v'), '//r' PASSING BY REF xm COLUMNS id int PATH '@id' NOT NULL, o FOR ORDINALITY, s text PATH 'n' DEFAULT 'x' || 'y') AS x;

WITH RECURSIVE s (id, link) AS (SELECT id, link FROM tree WHERE id = 1 UNION ALL SELECT g.id, g.link FROM tree g, s WHERE g.id = s.link) SEARCH DEPTH FIRST BY id, link SET ord CYCLE id SET is_cycle TO 'Y' DEFAULT 'N' USING path SELECT * FROM s ORDER BY ord;

WITH RECURSIVE s (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM s) SEARCH BREADTH FIRST BY id SET o SELECT * FROM s;

SELECT a INTO TEMPORARY TABLE copies FROM t;

SELECT a, b INTO UNLOGGED public.copies FROM t UNION SELECT 1, 2;

INSERT INTO w (a, b, c) VALUES (1, 2, 'x') ON CONFLICT (b, c COLLATE "default" text_ops) DO NOTHING;

DELETE FROM w WHERE CURRENT OF cur;

UPDATE w SET b = 1 WHERE CURRENT OF "Cur";

SELECT a FROM t FOR READ ONLY;
