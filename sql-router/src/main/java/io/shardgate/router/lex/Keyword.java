package io.shardgate.router.lex;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The words that decide where statements end and which literals are lifted. Not all of PostgreSQL's key words:
/// a word that is missing here only keeps a literal in the fingerprint, or lifts a number in it.
enum Keyword {
    /// Any other word.
    NONE(Role.NAME),

    SELECT(Role.OPERAND),
    INSERT(Role.CLAUSE),
    UPDATE(Role.CLAUSE),
    DELETE(Role.CLAUSE),
    MERGE(Role.CLAUSE),
    WITH(Role.CLAUSE),
    VALUES(Role.CLAUSE),
    TABLE(Role.CLAUSE),

    CREATE(Role.CLAUSE),
    OR(Role.OPERAND),
    REPLACE(Role.CLAUSE),
    FUNCTION(Role.CLAUSE),
    PROCEDURE(Role.CLAUSE),
    BEGIN(Role.CLAUSE),
    ATOMIC(Role.CLAUSE),
    END(Role.CLAUSE),
    CASE(Role.OPERAND),

    ALL(Role.OPERAND),
    AND(Role.OPERAND),
    ANY(Role.CLAUSE),
    ARRAY(Role.CLAUSE),
    AS(Role.CLAUSE),
    AT(Role.CLAUSE),
    BETWEEN(Role.OPERAND),
    BY(Role.KEEP_NUMBERS),
    CAST(Role.CLAUSE),
    CONFLICT(Role.CLAUSE),
    DISTINCT(Role.OPERAND),
    DO(Role.CLAUSE),
    ELSE(Role.OPERAND),
    ESCAPE(Role.OPERAND),
    EXCEPT(Role.ENDS_KEEPING),
    EXISTS(Role.CLAUSE),
    FETCH(Role.KEEP_NUMBERS),
    FILTER(Role.CLAUSE),
    FOR(Role.ENDS_KEEPING),
    FROM(Role.OPERAND),
    GROUP(Role.CLAUSE),
    HAVING(Role.ENDS_KEEPING),
    ILIKE(Role.OPERAND),
    IN(Role.CLAUSE),
    INTERSECT(Role.ENDS_KEEPING),
    INTO(Role.CLAUSE),
    JOIN(Role.CLAUSE),
    LATERAL(Role.CLAUSE),
    LIKE(Role.OPERAND),
    LIMIT(Role.KEEP_NUMBERS),
    MATCHED(Role.CLAUSE),
    MATERIALIZED(Role.CLAUSE),
    NOT(Role.OPERAND),
    OFFSET(Role.KEEP_NUMBERS),
    ON(Role.ENDS_KEEPING),
    ORDER(Role.CLAUSE),
    OVER(Role.CLAUSE),
    RETURNING(Role.ENDS_KEEPING),
    ROW(Role.CLAUSE),
    SET(Role.CLAUSE),
    SIMILAR(Role.CLAUSE),
    SOME(Role.CLAUSE),
    SYMMETRIC(Role.OPERAND),
    THEN(Role.OPERAND),
    TO(Role.OPERAND),
    UESCAPE(Role.CLAUSE),
    UNION(Role.ENDS_KEEPING),
    USING(Role.CLAUSE),
    VARIADIC(Role.OPERAND),
    WHEN(Role.OPERAND),
    WHERE(Role.OPERAND),
    WINDOW(Role.ENDS_KEEPING),
    WITHIN(Role.CLAUSE),

    BIT(Role.TYPE),
    BPCHAR(Role.TYPE),
    CHAR(Role.TYPE),
    CHARACTER(Role.TYPE),
    CURRENT_TIME(Role.TYPE),
    CURRENT_TIMESTAMP(Role.TYPE),
    DEC(Role.TYPE),
    DECIMAL(Role.TYPE),
    FLOAT(Role.TYPE),
    INTERVAL(Role.TYPE),
    LOCALTIME(Role.TYPE),
    LOCALTIMESTAMP(Role.TYPE),
    NCHAR(Role.TYPE),
    NUMERIC(Role.TYPE),
    PRECISION(Role.TYPE),
    SECOND(Role.TYPE),
    TIME(Role.TYPE),
    TIMESTAMP(Role.TYPE),
    TIMESTAMPTZ(Role.TYPE),
    TIMETZ(Role.TYPE),
    VARCHAR(Role.TYPE),
    VARYING(Role.TYPE),

