"""psycopg 3 against SHARDGATE_URL: one line per check, exit code 1 when one failed."""

import asyncio
import contextlib
import datetime as dt
import enum
import ipaddress
import os
import sys
import threading
import time
import traceback
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import psycopg
from psycopg import errors, sql
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import Json, Jsonb
from psycopg.types.range import Range
from psycopg.types.string import StrBinaryDumper, StrDumper, TextBinaryLoader, TextLoader

URL = os.environ["SHARDGATE_URL"]
SHARDS = dict(word.split("=", 1) for word in os.environ.get("SHARDGATE_SHARDS", "").split())
UTC = dt.timezone.utc
CHECKS = []

DROP = """
drop table if exists payments, accounts, documents, readings, currencies, every_type, moods, parcels cascade;
drop type if exists place cascade;
drop type if exists mood cascade;
drop extension if exists citext cascade
"""

SCHEMA = """
create table currencies (code text primary key, name text not null, digits smallint not null);
create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0);
create table payments (account_id bigint not null references accounts (id), id bigserial, amount numeric(14,2) not null, note text, at timestamptz not null default now(), primary key (account_id, id));
create table documents (tenant text not null, name text not null, body jsonb, primary key (tenant, name));
create table readings (device uuid not null, at timestamptz not null, value double precision, primary key (device, at));
create table every_type (id integer primary key, a_bool boolean, a_int2 smallint, a_int4 integer, a_int8 bigint, a_float4 real, a_float8 double precision, a_numeric numeric,
    a_text text, a_varchar varchar(20), a_char char(5), a_bytea bytea, a_date date, a_time time, a_timestamp timestamp, a_timestamptz timestamptz, an_interval interval,
    a_uuid uuid, a_json json, a_jsonb jsonb, an_inet inet, int4s integer[], texts text[], numerics numeric[], uuids uuid[], stamps timestamptz[], a_range int4range)
"""

VALUES = {
    "boolean": True,
    "smallint": -32768,
    "integer": 2147483647,
    "bigint": -9223372036854775808,
    "double precision": 0.1,
    "numeric": Decimal("-12345678901234567890.0123456789"),
    "text": "żółć, 漢字, \U0001F600, 'quoted', \\back\\, \n",
    "varchar(20)": "twenty characters ok",
    "bytea": bytes(range(256)),
    "date": dt.date(2024, 2, 29),
    "time": dt.time(23, 59, 59, 999999),
    "timestamp": dt.datetime(2024, 2, 29, 12, 30, 1, 2),
    "timestamptz": dt.datetime(2024, 2, 29, 12, 30, 1, 2, tzinfo=UTC),
    "interval": dt.timedelta(days=400, seconds=7, microseconds=8),
    "uuid": uuid.UUID("01234567-89ab-cdef-0123-456789abcdef"),
    "inet": ipaddress.ip_address("2001:db8::1"),
    "integer[]": [1, None, -3],
    "text[]": ["a", None, "", 'q"u,o{t}e', "NULL"],
    "numeric[]": [Decimal("1.10"), None, Decimal("-0.0001")],
    "uuid[]": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
    "timestamptz[]": [dt.datetime(1999, 12, 31, 23, 59, tzinfo=UTC)],
    "int4range": Range(1, 10),
}
JSON = {"a": [1, 2.5, None, True], "ł": {"b": "\u20ac"}}


def check(function):
    CHECKS.append(function)
    return function


def connect(**options):
    return psycopg.connect(URL, autocommit=True, **options)


def expect(kind, action):
    try:
        action()
    except kind as e:
        return e
    raise AssertionError(f"no {kind.__name__}")


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def fill(conn, rows=8):
    conn.execute("insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0) on conflict do nothing")
    values = sql.SQL(", ").join(sql.SQL("({}, {}, 'EUR', {})").format(i, f"owner {i}", Decimal(i)) for i in range(1, rows + 1))
    conn.execute(sql.SQL("insert into accounts (id, owner, currency, balance) values ") + values)


