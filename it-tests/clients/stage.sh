# The client programs' stage; sourced by .ci/run, which sets root, cache, logs, passed, failed and java_home_25.
# A folder's dependency file says how it is installed and run (prepare); `topology.yaml` in it, or beside this file, what it is run on.

clients=$root/it-tests/clients
program_limit_seconds=400 end_limit_seconds=40
ready_limit_seconds=900 # the first start builds the proxy; later ones have a minute
export PYTHONDONTWRITEBYTECODE=1 PIP_CACHE_DIR=$cache/pip npm_config_cache=$cache/npm GOMODCACHE=$cache/go/mod GOCACHE=$cache/go/build GOFLAGS="-modcacherw -buildvcs=false"

# name, folder, flags of `./shardgate dev`, arguments of the program
programs=(
  "psql|psql||"
  "pgjdbc|pgjdbc||"
  "psycopg|psycopg||"
  "asyncpg|asyncpg||"
  "node-postgres|node-postgres||"
  "pgx|pgx||"
  "tokio-postgres|tokio-postgres||"
  "sqlalchemy|sqlalchemy||"
  "django|django||"
  "drizzle|drizzle||"
  "hibernate|hibernate||"
  "flyway|flyway||"
  "liquibase|liquibase||"
  "pg_dump-18|pg_dump||"
  "pg_dump-15|pg_dump|--pg 15|"
  "pgbench-select|pgbench|--pool 4|select"
  "pgbench-full|pgbench|--pool 16|full"
)

run_clients() {
  local against="" wanted=" " row name folder flags arguments
  while [ $# -gt 0 ]; do
    case "$1" in
      --against) against=${2:?--against needs a URL}; shift 2 ;;
      *) wanted="$wanted$1 "; shift ;;
    esac
  done
  mkdir -p "$cache" "$logs"
  for name in $wanted; do
    printf '%s\n' "${programs[@]}" | grep -q "^$name|" || { echo "FAIL $name no such program"; failed=$((failed + 1)); }
  done
  for row in "${programs[@]}"; do
    IFS='|' read -r name folder flags arguments <<<"$row"
    [ "$wanted" = " " ] || [[ "$wanted" == *" $name "* ]] || continue
    run_client "$name" "$folder" "$flags" "$arguments" "$against"
  done
}

run_client() {
  local name=$1 folder=$clients/$2 flags=$3 arguments=$4 url=$5 began=$SECONDS dev="" shards=""
  echo "--- $name"
  if ! prepare "$folder" >"$logs/$name.install.log" 2>&1; then
    fail "$name" "its packages could not be installed" "$logs/$name.install.log"
    return
  fi
  if [ -z "$url" ]; then
    start_dev "$name" "$folder" "$flags" || return
    dev=$dev_pid url=$(sed -n 's/^ready: //p' "$logs/$name.dev.log")
    shards=$(sed -n 's/^shard \([^:]*\): /\1=/p' "$logs/$name.dev.log" | tr '\n' ' ')
  fi
  run_program "$name" "$url" "$shards" "$arguments"
  [ -z "$dev" ] || stop_dev "$name" "$dev"
  echo "    $((SECONDS - began)) s"
}