    CURRVAL(Role.NAMES_OBJECT),
    CURSOR_TO_XML(Role.NAMES_OBJECT),
    NEXTVAL(Role.NAMES_OBJECT),
    QUERY_TO_XML(Role.NAMES_OBJECT),
    QUERY_TO_XML_AND_XMLSCHEMA(Role.NAMES_OBJECT),
    QUERY_TO_XMLSCHEMA(Role.NAMES_OBJECT),
    SCHEMA_TO_XML(Role.NAMES_OBJECT),
    SET_CONFIG(Role.NAMES_OBJECT),
    SETVAL(Role.NAMES_OBJECT),
    TABLE_TO_XML(Role.NAMES_OBJECT),
    TABLE_TO_XML_AND_XMLSCHEMA(Role.NAMES_OBJECT),
    TO_REGCLASS(Role.NAMES_OBJECT),
    TS_STAT(Role.NAMES_OBJECT),
    REGCLASS(Role.OBJECT_TYPE),
    REGPROC(Role.OBJECT_TYPE),
    REGPROCEDURE(Role.OBJECT_TYPE),
    REGTYPE(Role.OBJECT_TYPE),
    REGNAMESPACE(Role.OBJECT_TYPE),
    REGROLE(Role.OBJECT_TYPE),
    REGOPER(Role.OBJECT_TYPE),
    REGOPERATOR(Role.OBJECT_TYPE),
    REGCOLLATION(Role.OBJECT_TYPE),
    REGCONFIG(Role.OBJECT_TYPE),
    REGDICTIONARY(Role.OBJECT_TYPE);

    /// What a word does to the literals near it.
    enum Role {
        /// Could be a type's name: a string right behind it stays.
        NAME,
        /// Nothing.
        CLAUSE,
        /// An operand follows: a string right behind it is lifted.
        OPERAND,
        /// Numbers behind it stay, down to the end of the clause: positions and limits.
        KEEP_NUMBERS,
        /// Ends such a clause.
        ENDS_KEEPING,
        /// The name of a type with a typmod: numbers in the parentheses behind it stay.
        TYPE,
        /// A function of which the first argument names an object, a setting, or is a query: it stays.
        NAMES_OBJECT,
        /// A type of which the text form names an object: a string cast to it stays.
        OBJECT_TYPE
    }

    private static final int SLOTS = 512;
    private static final Keyword[] BY_CODE = values();
    private static final Keyword[] TABLE_OF_WORDS = new Keyword[SLOTS];

    static {
        for (Keyword keyword : BY_CODE) {
            int slot = slot(keyword.first, keyword.word.length());
            while (TABLE_OF_WORDS[slot] != null) {
                slot = (slot + 1) % SLOTS;
            }
            TABLE_OF_WORDS[slot] = keyword;
        }
    }

    final Role role;
    private final String word;
    private final long first;

    Keyword(Role role) {
        this.role = role;
        this.word = name().toLowerCase(Locale.ROOT);
        this.first = FingerprintHash.tail(word.getBytes(StandardCharsets.US_ASCII), 0, word.length());
    }

    static Keyword of(int code) {
        return BY_CODE[code];
    }

    @SuppressWarnings("EnumOrdinal")
    int code() {
        return ordinal();
    }

    /// The key word that stands there without quotes, NONE for any other word. Hot path: allocates nothing.
    static Keyword at(byte[] text, int from, int to) {
        int length = to - from;
        long first = FingerprintHash.lower(FingerprintHash.tail(text, from, to));
        int slot = slot(first, length);
        while (true) {
            Keyword keyword = TABLE_OF_WORDS[slot];
            if (keyword == null) {
                return NONE;
            }
            if (keyword.first == first && keyword.word.length() == length && keyword.restIs(text, from)) {
                return keyword;
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    private boolean restIs(byte[] text, int from) {
        for (int i = Long.BYTES; i < word.length(); i++) {
            if (Characters.lower(text[from + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int slot(long first, int length) {
        return (int) (((first + length) * 0x9e3779b97f4a7c15L) >>> 55);
    }

    /// Whether a statement that begins with it is a query or DML.
    boolean beginsQuery() {
        return switch (this) {
            case SELECT, INSERT, UPDATE, DELETE, MERGE, WITH, VALUES, TABLE -> true;
            default -> false;
        };
    }
}
