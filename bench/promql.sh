#!/usr/bin/env bash
# Queries beside a real Prometheus on the same samples, in one run: ./dev bench promql --help
set -eu
cd "$(dirname "$0")/.."
exec node bench/promql/main.mjs "$@"
