#!/usr/bin/env bash
# What one process needs for 50,000 series: memory, processor, bytes in blocks, start after a crash. The ledger's figures of
# Isobar come from here; --write puts them into decisions/measured.yaml.
#   ./dev bench footprint [--minutes 5] [--series 50000] [--write]
set -eu
cd "$(dirname "$0")/.."
exec node bench/footprint.mjs "$@"
