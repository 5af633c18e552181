"""psql against SHARDGATE_URL, scripted and at a terminal: one line per check, exit code 1 when one failed."""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import traceback

URL = os.environ["SHARDGATE_URL"]
SHARDS = dict(word.split("=", 1) for word in os.environ.get("SHARDGATE_SHARDS", "").split())
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PSQLRC": "/dev/null", "PAGER": "cat", "TERM": "xterm", "PGCONNECT_TIMEOUT": "20"}
CHECKS = []

DROP = "drop table if exists payments, accounts, documents, readings, currencies, notes cascade; drop function if exists twice(integer); drop view if exists currency_names;"

SCHEMA = """
create table currencies (code text primary key, name text not null, digits smallint not null);
create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0);
create table payments (account_id bigint not null references accounts (id), id bigserial, amount numeric(14,2) not null, note text, at timestamptz not null default now(), primary key (account_id, id));
create table documents (tenant text not null, name text not null, body jsonb, primary key (tenant, name));
create table readings (device uuid not null, at timestamptz not null, value double precision, primary key (device, at));
create table notes (id integer generated always as identity primary key, body text);
create index notes_body on notes (body);
create function twice(i integer) returns integer language sql immutable as 'select 2 * i';
comment on table accounts is 'who has what';
"""

FILL = """
truncate payments, accounts, currencies, documents, readings, notes;
insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0);
insert into accounts select i, 'owner ' || i, 'EUR', i from generate_series(1, 8) i;
"""


def check(function):
    CHECKS.append(function)
    return function


def psql(script, *options, code=0, url=URL):
    """Runs a script as `psql -f -`; stdout and stderr together, in order."""
    run = subprocess.run(["psql", "-X", *options, "-d", url, "-f", "-"], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, timeout=60)
    assert run.returncode == code, f"exit code {run.returncode} instead of {code}: {run.stdout}"
    return run.stdout


def rows(script, *options):
    return psql(script, "-qAt", *options).splitlines()


def older_than_the_server():
    own = int(re.search(r"(\d+)", subprocess.run(["psql", "--version"], capture_output=True, text=True).stdout).group(1))
    return own < 17 <= int(rows("show server_version_num")[0]) // 10000


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def has(text, *patterns):
    for pattern in patterns:
        assert re.search(pattern, text, re.M), f"no {pattern!r} in {text!r}"


@check
def login():
    same(rows("select current_user, current_database()"), ["app|app"])
    has(psql(r"\conninfo"), 'You are connected to database "app" as user "app"')


@check
def wrong_password_and_unknown_database():
    has(psql("select 1", code=2, url=re.sub(r":[^:@/]*@", ":not-it@", URL)), 'FATAL:  password authentication failed for user "app"')
    has(psql("select 1", code=2, url=re.sub(r"/[^/]*$", "/no_such_database", URL)), 'FATAL:  database "no_such_database" does not exist')


@check
def describe_a_table():
    text = psql(r"\d accounts")
    has(text, r'Table "public.accounts"', r"^ id +\| bigint +\| +\| not null \| *$", r"^ balance +\| numeric\(14,2\) +\| +\| not null \| 0$",
        r'"accounts_pkey" PRIMARY KEY, btree \(id\)', r"FOREIGN KEY \(currency\) REFERENCES currencies\(code\)", r'TABLE "payments" CONSTRAINT "payments_account_id_fkey"')
    has(psql(r"\d notes"), r"generated always as identity", r'"notes_body" btree \(body\)')


@check
def lists():
    has(psql(r"\dt+"), r"^ public \| accounts +\| table \| app +\| permanent +\| heap .* who has what", r"^ public \| currencies ", r"\(6 rows\)")
    has(psql(r"\d"), r"^ public \| notes_id_seq +\| sequence \| app", r"^ public \| payments +\| table")
    has(psql(r"\df"), r"^ public \| twice \| integer +\| i integer +\| func")
    has(psql(r"\sf twice"), r"FUNCTION public.twice\(i integer\)")
    has(psql(r"\di+"), r"notes_body +\| index \| app +\| notes")
    has(psql(r"\dn"), r"^ *public +\|")
    if not older_than_the_server():  # \l of psql 16 and before asks for a column that PostgreSQL 17 renamed
        has(psql(r"\l"), r"^ app +\| app +\| UTF8")
    has(psql(r"\du"), r"^ app +\|")
    has(psql(r"\d no_such_table", code=0), 'Did not find any relation named "no_such_table"')


