"""pg_dump of a sharded database, restored into one PostgreSQL; psql's \\d commands, compared with that. One line per check, exit code 1 when one failed."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import traceback

URL = os.environ["SHARDGATE_URL"]
SHARDS = dict(word.split("=", 1) for word in os.environ.get("SHARDGATE_SHARDS", "").split())
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PSQLRC": "/dev/null", "PAGER": "cat", "PGCONNECT_TIMEOUT": "20"}
PER_SHARD = {"PGOPTIONS": "-c shardgate.snapshot=per-shard"}
RESTORED = "restored"
CHECKS = []

TABLES = {
    "accounts": "id", "payments": "account_id, id", "readings": "device, at", "events": "at, id", "documents": "tenant, name", "currencies": "code", "notes": "id", "tags": "note, tag",
    "measures": "account_id, at", "apart.things": "id",
}
DROP = f"""drop materialized view if exists note_counts; drop view if exists rich, note_titles;
drop table if exists {', '.join(reversed(TABLES))} cascade; drop function if exists twice(integer); drop function if exists noted() cascade; drop type if exists mood cascade; drop domain if exists short_text; drop sequence if exists tickets; drop schema if exists apart;"""

SCHEMA = """
create type mood as enum ('sad', 'ok', 'happy');
create domain short_text as text check (length(value) < 40);
create function twice(i integer) returns integer language sql immutable as 'select 2 * i';
create table currencies (code text primary key, name text not null, digits smallint not null);
create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0, feeling mood, doubled numeric generated always as (balance * 2) stored, check (balance > -1000000));
create table payments (account_id bigint not null references accounts (id) on delete cascade, id bigserial, amount numeric(14,2) not null, note short_text, at timestamptz not null default now(), primary key (account_id, id));
create index payments_note on payments (note) where amount > 0;
create table readings (device uuid not null, at timestamptz not null, value double precision, raw bytea, tags text[], primary key (device, at));
create table events (at date not null, id int not null, what jsonb, primary key (at, id));
create table documents (tenant text not null, name text not null, body text, primary key (tenant, name));
create table notes (id integer generated always as identity primary key, title varchar(80), body text);
create table tags (note integer references notes (id), tag text, primary key (note, tag));
create index notes_lower on notes (lower(title));
create table measures (account_id bigint not null, at date not null, value int, primary key (account_id, at)) partition by range (at);
create table measures_2025 partition of measures for values from ('2025-01-01') to ('2026-01-01');
create table measures_rest partition of measures default;
alter table events enable row level security;
create policy some_events on events for select to public using (id % 2 = 0);
create schema apart;
create table apart.things (id bigint primary key, what text default 'nothing');
alter table apart.things add column late int default 5; alter table apart.things drop column what;
create function noted() returns trigger language plpgsql as $$ begin new.body := coalesce(new.body, 'none'); return new; end $$;
create trigger notes_noted before insert on notes for each row execute function noted();
create sequence tickets start 7 increment 3;
create view rich as select id, owner, balance from accounts where balance > 100;
create view note_titles as select n.title, count(t.tag) as tags from notes n left join tags t on t.note = n.id group by n.id;
create materialized view note_counts as select count(*) as n from notes;
comment on table accounts is 'who has what, it''s said';
comment on column accounts.feeling is 'today''s';
grant select on accounts, notes to public;
alter table notes alter column title set statistics 200;
"""

FILL = r"""
insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0), ('XX\n', E'tab\tback\\slash', 0);
insert into accounts (id, owner, currency, balance, feeling) select i, case i % 7 when 0 then E'o''wner\n' || i else 'owner ' || i end, case i % 2 when 0 then 'EUR' else 'JPY' end, i * 1.25, (enum_range(null::mood))[1 + i % 4] from generate_series(1, 500) i;
insert into readings select gen_random_uuid(), timestamptz '2026-01-01' + i * interval '1 minute', case i % 5 when 0 then 'NaN' when 1 then null else i / 3.0 end, decode(md5(i::text), 'hex'), array['a', null, 'b,"' || i] from generate_series(1, 300) i;
insert into events select date '2025-11-01' + i, i, jsonb_build_object('n', i, 'x', null) from generate_series(1, 365) i;
insert into notes (title, body) select 'Title ' || i, repeat('body ', i) from generate_series(1, 50) i;
insert into tags select 1 + i % 50, 'tag' || i from generate_series(1, 80) i;
insert into measures select i, date '2025-01-01' + 20 * i, i from generate_series(1, 40) i;
insert into apart.things select i from generate_series(1, 90) i;
select nextval('tickets'), nextval('tickets');
refresh materialized view note_counts;
"""


def check(function):
    CHECKS.append(function)
    return function


def run(program, *arguments, code=0, given=None, **settings):
    done = subprocess.run([str(BIN / program), *arguments], input=given, capture_output=True, text=True, env={**ENVIRONMENT, **settings}, timeout=120)
    assert done.returncode == code, f"{program} {arguments}: exit code {done.returncode} instead of {code}: {(done.stdout if code else '')[-300:]} {done.stderr[-900:]}"
    return done.stderr if code else done.stdout


def psql(script, *options, url=URL):
    return run("psql", "-X", "-v", "ON_ERROR_STOP=1", *options, "-d", url, "-f", "-", given=script)


def rows(script, url=URL):
    return psql(script, "-qAt", url=url).splitlines()


def programs():
    """The folder with the programs of the server's major version."""
    here = pathlib.Path(__file__).parent
    version = subprocess.run([str(here / "18/bin/psql"), "-XAt", "-d", URL, "-c", "show server_version_num"], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    return here / str(int(version.stdout) // 10000) / "bin"


def dump(*options, code=0, settings=PER_SHARD):
    return run("pg_dump", "-d", URL, "-N", "shardgate", *options, code=code, **settings)


def another(database=RESTORED):
    """An empty database of one PostgreSQL that is no part of the cluster's: beside the shard's own, on the last shard's server."""
    server = list(SHARDS.values())[-1]
    psql(f"drop database if exists {database};\ncreate database {database} owner app;", "-q", url=server)
    return re.sub(r"/[^/]*$", f"/{database}", server)


def same(got, wanted):
    assert got == wanted, f"{got[:600]!r} instead of {wanted[:600]!r}"


def contents(url, table):
    return psql(f"\\copy (select * from {table} order by {TABLES[table]}) to stdout", "-q", url=url)


def same_contents(url, tables=TABLES):
    for table in tables:
        there = contents(URL, table)
        assert there.count("\n") > 2, f"{table} is empty"
        same(contents(url, table), there)


def plain(text):
    """A dump without the words that are made up anew each time."""
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", text)


def same_counters(url):
    """A sequence goes on behind every number that was given out."""
    for sequence, table in (("payments_id_seq", "payments"), ("notes_id_seq", "notes")):
        last, greatest = rows(f"select last_value from {sequence}; select max(id) from {table};", url=url)
        assert int(last) >= int(greatest), f"{sequence}: {last} < {greatest}"
    assert int(rows("select nextval('tickets')", url=url)[0]) >= 13


@check
def without_the_setting_it_is_refused_and_says_what_to_do():
    said = dump(code=1, settings={})
    assert "a REPEATABLE READ transaction cannot use more than one shard" in said and "SET shardgate.snapshot = 'per-shard'" in said, said


@check
def plain_format():
    url = another()
    psql(dump(), "-q", url=url)
    same_contents(url)
    same_counters(url)
    same(rows("select * from rich order by id", url=url), rows("select * from rich order by id"))
    same(rows("select * from note_titles order by 1; select n from note_counts; select twice(21)", url=url), rows("select * from note_titles order by 1; select n from note_counts; select twice(21)"))
    psql("insert into payments (account_id, amount) values (1, 1); insert into notes (title) values ('after');", "-q", url=url)


@check
def what_was_restored_is_dumped_alike():
    """The cluster's schema is that of one PostgreSQL, word for word."""
    url = another()
    psql(dump(), "-q", url=url)
    for options in (["--schema-only"], ["--schema-only", "--section=pre-data"], ["--schema-only", "--clean", "--if-exists"], ["-n", "apart", "--schema-only"], ["-t", "accounts", "-t", "notes", "--schema-only"]):
        same(plain(dump(*options)), plain(run("pg_dump", "-d", url, *options)))


@check
def custom_format():
    with tempfile.TemporaryDirectory() as folder:
        dump("-Fc", "-f", f"{folder}/dump")
        url = another()
        run("pg_restore", "-d", url, "--exit-on-error", f"{folder}/dump")
        same_contents(url)
        same_counters(url)
        url = another()
        run("pg_restore", "-d", url, "--exit-on-error", "-j", "2", f"{folder}/dump")
        same_contents(url)


@check
def directory_and_tar():
    with tempfile.TemporaryDirectory() as folder:
        for form in ("d", "t"):
            dump("-F", form, "-f", f"{folder}/{form}")
            url = another()
            run("pg_restore", "-d", url, "--exit-on-error", f"{folder}/{form}")
            same_contents(url)


@check
def schema_then_data():
    url = another()
    psql(dump("--schema-only"), "-q", url=url)
    same(rows("select count(*) from accounts", url=url), ["0"])
    psql(dump("--data-only"), "-q", url=url)
    same_contents(url)
    same_counters(url)


@check
def as_inserts():
    for option in ("--inserts", "--column-inserts", "--rows-per-insert=70"):
        url = another()
        psql(dump(option), "-q", url=url)
        same_contents(url)


@check
def some_tables():
    url = another()
    psql("create type mood as enum ('sad', 'ok', 'happy')", "-q", url=url)
    psql(dump("-t", "accounts", "-t", "currencies"), "-q", url=url)
    same_contents(url, ["accounts", "currencies"])
    same(rows("select count(*) from pg_tables where schemaname = 'public'", url=url), ["2"])
    assert "CREATE TABLE public.accounts" not in dump("-T", "accounts", "-T", "payments")


@check
def with_the_database_itself():
    text = dump("-C", "-t", "notes")
    assert "CREATE DATABASE app WITH" in text and "\\connect app" in text, text[:600]


@check
def home_tables_need_no_setting():
    url = another()
    psql(dump("-t", "tags", "-t", "notes", "--section=pre-data", "--section=data", settings={}), "-q", url=url)
    same_contents(url, ["notes", "tags"])


@check
def into_a_cluster_again():
    """What was dumped goes back through the proxy."""
    data = dump("--data-only", "-t", "payments", "-t", "documents", "-t", "tags")
    there = {table: contents(URL, table) for table in ("payments", "documents", "tags")}
    psql("truncate payments, documents, tags;", "-q")
    psql(data, "-q")
    for table, before in there.items():
        same(contents(URL, table), before)


@check
def in_parallel_it_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        said = dump("-Fd", "-j", "2", "-f", f"{folder}/d", code=1)
        assert "snapshot" in said.lower(), said
        assert "is not supported" in said, said


@check
def serializable_deferrable_is_refused():
    said = dump("--serializable-deferrable", code=1)
    assert "a SERIALIZABLE transaction cannot use more than one shard" in said, said


@check
def the_schema_of_our_own_is_left_out_by_name():
    assert "shardgate" not in dump("--schema-only")
    said = run("pg_dump", "-d", URL, code=1, **PER_SHARD)
    assert "permission denied for" in said, said


def described(command, url):
    """What psql shows, errors included, without sizes and the widths of columns."""
    done = subprocess.run([str(BIN / "psql"), "-X", "-d", url, "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, timeout=60)
    text = done.stdout
    return re.sub(r"\d+(\.\d+)? (bytes|kB|MB)", "a size", re.sub(r" +", " ", re.sub(r"-{3,}", "---", text)))


@check
def psql_describes_what_one_server_does():
    url = another()
    psql(dump(), "-q", url=url)
    for command in (
        r"\d", r"\d+ accounts", r"\d+ payments", r"\d+ readings", r"\d+ events", r"\d+ documents", r"\d+ currencies", r"\d+ notes", r"\d+ tags", r"\d+ rich", r"\d+ note_titles", r"\d+ note_counts",
        r"\d+ measures", r"\d+ measures_2025", r"\d+ apart.things", r"\dP+", r"\dt apart.*", r"\dft", r"\d+ tickets", r"\d+ payments_note", r"\d notes_id_seq", r"\dt", r"\dt+ *s", r"\di", r"\di+ public.*", r"\dv+", r"\dm+", r"\ds+", r"\dn pub*", r"\dn+ public", r"\df", r"\df+ twice", r"\sf twice",
        r"\sv rich", r"\sv+ note_titles", r"\dp", r"\z accounts", r"\dT+", r"\dD+", r"\du app", r"\dd", r"\dc", r"\dC mood", r"\dl", r"\dx", r"\dy", r"\dF", r"\do public.*", r"\da public.*", r"\ddp",
        r"\dO public.*", r"\drds app", r"\dRp", r"\dRs", r"\dX", r"\des", r"\dL", r"\dA", r"\db", r"\dg app", r"\d pg_class", r"\dt pg_catalog.pg_c*", r"\d no_such_table", r"\dt no_such_table", r"\d+ public.acc*",
        r"\dconfig work_mem",
    ):
        here, there = described(command, URL), described(command, url)
        assert here == there, f"{command}: {here[:400]!r} instead of {there[:400]!r}"
    assert '"accounts_pkey" PRIMARY KEY' in described(r"\d+ accounts", URL)
    here, there = ([line for line in described(r"\l+", each).splitlines() if line.startswith(" app ")] for each in (URL, url))
    assert len(here) == 1
    same(here, there)


def main():
    psql(DROP, "-q")
    psql(SCHEMA, "-q")
    psql(FILL, "-q")
    psql("".join(f"insert into payments (account_id, amount, note) values ({1 + i % 500}, {i}.5, 'p{i}');\n" for i in range(200)), "-q")
    psql("".join(f"insert into documents values ('tenant {i % 30}', 'doc {i}', repeat('x', {i * 50}));\n" for i in range(120)), "-q")
    failed = 0
    for function in CHECKS:
        name = f"pg_dump.{function.__name__}"
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL {name} {type(e).__name__}: {' '.join(str(e).split())[:900]}", flush=True)
            traceback.print_exc()
    psql(DROP, "-q")
    psql(f"drop database if exists {RESTORED}", "-q", url=list(SHARDS.values())[-1])
    return 1 if failed else 0


if __name__ == "__main__":
    BIN = programs()
    sys.exit(main())
