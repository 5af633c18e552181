package io.shardgate.proxy.catalog;

import io.shardgate.router.catalog.ViewRights;

import java.util.List;
import java.util.stream.Collectors;

/// The texts that read a catalog. They mean the same whatever `standard_conforming_strings` says, use PostgreSQL 15's columns, name everything in `pg_catalog` explicitly or through the path, and leave
/// out what belongs to the system or to other sessions' temporary schemas.
final class CatalogQueries {

  /// Everything else is printed with its schema by `pg_get_viewdef` and its kin. Undone at the end of the transaction, or by [#restorePath].
  static final String SAVE_PATH =
      """
      SELECT pg_catalog.current_setting('search_path'), pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
             (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = pg_catalog.pg_my_temp_schema())""";

  private static final String USER_SCHEMA =
      """
      n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT starts_with(n.nspname::text, 'pg_toast')
        AND (NOT starts_with(n.nspname::text, 'pg_temp_') OR n.oid = pg_my_temp_schema())""";

  /// An index reads the table it is on.
  static final String RELATIONS =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity,
             CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
             CASE WHEN c.relkind = 'v' THEN pg_get_userbyid(c.relowner) END,
             coalesce((SELECT option_value::bool FROM pg_options_to_table(c.reloptions) WHERE c.relkind = 'v' AND option_name = 'security_invoker'), false),
             coalesce((SELECT option_value::bool FROM pg_options_to_table(c.reloptions) WHERE c.relkind = 'v' AND option_name = 'security_barrier'), false),
             CASE WHEN c.relkind = 'v' THEN (SELECT %s FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename = '_RETURN') END
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c', 'i', 'I') AND %s
      ORDER BY c.oid"""
          .formatted(ViewRights.VERSION_SQL, USER_SCHEMA);

  /// A column's type, so that equal texts mean equal types on two servers. An array's own name is the server's choice.
  private static final String TYPE_TEXT =
      """
      CASE WHEN e.oid IS NULL THEN tn.nspname || '.' || t.typname ELSE en.nspname || '.' || e.typname || '[]' END || ' ' || a.atttypmod || coalesce(' ' || co.collname, '')""";

  /// The type with its modifier. PostgreSQL prints those of its own that have one by their keywords, which no search path hides.
  private static final String DECLARED_TYPE =
      "CASE WHEN a.atttypmod < 0 THEN quote_ident(tn.nspname) || '.' || quote_ident(t.typname) ELSE format_type(a.atttypid, a.atttypmod) END";

  /// How a value of the type goes to another server: as it is in binary ('b'), as text ('t'), not at all ('n'). unnest takes rows and arrays apart; of
  /// arrays the text is exact whatever the settings are, if that of their elements is.
  private static final String CARRIED_FORM =
      """
      CASE WHEN e.oid IS NOT NULL THEN
             CASE WHEN e.typtype = 'e' OR en.nspname = 'pg_catalog' AND e.typname IN
               ('bool', 'int2', 'int4', 'int8', 'oid', 'numeric', 'text', 'varchar', 'bpchar', 'name', 'uuid', 'json', 'jsonb', 'bytea', 'inet', 'cidr', 'macaddr')
             THEN 't' ELSE 'n' END
           WHEN coalesce(b.typtype, t.typtype) = 'c' OR t.typsend = 0 OR t.typreceive = 0 THEN 'n' ELSE 'b' END""";

  static final String COLUMNS =
      """
      SELECT a.attrelid, a.attname, a.atttypid, CASE tn.nspname WHEN 'pg_catalog' THEN t.typname ELSE tn.nspname || '.' || t.typname END,
             a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated <> '',
             coalesce(co.collisdeterministic, true), a.attnum, %s,
             quote_ident(tn.nspname) || '.' || quote_ident(t.typname), %s,
             CASE WHEN a.attcollation <> t.typcollation THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END, %s
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_namespace tn ON tn.oid = t.typnamespace
      LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      LEFT JOIN pg_type b ON b.oid = t.typbasetype
      LEFT JOIN pg_collation co ON co.oid = a.attcollation
      LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND %s
      ORDER BY a.attrelid, a.attnum"""
          .formatted(TYPE_TEXT, DECLARED_TYPE, CARRIED_FORM, USER_SCHEMA);

  static final String OWNED_SEQUENCES =
      """
      SELECT d.refobjid, a.attname, n.nspname, c.relname
      FROM pg_depend d
      JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')""";

