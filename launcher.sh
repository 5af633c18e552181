# What ./shardgate and ./shardctl have in common: finding a JDK, building on first use (and after a change of the sources). Sourced by both; sets
# home, program, lib and admin_lib.

readonly NEEDED_JAVA=25
home=$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
readonly home program=${0##*/}

say() { printf '%s: %s\n' "$program" "$*" >&2; }
fail() { say "$@"; exit 1; }

# The feature version of the JDK in a folder, as its release file says; nothing when it is none.
java_version() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# Prints the folder of the first JDK that is new enough: $JAVA_HOME, the java of the PATH, then the usual folders.
find_jdk() {
  local candidate version seen='' on_path=''
  on_path=$(command -v java || true)
  [ -z "$on_path" ] || on_path=$(dirname -- "$(dirname -- "$(readlink -f -- "$on_path")")")
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/java/* /opt/*jdk* /opt/java/* \
      "$HOME"/.jdks/* "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] && [ -d "$candidate" ] || continue
    version=$(java_version "$candidate")
    [ -n "$version" ] || continue
    if [ "$version" -ge "$NEEDED_JAVA" ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
    candidate=$(readlink -f -- "$candidate")
    case $seen in *" in $candidate,"*) continue ;; esac
    seen="$seen JDK $version in $candidate,"
  done
  seen=${seen%,}
  fail "needs a JDK >= $NEEDED_JAVA (found:${seen:- none}); install one or set JAVA_HOME"
}

readonly NEEDED_MAVEN=3.8.7

needs_maven() {
  command -v mvn >/dev/null || fail "needs Maven >= $NEEDED_MAVEN to $1 (found: no mvn in the PATH)"
  local version
  version=$(maven --version 2>/dev/null | sed -n 's/^[^A-Z]*Apache Maven \([0-9.]*\).*/\1/p') || true
  [ "$(printf '%s\n' "$NEEDED_MAVEN" "$version" | sort -V | head -n 1)" = "$NEEDED_MAVEN" ] \
    || fail "needs Maven >= $NEEDED_MAVEN to $1 (found: ${version:-an mvn that does not start} in $(command -v mvn))"
}

maven() {
  # Maven itself runs on any Java; the build picks the JDK by Maven's toolchains, which look at JAVA25_HOME too.
  if [ -z "${JAVA_HOME:-}" ] && ! command -v java >/dev/null; then export JAVA_HOME=$jdk; fi
  (cd "$home" && JAVA25_HOME=$jdk exec mvn -B "$@")
}

readonly lib=$home/proxy-server/target/lib admin_lib=$home/admin-cli/target/lib stamp=$home/proxy-server/target/shardgate.built

needs_build() {
  [ -f "$stamp" ] && [ -d "$lib" ] && [ -d "$admin_lib" ] || return 0
  local newer
  newer=$(cd "$home" && find pom.xml ./*/pom.xml sql-router/grammar/pom.xml ./*/src/main sql-router/grammar/src/main -type f -newer "$stamp" -print -quit)
  [ -n "$newer" ]
}

build() {
  local log=$home/proxy-server/target/shardgate-build.log started=$SECONDS
  needs_maven build
  { mkdir -p "$home/proxy-server/target" 2>/dev/null && [ -w "$home/proxy-server/target" ]; } || fail "can't write to $home/proxy-server/target"
  # One build at a time; whoever waited finds it done.
  exec 9>"$home/proxy-server/target/shardgate-build.lock"
  if command -v flock >/dev/null; then flock 9; fi
  if ! needs_build; then exec 9>&-; return 0; fi
  say "building (the first time takes a minute or two: Maven downloads libraries)"
  rm -rf "$lib" "$admin_lib" "$stamp"
  touch "$stamp.new"
  # In the background, so that a signal is heard at once and ends Maven too. It is one process: the shell of `maven` becomes it.
  local build_pid output_pid
  exec 8> >(tee "$log" | progress)
  output_pid=$!
  (if [ -z "${JAVA_HOME:-}" ] && ! command -v java >/dev/null; then export JAVA_HOME=$jdk; fi
    cd "$home" && JAVA25_HOME=$jdk exec mvn -B -Dquick -DskipTests -pl proxy-server,admin-cli -am package) >&8 2>&1 8>&- 9>&- &
  build_pid=$!
  exec 8>&-
  trap 'kill "$build_pid" 2>/dev/null; wait "$build_pid" || true; exit 143' TERM HUP
  trap 'kill "$build_pid" 2>/dev/null; wait "$build_pid" || true; exit 130' INT
  local built=0
  wait "$build_pid" || built=$?
  wait "$output_pid" || true
  if [ "$built" -ne 0 ]; then
    if grep -q 'No space left on device' "$log"; then fail "the build failed: no space left on the disk of $home"; fi
    grep -E '^\[ERROR\]|No space left' "$log" | head -n 5 >&2 || tail -n 5 "$log" >&2
    fail "the build failed; all of its output is in $log"
  fi
  trap - TERM HUP INT
  # Sources changed while building are newer than the stamp.
  mv "$stamp.new" "$stamp"
  exec 9>&-
  say "built in $((SECONDS - started)) s"
}

# One line per module, and a count of downloads that stays on its line on a terminal.
progress() {
  awk -v terminal="$([ -t 2 ] && echo 1 || echo 0)" '
    /^\[INFO\] Building .*\[[0-9]+\/[0-9]+\]/ { line = $0; sub(/^\[INFO\] Building /, "", line); sub(/ [^ ]+ +\[/, " [", line); show("  " line); printf "\n" > "/dev/stderr" }
    /Downloaded from/ { n++; if (terminal) show("  " n " files downloaded"); else if (n % 50 == 0) { show("  " n " files downloaded"); printf "\n" > "/dev/stderr" } }
    function show(text) { printf terminal ? "\r\033[K%s" : "%s", text > "/dev/stderr"; fflush("/dev/stderr") }
    END { if (terminal) printf "\r\033[K" > "/dev/stderr" }'
}
