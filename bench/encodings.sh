#!/usr/bin/env bash
# CPU and bytes of the record encodings that were compared; the table stands in docs/formats/record.md.
set -eu
cd "$(dirname "$0")/.."
exec build/release/bench/encodings_bench