def empty(conn):
    conn.execute("truncate payments, accounts, currencies, documents, readings, every_type")


@check
def login(conn):
    same(conn.execute("select current_user::text, current_database()::text").fetchone(), ("app", "app"))
    assert conn.info.server_version >= 150000
    same(conn.info.encoding, "utf-8")
    same(conn.info.parameter_status("standard_conforming_strings"), "on")


@check
def wrong_password(conn):
    e = expect(psycopg.OperationalError, lambda: psycopg.connect(URL, password="not it"))
    assert "password authentication failed" in str(e), e


@check
def unknown_database(conn):
    e = expect(psycopg.OperationalError, lambda: psycopg.connect(URL, dbname="no_such_database"))
    assert 'database "no_such_database" does not exist' in str(e), e


@check
def parameters_text_and_binary(conn):
    for kind, value in VALUES.items():
        for placeholder in ("%t", "%b"):
            for binary in (False, True):
                got = conn.execute(f"select {placeholder}::{kind}", [value], binary=binary).fetchone()[0]
                assert got == value, f"{kind} {placeholder} {binary}: {got!r} instead of {value!r}"
                got = conn.execute(f"select {placeholder}::{kind}", [None], binary=binary).fetchone()[0]
                assert got is None, kind


@check
def every_type_in_a_table(conn):
    columns = list(VALUES.items())
    names = ("a_bool a_int2 a_int4 a_int8 a_float8 a_numeric a_text a_varchar a_bytea a_date a_time a_timestamp a_timestamptz an_interval a_uuid an_inet "
             "int4s texts numerics uuids stamps a_range").split()
    same(len(names), len(columns))
    insert = f"insert into every_type (id, a_json, a_jsonb, a_char, {', '.join(names)}) values (%s, %s, %s, %s, {', '.join(['%s'] * len(names))})"
    values = [value for _, value in columns]
    conn.execute(insert, [1, Json(JSON), Jsonb(JSON), "abc", *values])
    conn.execute(insert, [2, None, None, None, *[None] * len(names)])
    for binary in (False, True):
        cursor = conn.cursor(binary=binary, row_factory=dict_row)
        row = cursor.execute("select * from every_type where id = %s", [1]).fetchone()
        same([row[n] for n in names], values)
        same((row["a_json"], row["a_jsonb"], row["a_char"]), (JSON, JSON, "abc  "))
        row = cursor.execute("select * from every_type where id = %s", [2]).fetchone()
        assert all(v is None for k, v in row.items() if k != "id")


@check
def special_numbers(conn):
    for binary in (False, True):
        row = conn.execute("select 'NaN'::numeric, 'Infinity'::float8, '-Infinity'::float4, 1e-300::float8, 0.000000000000000000001::numeric", binary=binary).fetchone()
        assert row[0].is_nan()
        same(row[1:], (float("inf"), float("-inf"), 1e-300, Decimal("1E-21")))


@check
def prepared_statements_by_key(conn):
    fill(conn, 20)
    for _ in range(3):
        for i in range(1, 21):
            row = conn.execute("select owner, balance from accounts where id = %s", [i], prepare=True, binary=True).fetchone()
            same(row, (f"owner {i}", Decimal(i)))
    rows = conn.execute("select 1 from accounts where id = %b and owner = %b", [7, "owner 8"], prepare=True).fetchall()
    same(rows, [])


@check
def prepared_survive_a_schema_change(conn):
    fill(conn, 2)
    other = connect()
    try:
        for _ in range(3):
            same(len(conn.execute("select * from accounts where id = %s", [1], prepare=True).fetchone()), 4)
        other.execute("alter table accounts add column extra text default 'x'")
        other.execute("deallocate all")
        same(len(other.execute("select * from accounts where id = %s", [1], prepare=True).fetchone()), 5)
    finally:
        other.execute("alter table accounts drop column if exists extra")
        other.close()