  static final String PARENTS =
      """
      SELECT i.inhrelid, n.nspname, c.relname
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind NOT IN ('i', 'I')
      ORDER BY i.inhrelid, i.inhseqno""";

  /// What rules (a view is one) and policies name, and the table of an index. The system's own pinned relations are not in pg_depend.
  static final String READS =
      """
      SELECT x.relation, n.nspname, c.relname
      FROM (
        SELECT r.ev_class AS relation, d.refobjid AS reads
        FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        UNION
        SELECT p.polrelid, d.refobjid
        FROM pg_depend d JOIN pg_policy p ON p.oid = d.objid
        WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_class'::regclass
        UNION
        SELECT indexrelid, indrelid FROM pg_index
      ) x
      JOIN pg_class c ON c.oid = x.reads JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE x.relation <> x.reads AND NOT starts_with(n.nspname::text, 'pg_toast') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      ORDER BY 1, 2, 3""";

  static final String TRIGGERS =
      """
      SELECT t.tgrelid, t.tgname, n.nspname, p.proname, t.tgenabled <> 'D', t.tgtype,
             t.tgtype & 1 = 0 OR t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE NOT t.tgisinternal
      ORDER BY t.tgrelid, t.tgname""";

  static final String POLICIES =
      """
      SELECT polrelid, polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
      FROM pg_policy ORDER BY polrelid, polname""";

  static final String RULES =
      """
      SELECT r.ev_class, pg_get_ruledef(r.oid)
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE r.rulename <> '_RETURN' AND r.ev_enabled <> 'D' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      ORDER BY r.ev_class, r.rulename""";

  /// One row for each key column of each unique index; no name where the key is an expression. Columns that are only INCLUDEd are no key.
  static final String UNIQUES =
      """
      SELECT i.indrelid, c.relname, i.indisprimary, a.attname
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) k(position)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.position] AND a.attnum <> 0
      WHERE i.indisunique AND %s
      ORDER BY i.indrelid, i.indisprimary DESC, c.relname, k.position"""
          .formatted(USER_SCHEMA);

  static final String FOREIGN_KEYS =
      """
      SELECT o.conrelid, o.conname, a.attname, fn.nspname, f.relname, fa.attname
      FROM pg_constraint o
      CROSS JOIN LATERAL unnest(o.conkey, o.confkey) WITH ORDINALITY k(own, theirs, position)
      JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.own
      JOIN pg_attribute fa ON fa.attrelid = o.confrelid AND fa.attnum = k.theirs
      JOIN pg_class f ON f.oid = o.confrelid
      JOIN pg_namespace fn ON fn.oid = f.relnamespace
      WHERE o.contype = 'f'
      ORDER BY o.conrelid, o.conname, k.position""";

  static final String FUNCTIONS =
      """
      SELECT p.oid, n.nspname, p.proname, l.lanname, p.prokind, p.provolatile,
             CASE WHEN l.lanname IN ('c', 'internal') OR p.prokind = 'a' THEN NULL
                  WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE pg_get_function_sqlbody(p.oid) END,
             p.prokind <> 'a' AND l.lanname IN ('c', 'internal')
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
      WHERE %s
      ORDER BY p.oid"""
          .formatted(USER_SCHEMA);

