-- Tables, types and operators with which almost every random expression means something: each operator takes texts and truth values, and each
-- is the other where it must be.

SET allow_system_table_mods = on;
UPDATE pg_cast SET castcontext = 'i' WHERE castsource = 'bool'::regtype AND casttarget = 'text'::regtype;
CREATE CAST (text AS bool) WITH INOUT AS IMPLICIT;
CREATE DOMAIN u AS text;
CREATE TABLE t (a u, b u, c u, d u, n int);
CREATE TABLE s (u u);
CREATE FUNCTION f(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION g(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION pg_catalog.timezone(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION pg_catalog.timezone(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION pg_catalog.extract(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION same(bool, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION same(text, bool) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $2';
DO $$ DECLARE o text; BEGIN
  FOREACH o IN ARRAY '{+,-,*,/,%,^,->,->>,#>,@>,<@,&&,<->,&,|,#,<<,>>}'::text[] LOOP
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = text, RIGHTARG = text, FUNCTION = f)', o);
  END LOOP;
  FOREACH o IN ARRAY '{-,+,~,@,|/,!!}'::text[] LOOP
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (RIGHTARG = text, FUNCTION = g)', o);
  END LOOP;
  FOREACH o IN ARRAY '{=,<>,<,>,<=,>=}'::text[] LOOP
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = bool, RIGHTARG = text, FUNCTION = same)', o);
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = text, RIGHTARG = bool, FUNCTION = same)', o);
  END LOOP;
END $$;