@check
def errors_with_position():
    text = psql("select 'ż' as a\n  frm accounts;\nselect 'going on';")
    has(text, r'ERROR:  syntax error at or near "frm"\nLINE 2:   frm accounts;\n +\^\n', "going on")
    same(text.split("LINE 2:")[1].split("\n")[1].index("^"), text.split("LINE 2:")[1].split("\n")[0].index("frm") + len("LINE 2:"))
    has(psql("select nope from accounts where id = 1;"), r'column "nope" does not exist\nLINE 1: select nope from accounts where id = 1;\n +\^')
    has(psql("select 1/0;\n\\errverbose"), r"ERROR:  22012: division by zero")


@check
def unique_violation_and_going_on():
    text = psql(FILL + "insert into accounts values (5, 'again', 'EUR');\nselect owner from accounts where id = 5;")
    has(text, r'ERROR:  duplicate key value violates unique constraint "accounts_pkey"\n(psql.*)?DETAIL:  Key \(id\)=\(5\) already exists.', "owner 5")
    psql("select 1/0; select 2;", "-v", "ON_ERROR_STOP=1", code=3)


@check
def notices():
    has(psql("do $$ begin raise warning 'watch out' using hint = 'here'; end $$;"), r"WARNING:  watch out\nHINT:  here")
    has(psql("drop table if exists never_was;"), r'NOTICE:  table "never_was" does not exist, skipping')
    has(psql("commit;"), r"WARNING:  there is no transaction in progress\nCOMMIT")
    has(psql("begin; begin; rollback;"), r"BEGIN\n.*WARNING:  there is already a transaction in progress\nBEGIN\nROLLBACK")


@check
def transactions():
    got = rows(FILL + """
begin;
update accounts set owner = 'one' where id = 1;
savepoint s;
update accounts set owner = 'lost' where id = 1;
update accounts set owner = 'lost' where id = 2;
rollback to s;
update accounts set owner = 'three' where id = 3;
release s;
commit and chain;
update accounts set owner = 'lost' where id = 4;
rollback;
select owner from accounts where id = 1;
select owner from accounts where id = 2;
select owner from accounts where id = 3;
select owner from accounts where id = 4;
""")
    same(got, ["one", "owner 2", "three", "owner 4"])
    text = psql("begin;\nselect * from no_such_table;\nselect 1;\ncommit;\n")
    has(text, r"relation \"no_such_table\" does not exist", r"current transaction is aborted, commands ignored until end of transaction block", r"^ROLLBACK$")


@check
def on_error_rollback():
    got = rows(FILL + "\\set ON_ERROR_ROLLBACK on\nbegin;\nupdate accounts set owner = 'kept' where id = 1;\nselect 1/0;\nupdate accounts set owner = 'kept' where id = 2;\ncommit;\n"
               "select owner from accounts where id = 1;\nselect owner from accounts where id = 2;")
    same(got[1:], ["kept", "kept"])


@check
def many_statements_in_one_query():
    psql(FILL)
    run = subprocess.run(["psql", "-XAtq", URL, "-c", "update accounts set owner = 'm' where id = 1; select owner from accounts where id = 1; select 1/0"], capture_output=True, text=True, env=ENVIRONMENT)
    same((run.returncode, run.stdout.strip()), (1, "m"))
    has(run.stderr, "division by zero")
    same(rows("select owner from accounts where id = 1"), ["owner 1"])


@check
def single_transaction_script():
    psql(FILL)
    psql("update accounts set owner = 'x' where id = 1; update accounts set owner = 'x' where id = 2;\nselect 1/0;", "-1", "-v", "ON_ERROR_STOP=1", code=3)
    same(rows("select owner from accounts where id = 1; select owner from accounts where id = 2"), ["owner 1", "owner 2"])


