#!/usr/bin/env bash
# Log and blocks in a bucket beside the same on a disk: ./dev bench bucket --help
set -eu
cd "$(dirname "$0")/.."
exec node bench/bucket/main.mjs "$@"
