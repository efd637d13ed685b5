#!/usr/bin/env bash
# A private PostgreSQL for one test run, on a Unix socket in its own directory: no port, no system cluster.
#
#   tools/postgres.sh where        the directory of its programs
#   tools/postgres.sh start DIR    makes a cluster in DIR, starts it, prints its URL
#   tools/postgres.sh stop DIR     stops it and removes DIR
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/say.sh
source "$here/say.sh"

# Debian keeps the server's programs off the path, one directory for each version.
programs() {
  local found
  found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [ -n "$found" ] || found=$(command -v initdb || true)
  [ -n "$found" ] || stop "Cannot start PostgreSQL: its server programs are not installed; run tools/setup.sh test."
  dirname "$found"
}

# PostgreSQL refuses to run as root; its own account is there when its package is.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

start() {
  local dir=$1 bin
  bin=$(programs)
  mkdir -p "$dir"
  chmod 700 "$dir"
  [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$dir"
  cd "$dir"
  if ! as_owner "$bin/initdb" -D "$dir/data" -U patchcord --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync >"$dir.log" 2>&1; then
    tail -n 10 "$dir.log" >&2
    stop "Cannot make a PostgreSQL cluster in $dir: initdb failed as shown above; free some disk or choose another TMPDIR."
  fi
  # The data dies with the test run, so nothing need reach the disk.
  if ! as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -t 60 \
    -o "-c listen_addresses='' -c unix_socket_directories='$dir' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400" \
    start >>"$dir.log" 2>&1; then
    cat "$dir/data/server.log" >&2 || true
    stop "Cannot start PostgreSQL in $dir: it failed as shown above."
  fi
  echo "postgres://patchcord@localhost/postgres?host=$dir"
}

halt() {
  local dir=$1 bin
  bin=$(programs)
  cd /
  as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$dir" "$dir.log"
}

case ${1:-} in
where) programs ;;
start) start "${2:?"start needs a directory"}" ;;
stop) halt "${2:?"stop needs a directory"}" ;;
*) stop "tools/postgres.sh does not know '${1:-}': say where, start DIR or stop DIR." ;;
esac
