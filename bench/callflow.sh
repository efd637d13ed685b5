#!/usr/bin/env bash
# How fast the domain is, and what it weighs in a browser; see callflow.md.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo bench -q -p callflow --bench speed

# weigh WHAT [ARGUMENT…]: the bytes of the browser's half of the domain, as they are and as they are sent.
weigh() {
  local what=$1 built=target/browser
  shift
  CARGO_TARGET_DIR=$built cargo build -q --release --target wasm32-unknown-unknown \
    --manifest-path bench/browser/Cargo.toml "$@"
  node --input-type=module - "$what" "$built/wasm32-unknown-unknown/release/browser.wasm" <<'END'
import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
const [what, file] = process.argv.slice(2);
const bytes = readFileSync(file);
const kilo = (count) => `${(count / 1000).toFixed(0)} kB`;
console.log(`${what}: ${kilo(bytes.length)}, ${kilo(brotliCompressSync(bytes).length)} with brotli`);
END
}

weigh "Checks alone" --no-default-features
weigh "Checks and calls"
weigh "Both, with the whole time-zone database" --features zones