@check
def keys_of_text_and_uuid(conn):
    devices = [uuid.UUID(int=i * 7919) for i in range(1, 9)]
    at = dt.datetime(2024, 1, 1, tzinfo=UTC)
    for i, device in enumerate(devices):
        conn.execute("insert into readings values (%b, %b, %b)", [device, at, i / 4])
        conn.execute("insert into documents values (%s, %s, %s)", [f"tenant ż{i}", "a", Jsonb({"n": i})])
    for i, device in enumerate(devices):
        same(conn.execute("select value from readings where device = %t", [device]).fetchone(), (i / 4,))
        same(conn.execute("select body ->> 'n' from documents where tenant = %b and name = 'a'", [f"tenant ż{i}"]).fetchone(), (str(i),))


@check
def generated_ids_and_returning(conn):
    fill(conn)
    seen = set()
    for i in range(1, 9):
        for _ in range(3):
            row = conn.execute("insert into payments (account_id, amount) values (%s, %s) returning id, amount, note", [i, Decimal("1.50")]).fetchone()
            seen.add(row[0])
            same(row[1:], (Decimal("1.50"), None))
    same(len(seen), 24)
    for i in range(1, 9):
        same(conn.execute("select count(*), sum(amount) from payments where account_id = %s", [i]).fetchone(), (3, Decimal("4.50")))


@check
def reference_table_joined_by_key(conn):
    fill(conn)
    same(conn.execute("update currencies set name = 'euro' where code = 'EUR' returning name").fetchall(), [("euro",)])
    for i in range(1, 9):
        same(conn.execute("select a.owner, c.name from accounts a join currencies c on c.code = a.currency where a.id = %s", [i]).fetchone(), (f"owner {i}", "euro"))
    same(conn.execute("select code from currencies order by code").fetchall(), [("EUR",), ("JPY",)])


@check
def executemany_and_pipeline(conn):
    fill(conn)
    with conn.cursor() as cursor:
        cursor.executemany("insert into payments (account_id, amount, note) values (%s, %s, %s) returning account_id",
                           [(1 + i % 8, Decimal(i), f"batch {i}") for i in range(40)], returning=True)
        got = []
        while True:
            got += cursor.fetchall()
            if not cursor.nextset():
                break
        same(got, [(1 + i % 8,) for i in range(40)])
    with conn.pipeline():
        cursors = [conn.execute("select sum(amount) from payments where account_id = %s", [i]) for i in range(1, 9)]
    same(sum(c.fetchone()[0] for c in cursors), Decimal(sum(range(40))))


@check
def error_in_a_pipeline_skips_to_sync(conn):
    fill(conn)

    def failing():
        with conn.pipeline() as pipeline:
            conn.execute("update accounts set owner = 'x' where id = 1")
            conn.execute("select 1/0 from accounts where id = 2")
            conn.execute("update accounts set owner = 'y' where id = 3")
            pipeline.sync()

    expect(errors.DivisionByZero, failing)
    same(conn.execute("select owner from accounts where id = 3").fetchone(), ("owner 3",))
    same(conn.execute("select owner from accounts where id = 1").fetchone(), ("owner 1",))


@check
def transactions(conn):
    fill(conn)
    with conn.transaction():
        conn.execute("update accounts set balance = 100 where id = 1")
    expect(ZeroDivisionError, lambda: rolled_back(conn))
    same(conn.execute("select balance from accounts where id = 1").fetchone(), (Decimal("100.00"),))
    with conn.transaction():
        conn.execute("update accounts set balance = 101 where id = 1")
        try:
            with conn.transaction():
                conn.execute("update accounts set balance = 102 where id = 1")
                conn.execute("select 1/0")
        except errors.DivisionByZero:
            pass
        conn.execute("update accounts set owner = 'after' where id = 1")
    same(conn.execute("select balance, owner from accounts where id = 1").fetchone(), (Decimal("101.00"), "after"))