  /// What SQL-standard bodies, parameter defaults and aggregates are made of: relations (`r`) and functions (`f`), these also where they stand
  /// behind operators, and behind the casts and domains of argument and result types.
  static final String FUNCTION_PARTS =
      """
      SELECT d.objid, 'r', n.nspname, c.relname
      FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
      UNION
      SELECT d.objid, 'f', n.nspname, p.proname
      FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_proc'::regclass
      UNION
      SELECT d.objid, 'f', n.nspname, p.proname
      FROM (
        SELECT 'pg_operator'::regclass AS class, oid AS part, oprcode::oid AS code FROM pg_operator
        UNION ALL
        SELECT 'pg_type'::regclass, unnest(ARRAY[castsource, casttarget]), castfunc FROM pg_cast
        UNION ALL
        SELECT 'pg_type'::regclass, k.contypid, kd.refobjid
        FROM pg_constraint k JOIN pg_depend kd ON kd.classid = 'pg_constraint'::regclass AND kd.objid = k.oid
        WHERE k.contypid <> 0 AND kd.refclassid = 'pg_proc'::regclass
      ) x
      JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.refclassid = x.class AND d.refobjid = x.part
      JOIN pg_proc p ON p.oid = x.code JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN ('c', 'internal'))
      ORDER BY 1, 2, 3, 4""";

  /// Functions that nobody calls by name, and what runs them ([io.shardgate.router.catalog.CodeUse]): `w` relations that are written, `r` relations
  /// that are used, `t` types, `o` operators. An operator that PostgreSQL itself puts in, for IN or
  /// DISTINCT, counts for its types; of a pair with one of PostgreSQL's own types the other one alone.
  static final String CODE_USES =
      """
      WITH f AS (
        SELECT p.oid, n.nspname, p.proname
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
        WHERE l.lanname NOT IN ('c', 'internal') AND %s
      ), d AS (
        SELECT d.classid, d.objid, f.oid, f.nspname, f.proname
        FROM f JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
        UNION
        SELECT d.classid, d.objid, f.oid, f.nspname, f.proname
        FROM f JOIN pg_operator o ON o.oprcode::oid = f.oid
        JOIN pg_depend d ON d.refclassid = 'pg_operator'::regclass AND d.refobjid = o.oid
      ), relations AS (
        SELECT 'w' AS kind, k.conrelid AS relation, d.nspname, d.proname
        FROM d JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
        UNION
        SELECT 'w', a.adrelid, d.nspname, d.proname FROM d JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
        UNION
        SELECT 'w', t.tgrelid, d.nspname, d.proname
        FROM d JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND t.tgfoid <> d.oid
        UNION
        SELECT 'w', coalesce(i.indrelid, d.objid), d.nspname, d.proname
        FROM d LEFT JOIN pg_index i ON i.indexrelid = d.objid WHERE d.classid = 'pg_class'::regclass
        UNION
        SELECT 'r', r.ev_class, d.nspname, d.proname FROM d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        UNION
        SELECT 'r', p.polrelid, d.nspname, d.proname FROM d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
      ), pairs AS (
        SELECT c.castsource AS one, c.casttarget AS other, f.nspname, f.proname FROM f JOIN pg_cast c ON c.castfunc = f.oid
        UNION
        SELECT o.oprleft, o.oprright, f.nspname, f.proname FROM f JOIN pg_operator o ON o.oprcode::oid = f.oid
        WHERE o.oprname IN ('=', '<>', '<', '>', '<=', '>=', '~~', '!~~', '~~*', '!~~*', '~', '!~')
      ), types AS (
        SELECT k.contypid AS type, d.nspname, d.proname FROM d JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
        UNION
        SELECT d.objid, d.nspname, d.proname FROM d WHERE d.classid = 'pg_type'::regclass
        UNION
        SELECT one, nspname, proname FROM pairs WHERE one >= 16384 OR other < 16384
        UNION
        SELECT other, nspname, proname FROM pairs WHERE other >= 16384 OR one < 16384
        UNION
        SELECT p.amproclefttype, f.nspname, f.proname FROM f JOIN pg_amproc p ON p.amproc::oid = f.oid WHERE p.amproclefttype >= 16384
        UNION
        SELECT p.amoplefttype, f.nspname, f.proname FROM f JOIN pg_operator o ON o.oprcode::oid = f.oid JOIN pg_amop p ON p.amopopr = o.oid
        WHERE p.amoplefttype >= 16384
      )
      SELECT r.kind, n.nspname, c.relname, r.nspname, r.proname
      FROM relations r JOIN pg_class c ON c.oid = r.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      UNION
      SELECT 't', n.nspname, y.typname, t.nspname, t.proname
      FROM types t JOIN pg_type y ON y.oid = t.type JOIN pg_namespace n ON n.oid = y.typnamespace
      UNION
      SELECT 'o', n.nspname, o.oprname, f.nspname, f.proname
      FROM f JOIN pg_operator o ON o.oprcode::oid = f.oid JOIN pg_namespace n ON n.oid = o.oprnamespace
      ORDER BY 1, 2, 3, 4, 5"""
          .formatted(USER_SCHEMA);