# The program's checks go to the output as they come; everything it says is in its log.
run_program() {
  local name=$1 url=$2 shards=$3 arguments=$4 log=$logs/$1.log rc good bad
  # shellcheck disable=SC2086 # arguments are words
  (cd "$work" && SHARDGATE_URL=$url SHARDGATE_SHARDS=$shards timeout -k 10 "$program_limit_seconds" "${command[@]}" $arguments) 2>&1 </dev/null |
    tee "$log" | grep --line-buffered -E '^(ok|FAIL) '
  rc=${PIPESTATUS[0]}
  good=$(grep -c '^ok ' "$log") bad=$(grep -c '^FAIL ' "$log")
  passed=$((passed + good)) failed=$((failed + bad))
  if [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
    fail "$name" "ended with exit code $rc" "$log"
  elif [ $((good + bad)) -eq 0 ]; then
    fail "$name" "checked nothing" "$log"
  elif [ "$bad" -ne 0 ]; then
    echo "    see ${log#"$root"/}"
  fi
}

fail() {
  echo "FAIL $1 $2"
  [ ! -s "${3:-}" ] || tail -n 15 "$3" | sed 's/^/    /'
  failed=$((failed + 1))
}

# ---- the cluster that a program is run on

start_dev() {
  local name=$1 topology=$2/topology.yaml log=$logs/$1.dev.log ports waited=0
  [ -e "$topology" ] || topology=$clients/topology.yaml
  dev_data=$(mktemp -d "${TMPDIR:-/tmp}/sgc.XXXXXX")
  ports=($(free_ports))
  : >"$log"
  # shellcheck disable=SC2086 # flags are words
  ./shardgate dev --port "${ports[0]}" --http "${ports[1]}" --data "$dev_data" --topology "$topology" $3 >"$log" 2>&1 </dev/null &
  dev_pid=$!
  until grep -q '^ready: .*:[0-9]*/app$' "$log"; do # whole: the line is written in pieces
    if ! kill -0 "$dev_pid" 2>/dev/null || [ $waited -ge $((ready_limit_seconds * 5)) ]; then
      fail "$name" "./shardgate dev did not become ready" "$log"
      stop_dev "$name" "$dev_pid"
      return 1
    fi
    sleep 0.2
    waited=$((waited + 1))
  done
  ready_limit_seconds=60
}

stop_dev() {
  local name=$1 pid=$2 waited=0
  kill -TERM "$pid" 2>/dev/null
  while kill -0 "$pid" 2>/dev/null; do
    if [ $waited -ge $((end_limit_seconds * 5)) ]; then
      fail "$name" "./shardgate dev did not end within $end_limit_seconds s of SIGTERM" "$logs/$name.dev.log"
      kill -KILL "$pid"
    fi
    sleep 0.2
    waited=$((waited + 1))
  done
  wait "$pid" 2>/dev/null
  if pgrep -f -- "$dev_data" >/dev/null; then
    fail "$name" "./shardgate dev left processes behind: $(pgrep -f -- "$dev_data" | tr '\n' ' ')"
  else
    rm -rf "$dev_data"
  fi
}

free_ports() {
  python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
[x.bind(("127.0.0.1", 0)) for x in s]
print(*[x.getsockname()[1] for x in s])'
}

# ---- installing: once per content of the folder; sets `work` (the folder to run in) and `command`

prepare() {
  local from=$1 stamp
  work=$cache/work/$(basename "$from")
  stamp=$(cd "$from" && find . -type f -not -path './node_modules/*' -not -path './target/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
  if [ -e "$from/requirements.txt" ]; then
    command=("$cache/work/$(basename "$from")/venv/bin/python" check.py)
  elif [ -e "$from/package.json" ]; then
    command=(node check.mjs)
  elif [ -e "$from/go.mod" ] || [ -e "$from/Cargo.toml" ]; then
    command=(./check)
  elif [ -e "$from/pom.xml" ]; then
    command=("$(java_home_25)/bin/java" -cp 'target/classes:target/dependency/*' Check)
  else
    command=(python3 check.py)
  fi
  [ "$(cat "$work/.stamp" 2>/dev/null)" = "$stamp" ] && return 0
  mkdir -p "$work"
  # What was built before is kept where the build tool can use it again.
  find "$work" -mindepth 1 -maxdepth 1 -not -name venv -not -name node_modules -not -name target -exec rm -rf {} +
  cp -R "$from/." "$work/"
  (cd "$work" && install_packages) || return 1
  echo "$stamp" >"$work/.stamp"
}

install_packages() {
  if [ -e install.sh ]; then
    bash install.sh
  elif [ -e requirements.txt ]; then
    python3 -m venv venv && venv/bin/python -m pip install -q --disable-pip-version-check -r requirements.txt
  elif [ -e package.json ]; then
    npm ci --no-audit --no-fund
  elif [ -e go.mod ]; then
    go build -o check .
  elif [ -e Cargo.toml ]; then
    cargo build --locked --target-dir target && cp target/debug/check check
  elif [ -e pom.xml ]; then
    JAVA_HOME=$(java_home_25) mvn -B -q -Dmaven.repo.local="$cache/m2" compile org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime
  fi
}

pgbench_path() {
  command -v pgbench || { local found; found=$(ls /usr/lib/postgresql/*/bin/pgbench 2>/dev/null | sort -V | tail -1); [ -n "$found" ] && echo "$found"; }
}