def rolled_back(conn):
    with conn.transaction():
        conn.execute("update accounts set balance = 666 where id = 1")
        raise ZeroDivisionError


@check
def transactions_over_shards(conn):
    fill(conn)
    with conn.transaction():
        for i in range(1, 9):
            conn.execute("update accounts set balance = balance + 1000 where id = %s", [i])
        conn.execute("savepoint s")
        for i in range(1, 9):
            conn.execute("update accounts set owner = 'undone' where id = %s", [i])
        conn.execute("rollback to savepoint s")
    with conn.transaction(force_rollback=True):
        for i in range(1, 9):
            conn.execute("delete from accounts where id = %s", [i])
    for i in range(1, 9):
        same(conn.execute("select balance, owner from accounts where id = %s", [i]).fetchone(), (Decimal(1000 + i), f"owner {i}"))


@check
def failed_transaction_refuses_until_rollback(conn):
    conn.execute("begin")
    expect(errors.UndefinedTable, lambda: conn.execute("select * from no_such_table"))
    expect(errors.InFailedSqlTransaction, lambda: conn.execute("select 1"))
    same(conn.execute("commit").statusmessage, "ROLLBACK")
    same(conn.execute("select 1").fetchone(), (1,))


@check
def isolation_levels(conn):
    fill(conn)
    for level in (psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE):
        other = connect()
        other.autocommit = False
        other.isolation_level = level
        same(other.execute("select owner from accounts where id = 3").fetchone(), ("owner 3",))
        same(other.execute("show transaction_isolation").fetchone()[0].upper().replace(" ", "_"), level.name)
        conn.execute("update accounts set owner = 'changed' where id = 3")
        same(other.execute("select owner from accounts where id = 3").fetchone(), ("owner 3",))
        other.rollback()
        other.close()
        conn.execute("update accounts set owner = 'owner 3' where id = 3")


@check
def copy_in(conn):
    fill(conn, 40)
    with conn.cursor() as cursor:
        with cursor.copy("copy payments (account_id, amount, note) from stdin") as copy:
            for i in range(1000):
                copy.write_row((1 + i % 40, Decimal(i), None if i % 3 else f"tab\there {i}"))
        same(cursor.rowcount, 1000)
        with cursor.copy("copy payments (account_id, id, amount) from stdin (format binary)") as copy:
            copy.set_types(["int8", "int8", "numeric"])
            for i in range(200):
                copy.write_row((1 + i % 40, 1000000 + i, Decimal("0.01")))
        with cursor.copy("copy payments (account_id, id, amount, note) from stdin (format csv, header)") as copy:
            copy.write("account_id,id,amount,note\n")
            copy.write("".join(f'{1 + i % 40},{2000000 + i},0,"a, ""b"""\n' for i in range(80)))
    for i in (1, 2, 39, 40):
        same(conn.execute("select count(*), count(*) filter (where id >= 2000000 and note = 'a, \"b\"') from payments where account_id = %s", [i]).fetchone(), (32, 2))


@check
def copy_in_fails_as_a_whole(conn):
    fill(conn)

    def bad():
        with conn.cursor().copy("copy payments (account_id, id, amount) from stdin") as copy:
            for i in range(1, 9):
                copy.write_row((i, 1, Decimal(i)))
            copy.write_row((3, 2, "not a number"))

    e = expect(errors.InvalidTextRepresentation, bad)
    assert "COPY payments, line 9, column amount" in (e.diag.context or ""), e.diag.context
    for i in range(1, 9):
        same(conn.execute("select count(*) from payments where account_id = %s", [i]).fetchone(), (0,))


