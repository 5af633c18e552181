# Makes a random password where there is none yet, readable for the users of those who read it: 999 is postgres, 10001 the proxy.
set -eu

random() { head -c 24 /dev/urandom | base64; }

# fill <file> <owner> <mode> <line>: written beside it first, so that it is there whole or not at all.
fill() {
  [ ! -e "$1" ] || return 0
  (umask 077 && printf '%s\n' "$4" > "$1.new")
  chmod "$3" "$1.new"
  chown "$2" "$1.new"
  mv "$1.new" "$1"
}

fill /run/superuser/password 999:10001 440 "$(random)"
fill /run/app/pgpass 999:999 400 "*:*:*:app:$(random)" # libpq takes it from its owner only
fill /run/operator/pgpass 10001:999 440 "*:*:*:operator:$(random)"
