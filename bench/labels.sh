#!/usr/bin/env bash
# Finding series by labels among a million, in the head and in a block:  ./dev bench labels [SERIES]
set -euo pipefail
exec "$(dirname "$ISOBAR_BINARY")/bench/label_index" "$@"
