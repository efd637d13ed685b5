#!/usr/bin/env bash
# What a packet costs a media worker; see media.md.
set -euo pipefail
cd "$(dirname "$0")/.."
for legs in 500 1000 2000; do
  cargo run --release -q -p runtime --example media_bench -- "$legs" 10
done