@check
def copy_from_and_to_files():
    with tempfile.TemporaryDirectory() as folder:
        given, taken = f"{folder}/in.csv", f"{folder}/out.csv"
        with open(given, "w") as f:
            f.write("account_id,id,amount,note\n" + "".join(f'{1 + i % 8},{i},{i}.25,"a, ""b"" {i}"\n' for i in range(4000)))
        has(psql(f"{FILL}\\copy payments (account_id, id, amount, note) from '{given}' with (format csv, header)"), "^COPY 4000$")
        same(rows("select count(*), sum(amount) from payments where account_id = 3"), [f"500|{sum(range(2, 4000, 8)) + 125}.00"])
        has(psql(f"\\copy payments (account_id, id, amount, note) to '{taken}' with (format csv)"), "^COPY 4000$")
        with open(given) as a, open(taken) as b:
            same(sorted(b.read().splitlines()), sorted(a.read().splitlines()[1:]))
        has(psql(f"\\copy (select owner from accounts where id = 4) to '{taken}'"), "^COPY 1$")
        with open(taken) as b:
            same(b.read(), "owner 4\n")
        has(psql(f"\\copy accounts from '{given}' csv"), r"ERROR:  .*", r"CONTEXT:  COPY accounts, line 1")
    has(psql(FILL + "copy documents from stdin;\nt1\ta\t{}\nt2\tb\t\\N\n\\.\ncopy documents (tenant) to stdout;"), "^COPY 2$", "^t1$", "^t2$")


@check
def sql_prepare_and_execute():
    got = rows(FILL + "prepare p (bigint) as select owner from accounts where id = $1;\n" + "".join(f"execute p({i});\n" for i in range(1, 9)) + "deallocate p;\nexecute p(1);")
    same(got[:8], [f"owner {i}" for i in range(1, 9)])
    has(got[8], 'prepared statement "p" does not exist')


@check
def cursors():
    got = rows(FILL + "insert into payments (account_id, id, amount) select 2, i, i from generate_series(1, 10) i;\n"
               "begin;\ndeclare c scroll cursor for select id from payments where account_id = 2 order by id;\nfetch 2 from c;\nmove 3 from c;\nfetch next from c;\nfetch backward 1 from c;\nclose c;\ncommit;")
    same(got, ["1", "2", "6", "5"])
    same(rows("\\set FETCH_COUNT 3\nselect id from payments where account_id = 2 order by id"), [str(i) for i in range(1, 11)])


@check
def gset_gdesc_gexec():
    same(rows("select 7 as key \\gset\nselect owner from accounts where id = :key;"), ["owner 7"])
    has(psql("select id, owner, balance from accounts where id = 1 \\gdesc"), r"balance \| numeric\(14,2\)")
    same(rows("select format('select %s + 1', i) from generate_series(1, 2) i \\gexec"), ["2", "3"])


@check
def settings():
    same(rows("set timezone = 'Asia/Tokyo'; show timezone; select current_setting('timezone') from accounts where id = 3; reset timezone; \nbegin; set local statement_timeout = 1234; show statement_timeout; commit; show statement_timeout;"),
         ["Asia/Tokyo", "Asia/Tokyo", "1234ms", "0"])
    same(rows("\\encoding latin1\nselect octet_length(convert_to('é', 'UTF8'));"), ["4"])
    same(rows("create temporary table seen as select 1 as a; select * from seen; discard temp; select to_regclass('seen') is null;"), ["1", "t"])


@check
def returning_and_generated_ids():
    got = rows(FILL + "".join(f"insert into payments (account_id, amount) values ({1 + i % 8}, 1) returning id;\n" for i in range(24)))
    same(len(set(got)), 24)
    same(len(rows("insert into notes (body) values ('a'), ('b') returning id")), 2)


@check
def views_and_functions():
    same(rows(FILL + "create or replace view currency_names as select name from currencies;\nselect * from currency_names order by 1;\nselect twice(digits) from currencies order by 1;"), ["Euro", "Yen", "0", "4"])
    psql("drop view currency_names;")


