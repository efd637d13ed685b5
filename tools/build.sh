#!/usr/bin/env bash
# Builds the product.
#
#   tools/build.sh release   one optimised program with the browser half inside
#   tools/build.sh tests     an unoptimised program and browser half, quick to build, for the stories
#
# Prints the path of the program as its last line.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/say.sh
source "$here/say.sh"
# shellcheck source=tools/versions.sh
source "$here/versions.sh"

cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}
site=$root/target/site

# The page asks for the browser code by the name wasm-bindgen gives it; declarations for TypeScript are not served.
tidy() {
  mv "$site/pkg/patchcord.wasm" "$site/pkg/patchcord_bg.wasm"
  rm -f "$site"/pkg/*.d.ts
}

case ${1:-} in
release)
  say "Building the browser half, small" >&2
  cargo leptos build --release --frontend-only --split >&2
  tidy
  say "Building the program around it" >&2
  PATCHCORD_SITE=$site cargo build --release -p server --features embed >&2
  echo "$target/release/patchcord"
  ;;
tests)
  say "Building the browser half" >&2
  cargo leptos build --frontend-only --split >&2
  tidy
  say "Building the program" >&2
  cargo build --workspace --exclude frontend --bins >&2
  echo "$target/debug/patchcord"
  ;;
*) stop "tools/build.sh does not know '${1:-}': say release or tests." ;;
esac
