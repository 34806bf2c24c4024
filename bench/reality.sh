#!/usr/bin/env bash
# Holds the simulator against real processes for longer and on a slower clock than ./dev test, about 90 s: every event with
# predicted and observed time, the order, the errors, the band. --write writes the figures to decisions/measured.yaml.
#   ./dev bench reality [--write] [--scale REAL_MS_OF_A_SECOND]
set -eu
cd "$(dirname "$0")/.."
write=no
if [ "${1:-}" = --write ]; then
  write=yes
  shift
fi
log=build/reality.txt
build/release/tests/plan/reality/reality --full --table --scale 50 "$@" | tee "$log"
tail -1 "$log" | grep -q ' 0 failed$' || exit 1
[ "$write" = yes ] || exit 0

events=$(sed -nE 's/.*: ([0-9]+) of ([0-9]+) events in the predicted order$/\1 \2/p' "$log" | awk '{printf "%g", 100 * $1 / $2}')
percent=$(sed -nE 's/.*; ([0-9.]+) % after the first minute$/\1/p' "$log" | tail -1)
row() {
  sed -i -E "s|^(  - \\{id: $1, .*command: \\./dev bench reality).*|\\1, value: $2, source: \"$(nproc) cores of $(uname -m)\", date: $(date +%F)}|" decisions/measured.yaml
}
row simulation_order_matches "$events"
row simulation_time_error_percent "$percent"
git --no-pager diff --stat decisions/measured.yaml
