# roles.sh <first shard> <shard> …: the roles of the applications and of the operator, alike on every shard. What is there is left alone.
set -eu
PGPASSWORD=$(cat /run/superuser/password)
export PGPASSWORD PGUSER=postgres PGDATABASE=app

ask() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --host="$1"; }

# make <shard> <role> <password or verifier> <attributes>
make() {
  [ -z "$(echo "SELECT 1 FROM pg_roles WHERE rolname = '$2'" | ask "$1")" ] || return 0
  echo "CREATE ROLE $2 LOGIN $4 PASSWORD '$3'" | ask "$1"
}

# role <name> <file with its password> <attributes>: the first shard makes a verifier of the password, the others get the same one.
role() {
  make "$first" "$1" "$(cut -d: -f5 "$2")" "$3"
  verifier=$(echo "SELECT rolpassword FROM pg_authid WHERE rolname = '$1'" | ask "$first")
  for shard in $others; do make "$shard" "$1" "$verifier" "$3"; done
}

first=$1
shift
others=$*
role app /run/app/pgpass ''
role operator /run/operator/pgpass CREATEROLE
for shard in $first $others; do echo 'ALTER DATABASE app OWNER TO app' | ask "$shard"; done
