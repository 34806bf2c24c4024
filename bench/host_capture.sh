#!/usr/bin/env bash
# Scrapes a real node_exporter: FOLDER/001.txt, 002.txt, … An existing capture is kept.
#   bench/host_capture.sh FOLDER [SCRAPES] [SECONDS BETWEEN]
set -eu
folder=$1
scrapes=${2:-40}
seconds=${3:-3}
[ "$(find "$folder" -name '*.txt' 2>/dev/null | wc -l)" -ge "$scrapes" ] && exit 0
mkdir -p "$folder"
port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
prometheus-node-exporter --web.listen-address="127.0.0.1:$port" 2>/dev/null &
trap 'kill %1' EXIT
for i in $(seq 1 "$scrapes"); do
  curl -sSf --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/metrics" >"$folder/.next"
  mv "$folder/.next" "$folder/$(printf %03d "$i").txt"
  sleep "$seconds"
done
