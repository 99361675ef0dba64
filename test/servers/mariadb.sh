#!/usr/bin/env bash
# A throw-away MariaDB for tests.
#
#   mariadb.sh start DIR PORT   creates a data directory below DIR on first use and starts it
#   mariadb.sh stop DIR         stops it; DIR stays
#
# It listens on 127.0.0.1 only, with the database test and the user test without a
# password. As root it runs as the user mysql, which must be able to enter DIR.
# Needs Debian's package mariadb-server. Exit status 3: it is not installed.
set -euo pipefail

usage() { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }

[ $# -ge 2 ] || usage
command=$1 dir=$2
data=$dir/data pid_file=$dir/server.pid log=$dir/server.log
# The path of a socket may have 107 bytes only, so it does not lie in DIR.
socket=/tmp/mariadb-${3:-0}.sock

for program in mariadbd mariadb-install-db mariadb; do
  if ! command -v "$program" >/dev/null; then
    echo "mariadb.sh: $program is missing: apt-get install -y mariadb-server" >&2
    exit 3
  fi
done

alive() { kill -0 "$1" 2>/dev/null; }

sql() { mariadb --no-defaults --socket="$socket" --user=root "$@"; }

start() {
  local port=$1 owner server
  owner=$(id -un)
  if [ "$owner" = root ]; then owner=mysql; fi
  mkdir -p "$dir"
  chown "$owner" "$dir"
  if [ ! -d "$data/mysql" ]; then
    mariadb-install-db --no-defaults --user="$owner" --datadir="$data" \
      --auth-root-authentication-method=normal --skip-test-db >"$dir/install.log" 2>&1 ||
      { cat "$dir/install.log" >&2; exit 1; }
  fi
  mariadbd --no-defaults --user="$owner" --datadir="$data" --bind-address=127.0.0.1 --port="$port" \
    --socket="$socket" --pid-file="$pid_file" --skip-name-resolve --skip-log-bin \
    --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=2 >"$log" 2>&1 </dev/null &
  server=$!
  for _ in $(seq 600); do
    if sql --execute='SELECT 1' >/dev/null 2>&1; then
      sql --execute="CREATE DATABASE IF NOT EXISTS test;
        CREATE USER IF NOT EXISTS test@'%'; GRANT ALL ON test.* TO test@'%'"
      return
    fi
    alive "$server" || break
    sleep 0.1
  done
  cat "$log" >&2
  echo "mariadb.sh: the server did not start" >&2
  exit 1
}

stop() {
  local server
  server=$(cat "$pid_file")
  kill "$server"
  for _ in $(seq 300); do
    alive "$server" || return 0
    sleep 0.1
  done
  kill -KILL "$server"
}

case $command in
start) [ $# = 3 ] || usage; start "$3" ;;
stop) stop ;;
*) usage ;;
esac
