#!/usr/bin/env bash
# What a call costs the exchange; see calls.md.
set -euo pipefail
cd "$(dirname "$0")/.."
node bench/calls.mjs