@check
def copy_out(conn):
    fill(conn, 40)
    with conn.cursor().copy("copy accounts (id, owner) to stdout") as copy:
        copy.set_types(["int8", "text"])
        same(sorted(copy.rows()), [(i, f"owner {i}") for i in range(1, 41)])
    with conn.cursor().copy("copy accounts (id, balance) to stdout (format binary)") as copy:
        copy.set_types(["int8", "numeric"])
        same(sorted(copy.rows()), [(i, Decimal(i)) for i in range(1, 41)])
    with conn.cursor().copy("copy currencies to stdout (format csv)") as copy:
        same(b"".join(bytes(c) for c in copy), b"EUR,Euro,2\nJPY,Yen,0\n")
    with conn.cursor().copy("copy (select owner from accounts where id = 5) to stdout") as copy:
        same(b"".join(bytes(c) for c in copy), b"owner 5\n")


@check
def cancel(conn):
    for statement in ("select pg_sleep(30)", "select pg_sleep(30), owner from accounts where id = 3"):
        empty(conn)
        fill(conn)
        timer = threading.Timer(0.5, conn.cancel_safe)
        began = time.monotonic()
        timer.start()
        expect(errors.QueryCanceled, lambda: conn.execute(statement))
        timer.join()
        assert time.monotonic() - began < 10
        same(conn.execute("select 1").fetchone(), (1,))


@check
def statement_timeout(conn):
    conn.execute("set statement_timeout = '200ms'")
    expect(errors.QueryCanceled, lambda: conn.execute("select pg_sleep(5)"))
    conn.execute("reset statement_timeout")
    same(conn.execute("select pg_sleep(0.3)").fetchone(), ("",))


@check
def syntax_error_with_position(conn):
    e = expect(errors.SyntaxError, lambda: conn.execute("select 'ż' as a\n  frm accounts"))
    same((e.diag.sqlstate, e.diag.statement_position), ("42601", "19"))
    e = expect(errors.UndefinedColumn, lambda: conn.execute("select nope from accounts where id = 1"))
    same(e.diag.statement_position, "8")
    same(conn.execute("select 1").fetchone(), (1,))


@check
def unique_violation_and_going_on(conn):
    fill(conn)
    for i in range(1, 9):
        e = expect(errors.UniqueViolation, lambda: conn.execute("insert into accounts values (%s, 'again', 'EUR')", [i]))
        same((e.diag.constraint_name, e.diag.table_name, e.diag.schema_name), ("accounts_pkey", "accounts", "public"))
        same(e.diag.message_detail, f"Key (id)=({i}) already exists.")
    expect(errors.ForeignKeyViolation, lambda: conn.execute("insert into accounts values (100, 'x', 'XXX')"))
    expect(errors.NotNullViolation, lambda: conn.execute("insert into accounts values (100, null, 'EUR')"))
    same(conn.execute("insert into accounts values (3, 'again', 'EUR') on conflict (id) do update set owner = excluded.owner returning owner").fetchone(), ("again",))


@check
def notices(conn):
    seen = []
    conn.add_notice_handler(lambda d: seen.append((d.severity, d.sqlstate, d.message_primary)))
    conn.execute("do $$ begin raise warning 'watch out'; end $$")
    conn.execute("drop table if exists never_was")
    same(seen, [("WARNING", "01000", "watch out"), ("NOTICE", "00000", 'table "never_was" does not exist, skipping')])


@check
def server_side_cursor(conn):
    fill(conn, 3)
    with conn.cursor().copy("copy payments (account_id, id, amount) from stdin") as copy:
        for i in range(500):
            copy.write_row((2, i, Decimal(i)))
    for binary in (False, True):
        with conn.transaction():
            with conn.cursor(name="c", scrollable=True) as cursor:
                cursor.itersize = 37
                cursor.execute("select id from payments where account_id = %s order by id", [2], binary=binary)
                same([r[0] for r in cursor], list(range(500)))
                cursor.scroll(10, mode="absolute")
                same(cursor.fetchmany(3), [(10,), (11,), (12,)])
    with conn.cursor(name="held", withhold=True) as cursor:
        cursor.execute("select id from payments where account_id = 2 order by id")
        same(cursor.fetchmany(2), [(0,), (1,)])
        same(conn.execute("select 1").fetchone(), (1,))
        same(cursor.fetchmany(2), [(2,), (3,)])