  /// `kind` is pg_type's, but `A` for the array type of `inner`.
  static final String TYPES =
      """
      SELECT t.oid, n.nspname, t.typname, t.typtype,
             CASE WHEN e.oid IS NOT NULL THEN 'A' ELSE t.typtype::text END AS kind,
             coalesce(e.oid, r.rngsubtype, m.rngtypid, nullif(t.typbasetype, 0), 0) AS inner_type, t.typbasetype, t.typrelid,
             t.typtypmod >= 0 AND t.typbasetype IN (1042, 1043, 1560, 1562, 1014, 1015, 1561, 1563)
      FROM pg_type t
      JOIN pg_namespace n ON n.oid = t.typnamespace
      LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_range r ON r.rngtypid = t.oid
      LEFT JOIN pg_range m ON m.rngmultitypid = t.oid
      WHERE %s AND t.oid >= 16384
      ORDER BY t.oid"""
          .formatted(USER_SCHEMA);

  /// The relations that a RowDescription can name.
  static final String RELATION_NAMES =
      """
      SELECT c.oid, n.nspname, c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid >= 16384 AND %s
      ORDER BY c.oid"""
          .formatted(USER_SCHEMA);

  /// The columns that a RowDescription can name.
  static final String COLUMN_NAMES =
      """
      SELECT a.attrelid, a.attnum, a.attname, %s
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_namespace tn ON tn.oid = t.typnamespace
      LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
      LEFT JOIN pg_collation co ON co.oid = a.attcollation
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid >= 16384 AND %s
      ORDER BY a.attrelid, a.attnum"""
          .formatted(TYPE_TEXT, USER_SCHEMA);

  /// Names of the system's relations, and, without a relation, of every schema.
  static final String SYSTEM_RELATIONS =
      """
      SELECT n.nspname, c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v')
      UNION ALL
      SELECT nspname, NULL FROM pg_namespace
      WHERE NOT starts_with(nspname::text, 'pg_toast') AND NOT starts_with(nspname::text, 'pg_temp_')""";

  /// The collations under which values can be equal that differ in their bytes.
  static final String LOOSE_COLLATIONS =
      """
      SELECT n.nspname, co.collname
      FROM pg_collation co JOIN pg_namespace n ON n.oid = co.collnamespace WHERE NOT co.collisdeterministic""";

  /// Where the other texts read from. A row that is changed moves, and gets its changer's xid.
  private static final List<String> READ_TABLES =
      List.of(
          "pg_amop",
          "pg_amproc",
          "pg_attrdef",
          "pg_attribute",
          "pg_cast",
          "pg_class",
          "pg_collation",
          "pg_constraint",
          "pg_depend",
          "pg_index",
          "pg_inherits",
          "pg_language",
          "pg_namespace",
          "pg_operator",
          "pg_policy",
          "pg_proc",
          "pg_range",
          "pg_rewrite",
          "pg_trigger",
          "pg_type");

  /// One number that differs when any row of [#READ_TABLES] does; 35 ms on 2,500 relations, where a load takes 200.
  static final String DIGEST =
      READ_TABLES.stream()
          .map(table -> "SELECT count(*), bit_xor(hashtextextended(xmin::text || ctid::text, 0)) AS x FROM pg_catalog." + table)
          .collect(Collectors.joining(" UNION ALL ", "SELECT string_agg(t::text, ' ') FROM (", ") t"));

  private CatalogQueries() {}

  /// Puts back the path that [#SAVE_PATH] found, for the rest of the transaction.
  static String restorePath(String path) {
    return "SELECT pg_catalog.set_config('search_path', E'" + path.replace("\\", "\\\\").replace("'", "''") + "', true)";
  }
}
