#!/usr/bin/env bash
# CPU of queries over 30 days with and without downsampled blocks, and what those take; docs/howto/downsampling.md.
set -eu
cd "$(dirname "$0")/.."
exec node bench/downsampling.mjs