@check
def explain():
    has(psql("explain select owner from accounts where id = 1;"), r"QUERY PLAN", r"accounts")
    has(psql("explain (analyze, costs off, timing off) select * from currencies;"), r"currencies")


class Terminal:
    """psql as someone at a keyboard has it."""

    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("psql", ["psql", "-X", URL], ENVIRONMENT)
        self.seen = ""
        self.wait_for(r"app=> ")

    def wait_for(self, pattern, seconds=15):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            ready = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"no {pattern!r} in {self.seen!r}"
            try:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"psql ended: {self.seen!r}") from None
        seen, self.seen = self.seen, ""
        return seen

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        self.type("\x15\\q\n")
        for _ in range(50):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            try:
                select.select([self.fd], [], [], 0.1)[0] and os.read(self.fd, 65536)
            except OSError:
                pass
        else:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@check
def ctrl_c():
    psql(FILL)
    terminal = Terminal()
    try:
        for statement in ("select pg_sleep(30);", "select pg_sleep(30) from accounts where id = 3;"):
            terminal.type(statement + "\n")
            time.sleep(0.7)
            began = time.monotonic()
            terminal.type("\x03")
            terminal.wait_for("ERROR:  canceling statement due to user request[\\s\\S]*app=> ")
            assert time.monotonic() - began < 10
            terminal.type("select 'still ' || 'here';\n")
            terminal.wait_for("still here[\\s\\S]*app=> ")
        terminal.type("begin; update accounts set owner = 'x' where id = 3; select pg_sleep(30);\n")
        time.sleep(0.7)
        terminal.type("\x03")
        terminal.wait_for(r"canceling statement[\s\S]*app=!> ")
        terminal.type("rollback;\n")
        terminal.wait_for(r"ROLLBACK[\s\S]*app=> ")
    finally:
        terminal.close()
    same(rows("select owner from accounts where id = 3"), ["owner 3"])


@check
def tab_completion():
    terminal = Terminal()
    try:
        terminal.type("select * from acc\t")
        terminal.wait_for("select \\* from accounts ")
        terminal.type("where own\t")
        terminal.wait_for("where owner ")
        terminal.type("\x15\\d curr\t")
        terminal.wait_for("curr\x07?encies")
    finally:
        terminal.close()


@check
def rows_are_on_their_shards():
    """Only where the shards' URLs are known: every row is on one shard, none is empty, the reference table is everywhere."""
    if not SHARDS:
        return
    psql("truncate payments, accounts, currencies; insert into currencies values ('EUR', 'Euro', 2); insert into accounts select i, 'o', 'EUR' from generate_series(1, 400) i;")
    ids, per_shard = [], {}
    for name, url in SHARDS.items():
        found = psql("select id from accounts", "-qAt", url=url).split()
        per_shard[name] = len(found)
        ids += found
        same(psql("select code from currencies", "-qAt", url=url).split(), ["EUR"])
    same(sorted(map(int, ids)), list(range(1, 401)))
    assert min(per_shard.values()) > 400 / len(SHARDS) / 3, per_shard
    has(psql("explain (route) select owner from accounts where id = 1;"), r"s\d")
    for what in ("SHARDS", "TABLES", "MAP", "POOLS", "CLIENTS", "VERSION"):
        assert rows(f"show shardgate {what}"), what


def relations():
    return rows("select relname from pg_class where relnamespace = 'public'::regnamespace order by 1")


def main():
    psql(DROP)
    before = relations()
    psql(SCHEMA, "-v", "ON_ERROR_STOP=1")
    psql(FILL, "-v", "ON_ERROR_STOP=1")
    failed = 0
    for function in CHECKS:
        name = f"psql.{function.__name__}"
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL {name} {type(e).__name__}: {' '.join(str(e).split())[:600]}", flush=True)
            traceback.print_exc()
    psql(DROP)
    left = relations()
    failed += left != before
    print("ok psql.nothing_left" if left == before else f"FAIL psql.nothing_left {left}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