@check
def stream_single_rows(conn):
    same([r[0] for r in conn.cursor().stream("select g from generate_series(1, 5000) g")], list(range(1, 5001)))


@check
def many_statements_in_one_query(conn):
    fill(conn)
    cursor = psycopg.ClientCursor(conn)
    cursor.execute("update accounts set owner = 'm' where id = 1; select owner from accounts where id = 1; select 2 as two")
    results = []
    while True:
        results.append(cursor.statusmessage)
        if not cursor.nextset():
            break
    same(results, ["UPDATE 1", "SELECT 1", "SELECT 1"])
    expect(errors.DivisionByZero, lambda: cursor.execute("update accounts set owner = 'n' where id = 1; update accounts set owner = 'n' where id = 2; select 1/0"))
    for i, owner in ((1, "m"), (2, "owner 2")):
        same(conn.execute("select owner from accounts where id = %s", [i]).fetchone(), (owner,))


class Mood(enum.Enum):
    sad = "sad"
    happy = "happy"


@dataclass
class Place:
    name: str
    mood: Mood
    size: int


@check
def user_types(conn):
    conn.execute("create type mood as enum ('sad', 'happy')")
    conn.execute("create type place as (name text, mood mood, size integer)")
    conn.execute("create table moods (id integer primary key, m mood, ms mood[], p place, ps place[])")
    other = connect()
    register_enum(EnumInfo.fetch(other, "mood"), other, Mood)
    register_composite(CompositeInfo.fetch(other, "place"), other, factory=Place)
    somewhere = Place("here, (there)", Mood.happy, 3)
    same(other.execute("select 'happy'::mood, '{sad,happy}'::mood[]", binary=True).fetchone(), (Mood.happy, [Mood.sad, Mood.happy]))
    other.execute("insert into moods values (1, %s, %s, row('here, (there)', 'happy', 3), array[row('here, (there)', 'happy', 3)::place])", [Mood.sad, [Mood.sad, Mood.happy]])
    for binary in (False, True):
        row = other.execute("select m, ms, p, ps from moods where id = %s", [1], binary=binary).fetchone()
        same(row, (Mood.sad, [Mood.sad, Mood.happy], somewhere, [somewhere]))
    other.close()
    conn.execute("drop table moods; drop type place; drop type mood")


class Label(str):
    """A value of citext."""


class LabelledPlace(NamedTuple):
    """A composite whose fields are an enum, citext and an array of the enum."""

    name: str
    mood: Mood
    label: Label
    moods: list


PARCELS = """
create extension citext;
create type mood as enum ('sad', 'happy');
create type place as (name text, mood mood, label citext, moods mood[]);
create table parcels (account_id bigint primary key, m mood, ms mood[], p place, ps place[], c citext, cs citext[])
"""
PARCEL_COLUMNS = ("mood", "mood[]", "place", "place[]", "citext", "citext[]")


def parcel(i):
    place = LabelledPlace(f"here, ({i})", Mood.happy if i % 3 else Mood.sad, Label(f"Label {i}"), [Mood.sad, Mood.happy])
    return [Mood.sad if i % 2 else Mood.happy, [Mood.happy, None, Mood.sad], place, [place, None, place], Label(f"CamelCase {i}"), [Label("A"), None, Label(f"b{i}")]]


def move_the_numbers():
    """Uses up numbers on one shard, so that what is made next has another number there than on the others."""
    if "s2" in SHARDS:
        with psycopg.connect(SHARDS["s2"], autocommit=True) as shard:
            shard.execute("create schema junk")
            for i in range(7):
                shard.execute(f"create type junk.mood{i} as enum ('{i}')")
                shard.execute(f"create table junk.parcels{i} (id integer, label text)")
            shard.execute("drop schema junk cascade")


