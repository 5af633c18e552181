"""pgbench against SHARDGATE_URL: `check.py select` or `check.py full`; one line per check, exit code 1 when one failed.

Every run must end without an error and without a stall (a progress line of 0 tps); the totals must agree afterwards, and
where the shards' URLs are known each row must be where one row of its kind belongs.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

URL = os.environ["SHARDGATE_URL"]
SHARDS = dict(word.split("=", 1) for word in os.environ.get("SHARDGATE_SHARDS", "").split())
SECONDS = os.environ.get("PGBENCH_SECONDS", "8")
SCALE = 2
TABLES = "pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers"
failed = 0


def pgbench(*options):
    program = shutil.which("pgbench") or sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))[-1]
    run = subprocess.run([program, *options, URL], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180)
    print(run.stdout, flush=True)
    assert run.returncode == 0, f"exit code {run.returncode}: {last_line(run.stdout)}"
    return run.stdout


def last_line(text):
    lines = [line for line in text.splitlines() if re.search("error|fatal|abort", line, re.I)] or text.splitlines() or [""]
    return lines[0][:300]


def sql(text, url=URL):
    run = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr.strip()
    return run.stdout.split()


def total(table, column):
    """Over all shards: COPY reads a whole table wherever its rows are."""
    return sum(map(int, sql(f"copy {table} ({column}) to stdout")))


def same(got, wanted, what):
    assert got == wanted, f"{what}: {got!r} instead of {wanted!r}"


def check(name, action, *arguments):
    global failed
    try:
        action(*arguments)
        print(f"ok pgbench.{name}", flush=True)
    except Exception as e:
        failed += 1
        print(f"FAIL pgbench.{name} {type(e).__name__}: {' '.join(str(e).split())[:500]}", flush=True)


def initialise(steps):
    pgbench("-i", "-q", "-I", steps, "-s", str(SCALE))
    same(sorted(map(int, sql("copy pgbench_accounts (aid) to stdout"))), list(range(1, 100_000 * SCALE + 1)), "accounts")
    same(sorted(map(int, sql("copy pgbench_tellers (tid) to stdout"))), list(range(1, 10 * SCALE + 1)), "tellers")
    same(sql("select bid from pgbench_branches order by bid"), [str(b) for b in range(1, SCALE + 1)], "branches")
    spread()


def spread():
    """Accounts and tellers are on one shard each, branches on every one, history at home."""
    if not SHARDS:
        return
    accounts, tellers = {}, {}
    for name, url in SHARDS.items():
        accounts[name] = int(sql("select count(*) from pgbench_accounts", url)[0])
        tellers[name] = int(sql("select count(*) from pgbench_tellers", url)[0])
        same(sql("select bid from pgbench_branches order by bid", url), [str(b) for b in range(1, SCALE + 1)], f"branches on {name}")
        if name != "s1":
            same(sql("select case when to_regclass('pgbench_history') is null then 'none' else 'some' end", url), ["none"], f"pgbench_history on {name}")
    same(sum(accounts.values()), 100_000 * SCALE, f"accounts {accounts}")
    same(sum(tellers.values()), 10 * SCALE, f"tellers {tellers}")
    assert min(accounts.values()) > 100_000 * SCALE / len(SHARDS) * 0.8, f"accounts {accounts}"


def measure(script, mode, clients):
    output = pgbench("-n", *script, "-M", mode, "-c", str(clients), "-j", "2", "-P", "1", "-T", SECONDS)
    rates = [float(rate) for rate in re.findall(r"^progress: .* s, ([0-9.]+) tps", output, re.M)]
    assert len(rates) >= int(SECONDS) - 2, f"{len(rates)} progress lines in {SECONDS} s"
    assert min(rates) > 0, f"a stall: {rates}"
    assert not re.search(r"error|aborted|fatal", output, re.I), last_line(output)
    assert re.search(r"number of failed transactions: 0 ", output), "failed transactions"


def totals_agree():
    """Every transaction adds one delta to an account, a teller, a branch and the history; on each shard that has branches, too."""
    accounts, tellers, history = total("pgbench_accounts", "abalance"), total("pgbench_tellers", "tbalance"), total("pgbench_history", "delta")
    assert sql("select count(*) from pgbench_history") != ["0"], "no history"
    same((accounts, tellers), (history, history), "accounts and tellers")
    for name, url in SHARDS.items() or {"": URL}.items():
        same(int(sql("select sum(bbalance) from pgbench_branches", url)[0]), history, f"branches {name}")
    spread()


def selects():
    check("select.initialise_client_side", initialise, "dtgvp")
    for mode in ("simple", "extended", "prepared"):
        for clients in (8, 64):
            check(f"select.{mode}.{clients}_clients", measure, ["-S"], mode, clients)
    check("select.initialise_server_side", initialise, "dtGvp")


def full():
    check("full.initialise_server_side", initialise, "dtGvp")
    for mode in ("simple", "extended", "prepared"):
        for clients in (8, 64):
            check(f"full.{mode}.{clients}_clients", measure, [], mode, clients)
            check(f"full.{mode}.{clients}_clients_totals", totals_agree)
    check("full.vacuum_and_truncate_first", pgbench, "-c", "4", "-t", "20")
    check("full.initialise_client_side", initialise, "dtgvp")


def main():
    sql(f"drop table if exists {TABLES}")
    {"select": selects, "full": full}[sys.argv[1]]()
    check(f"{sys.argv[1]}.nothing_left", lambda: (sql(f"drop table if exists {TABLES}"), same(sql("select relname from pg_class where relname like 'pgbench%'"), [], "left")))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
