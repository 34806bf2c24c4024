#!/usr/bin/env bash
# isobar plan: how long a person waits, and how many runs a second the simulator makes on one core.
#   ./dev bench plan
set -eu
cd "$(dirname "$0")/.."
binary=${ISOBAR_BINARY:-build/release/isobar}

# Median of 15 wall times, milliseconds.
median() {
  for _ in $(seq 15); do
    local begin end
    begin=$(date +%s%N)
    "$binary" plan "$@" >/dev/null
    end=$(date +%s%N)
    echo $(((end - begin) / 10000))
  done | sort -n | sed -n 8p | awk '{printf "%.1f", $1 / 100}'
}

all_profiles() {
  local begin end
  begin=$(date +%s%N)
  for profile in $("$binary" plan profiles | awk '{print $1}'); do "$binary" plan simulate "$profile" >/dev/null; done
  end=$(date +%s%N)
  echo $(((end - begin) / 1000000))
}

echo "figure: plan compare: $(median compare) ms (median of 15)"
echo "figure: plan simulate, every failure of all profiles: $(median simulate) ms (median of 15)"
echo "figure: plan simulate PROFILE for all profiles, with every combination of three failures: $(all_profiles) ms"
build/release/src/plan/plan_bench 3