@contextlib.contextmanager
def parcels(conn):
    """The types and the table that uses them; gives a connection that knows them."""
    move_the_numbers()
    try:
        for statement in PARCELS.split(";"):
            conn.execute(statement)
        with connect() as other:
            learn_types(other)
            yield other
    finally:
        for kind, name in (("table", "parcels"), ("type", "place"), ("type", "mood"), ("extension", "citext")):
            conn.execute(f"drop {kind} if exists {name}")


def numbers(url):
    with psycopg.connect(url) as shard:
        return dict(shard.execute("select typname::text, oid from pg_type where typname in ('mood', '_mood', 'place', '_place', 'citext', '_citext', 'parcels')").fetchall())


def learn_types(conn):
    register_enum(EnumInfo.fetch(conn, "mood"), conn, Mood)
    citext = TypeInfo.fetch(conn, "citext")
    citext.register(conn)
    for base in (StrDumper, StrBinaryDumper):
        conn.adapters.register_dumper(Label, type("LabelDumper", (base,), {"oid": citext.oid}))
    conn.adapters.register_loader(citext.oid, TextLoader)
    conn.adapters.register_loader(citext.oid, TextBinaryLoader)
    register_composite(CompositeInfo.fetch(conn, "place"), conn, factory=LabelledPlace)


@check
def user_types_numbered_differently_on_each_shard(conn):
    with parcels(conn) as other:
        seen = numbers(URL)
        if SHARDS:
            same(numbers(SHARDS["s1"]), seen)
            there = numbers(SHARDS["s2"])
            same([name for name in seen if there[name] == seen[name]], [])
        for prepare in (False, True):
            for mark in ("%t", "%b"):
                for binary in (False, True):
                    by_each_shard(other, prepare, mark, binary)
                    for kind, value in zip(PARCEL_COLUMNS, parcel(1)):
                        same(other.execute(f"select {mark}::{kind}", [value], binary=binary, prepare=prepare).fetchone(), (value,))


def by_each_shard(conn, prepare, mark, binary):
    """Writes and reads rows of every shard with one way to send parameters and to get results."""
    conn.execute("truncate parcels")
    for i in range(1, 41):
        row = conn.execute(f"insert into parcels values (%s, {', '.join([mark] * 6)}) returning m, ms, p, ps, c, cs", [i, *parcel(i)], prepare=prepare, binary=binary).fetchone()
        same(list(row), parcel(i))
    kinds = {}
    for i in range(1, 41):
        m, ms, p, ps, c, cs = parcel(i)
        where = f"account_id = %s and m = {mark} and ms = {mark} and p = {mark} and ps = {mark} and c = {mark} and cs = {mark}"
        cursor = conn.execute(f"select m, ms, p, ps, c, cs, parcels from parcels where {where}", [i, m, ms, p, ps, Label(c.upper()), cs], prepare=prepare, binary=binary)
        kinds[tuple(column.type_code for column in cursor.description)] = i
        same(list(cursor.fetchone()[:6]), parcel(i))
        row = conn.execute(f"update parcels set p.moods = {mark}, ps[2] = {mark} where account_id = %s and {mark} = any (ms) returning (p).moods, ps[2]", [[m], p, i, Mood.sad], prepare=prepare, binary=binary).fetchone()
        same(row, ([m], p))
    same(len(kinds), 1)


