#!/usr/bin/env bash
# A throw-away PostgreSQL for tests.
#
#   postgres.sh start DIR PORT   creates a cluster below DIR on first use and starts it
#   postgres.sh stop DIR         stops it; DIR stays
#
# It listens on 127.0.0.1 only, trusts every connection, and does not sync: what it
# keeps is not worth keeping. PostgreSQL refuses to run as root, so root becomes the
# user postgres, which must be able to enter DIR.
# Needs Debian's package postgresql. Exit status 3: it is not installed.
set -euo pipefail

usage() { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }

find_bin() {
  local candidate
  for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr); do
    if [ -x "$candidate/initdb" ]; then echo "$candidate"; return; fi
  done
  candidate=$(command -v initdb || true)
  if [ -n "$candidate" ]; then dirname "$(readlink -f "$candidate")"; return; fi
  echo "postgres.sh: PostgreSQL is not installed: apt-get install -y postgresql" >&2
  exit 3
}

unprivileged() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
  else
    "$@"
  fi
}

[ $# -ge 2 ] || usage
command=$1 dir=$2 bin=$(find_bin)
data=$dir/data

case $command in
start)
  [ $# = 3 ] || usage
  mkdir -p "$dir"
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
  cd "$dir"
  if [ ! -f "$data/PG_VERSION" ]; then
    unprivileged "$bin/initdb" --pgdata="$data" --username=postgres --auth=trust --no-sync \
      --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
  fi
  # The socket lies in /tmp: the path of a socket may have 107 bytes only.
  unprivileged "$bin/pg_ctl" --pgdata="$data" --log="$data/server.log" --wait --timeout=60 --silent start \
    -o "-h 127.0.0.1 -p $3 -k /tmp -c fsync=off -c shared_buffers=32MB -c max_connections=100" >/dev/null ||
    { cat "$data/server.log" >&2; exit 1; }
  ;;
stop)
  cd "$dir"
  unprivileged "$bin/pg_ctl" --pgdata="$data" --mode=immediate --wait --silent stop
  ;;
*) usage ;;
esac
