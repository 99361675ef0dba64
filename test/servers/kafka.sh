#!/usr/bin/env bash
# One Apache Kafka broker for tests: KRaft, loopback only, no installation.
#
#   kafka.sh fetch            put the broker's jars into the cache (Java and Maven needed; once)
#   kafka.sh run DIR PORT     run a broker with its data in DIR until standard input ends, then remove DIR
#
# The broker listens on PORT, its controller on PORT+1. Tying it to standard input means that it ends with the
# process that started it, however that one ends. By hand: `kafka.sh run /tmp/k 9092`, and Ctrl-D to stop.
#
# KAFKA_VERSION  the version (default 4.3.1)
# KAFKA_LIBS     the cache folder (default: millrace/kafka-VERSION in the user's cache folder)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
version=${KAFKA_VERSION:-4.3.1}
libs=${KAFKA_LIBS:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace/kafka-$version}

# A broker for tests needs little: one collector thread and the fast compiler make it start in half the time.
java_options=(-Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto
  "-Dlog4j2.configurationFile=$here/kafka/log4j2.properties" -cp "$libs/*")

fetch() {
  [ -f "$libs/complete" ] && return
  mkdir -p "$libs"
  exec 9>"$libs/lock"
  flock 9 # two test binaries may start at once
  [ -f "$libs/complete" ] && return
  echo "fetching Kafka $version with Maven (about 70 MB, once)" >&2
  mvn -B -q -f "$here/kafka/pom.xml" "-Dkafka.version=$version" "-DoutputDirectory=$libs" dependency:copy-dependencies >&2
  touch "$libs/complete"
}

properties() { # DIR PORT
  cat <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$(($2 + 1))
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$(($2 + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$2
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$1/data
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=16777216
EOF
}

run() { # DIR PORT
  mkdir -p "$1"
  local cluster pid
  dir=$(cd "$1" && pwd) # not local: the trap runs after the function
  trap 'rm -rf "$dir"' EXIT
  properties "$dir" "$2" >"$dir/server.properties"
  cluster=M$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | head -c 21)
  java "${java_options[@]}" kafka.tools.StorageTool format -t "$cluster" -c "$dir/server.properties" </dev/null
  java "${java_options[@]}" kafka.Kafka "$dir/server.properties" </dev/null &
  pid=$!
  # Whichever ends first: our input, or the broker.
  while kill -0 "$pid" 2>/dev/null; do
    if read -r -t 1; then continue; elif [ $? -le 128 ]; then break; fi
  done
  # Nothing is lost by SIGKILL: the data goes too.
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

case "${1:-}" in
fetch) fetch ;;
run) [ $# -eq 3 ] || { echo "usage: kafka.sh run DIR PORT" >&2; exit 2; }; fetch; run "$2" "$3" ;;
*) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