@check
def user_types_by_copy(conn):
    with parcels(conn) as other, other.cursor() as cursor:
        for form in ("text", "binary"):
            with cursor.copy(f"copy parcels from stdin (format {form})") as copy:
                copy.set_types(["bigint", *PARCEL_COLUMNS])
                for i in range(1, 41):
                    copy.write_row([i, *parcel(i)])
            same(cursor.rowcount, 40)
            with cursor.copy(f"copy parcels to stdout (format {form})") as copy:
                copy.set_types(["bigint", *PARCEL_COLUMNS])
                rows = sorted(copy.rows(), key=lambda row: int(row[0]))
            same([list(row) for row in rows], [[i, *parcel(i)] for i in range(1, 41)])
            conn.execute("truncate parcels")


@check
def listen_notify(conn):
    listener = connect()
    listener.execute("listen news")
    conn.execute("select pg_notify('news', 'hello')")
    conn.execute("notify news, 'again'")
    got = [n.payload for n in listener.notifies(timeout=10, stop_after=2)]
    same(got, ["hello", "again"])
    listener.execute("unlisten *")
    listener.close()


@check
def session_settings(conn):
    fill(conn)
    conn.execute("set timezone = 'Asia/Tokyo'")
    same(conn.info.parameter_status("TimeZone"), "Asia/Tokyo")
    for i in range(1, 9):
        same(conn.execute("select current_setting('timezone') from accounts where id = %s", [i]).fetchone(), ("Asia/Tokyo",))
    with conn.transaction(force_rollback=True):
        conn.execute("set timezone = 'UTC'")
        same(conn.execute("select current_setting('timezone') from accounts where id = 1").fetchone(), ("UTC",))
    same(conn.execute("show timezone").fetchone(), ("Asia/Tokyo",))
    conn.execute("discard all")
    conn.execute("set client_encoding = latin1")
    conn.execute("update accounts set owner = %s where id = 4", ["Grüße"])
    same(conn.execute("select octet_length(owner), owner from accounts where id = 4").fetchone(), (7, "Grüße"))
    conn.execute("set client_encoding = utf8")


@check
def temporary_table(conn):
    conn.execute("create temporary table accounts_seen (id bigint)")
    conn.execute("insert into accounts_seen select generate_series(1, 10)")
    same(conn.execute("select count(*) from accounts_seen").fetchone(), (10,))
    conn.execute("drop table accounts_seen")


@check
def large_values(conn):
    big = "x" * 3_000_000
    conn.execute("insert into documents values ('big', 'one', to_jsonb(%s::text))", [big])
    same(conn.execute("select body #>> '{}' from documents where tenant = 'big'").fetchone()[0], big)
    same(len(conn.execute("select %b::bytea", [b"\0" * 5_000_000], binary=True).fetchone()[0]), 5_000_000)


@check
def asynchronous(conn):
    fill(conn)

    async def one(i):
        async with await psycopg.AsyncConnection.connect(URL, autocommit=True) as other:
            cursor = await other.execute("select owner from accounts where id = %s", [1 + i % 8], prepare=True)
            return await cursor.fetchone()

    async def all_of_them():
        return await asyncio.gather(*(one(i) for i in range(24)))

    same(asyncio.run(all_of_them()), [(f"owner {1 + i % 8}",) for i in range(24)])


def relations(conn):
    return conn.execute("select relname::text from pg_class where relnamespace = 'public'::regnamespace order by 1").fetchall()


def main():
    conn = connect()
    for statement in DROP.split(";"):
        conn.execute(statement)
    before = relations(conn)
    for statement in SCHEMA.split(";"):
        conn.execute(statement)
    failed = 0
    for function in CHECKS:
        name = f"psycopg.{function.__name__}"
        one = connect()
        try:
            empty(one)
            function(one)
            print(f"ok {name}", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL {name} {type(e).__name__}: {' '.join(str(e).split())}", flush=True)
            traceback.print_exc()
        finally:
            one.close()
    for statement in DROP.split(";"):
        conn.execute(statement)
    left = relations(conn)
    failed += left != before
    print("ok psycopg.nothing_left" if left == before else f"FAIL psycopg.nothing_left {left}")
    conn.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
