#!/usr/bin/env bash
# Remote write 1.0, 10,000 samples a request, 12 labels, durable answers: samples per CPU-second of the server process.
# All its threads count, log and block writing included, from start to exit; the generator is a process of its own.
#   ./dev bench ingest [SERIES] [ROUNDS] [REPEATS]
set -eu
cd "$(dirname "$0")/.."
series=${1:-200000}
rounds=${2:-50}
repeats=${3:-3}
binary=${ISOBAR_BINARY:-build/release/isobar}

one() {
  local data port=0 pid line
  data=$(mktemp -d)
  exec 3< <(exec "$binary" serve --data-dir "$data" --listen 127.0.0.1:0 --host.off --log.level error & echo "pid $!"; wait $! || true; times >"$data.times")
  read -r line <&3; pid=${line#pid }
  read -r line <&3; port=${line##*:}
  build/release/bench/remote_write_load "http://127.0.0.1:$port/api/v1/push" "$series" "$rounds" 2 >"$data.load"
  kill -TERM "$pid"
  read -r line <&3 || true  # closed once the server and its times are done
  line=$(tail -1 "$data.times")
  # "0m1.234s 0m0.567s": user and system time of the server.
  local cpu acknowledged
  cpu=$(echo "$line" | awk '{t=0; for(i=1;i<=2;i++){split($i,a,/[ms]/); t+=a[1]*60+a[2]} print t}')
  acknowledged=$(sed -n 's/acknowledged=\([0-9]*\).*/\1/p' "$data.load")
  echo "$acknowledged $cpu $(sed -n 's/.*seconds=//p' "$data.load")"
  rm -rf "$data" "$data.load" "$data.times"
}

echo "series $series, rounds $rounds, 10,000 samples a request, 12 labels, 2 connections"
printf '%12s %10s %10s %24s\n' samples 'CPU s' 'wall s' 'samples per CPU-second'
for _ in $(seq "$repeats"); do
  one | awk '{printf "%12d %10.2f %10.2f %24d\n", $1, $2, $3, $1/$2; print $1/$2 > "/dev/stderr"}' 2>>/tmp/isobar-bench-ingest.$$
done
sort -n "/tmp/isobar-bench-ingest.$$" | awk '{v[NR]=$1} END {printf "figure: ingest remote write 1.0: %d samples per CPU-second (median of %d)\n", v[int((NR+1)/2)], NR}'
rm -f "/tmp/isobar-bench-ingest.$$"
