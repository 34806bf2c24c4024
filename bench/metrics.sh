#!/usr/bin/env bash
# Every figure that the metrics store must hold, beside those of a real Prometheus from the same run: ./dev bench metrics --help
set -eu
cd "$(dirname "$0")/.."
exec node bench/metrics/main.mjs "$@"
