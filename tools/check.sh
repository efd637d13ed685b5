#!/usr/bin/env bash
# The fast part: format, lints, unit tests, and that the browser half still compiles.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/say.sh
source "$here/say.sh"
# shellcheck source=tools/versions.sh
source "$here/versions.sh"

"$here/setup.sh" check
cd "$root"

say "Format"
cargo fmt --all --check

# The browser half is compiled for the browser alone: its features exclude the server's.
say "Lints"
cargo clippy --workspace --exclude frontend --all-targets -- -D warnings
cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings

say "The domain for the browser"
cargo check -p callflow --no-default-features --target wasm32-unknown-unknown

say "Unit tests"
cargo test --workspace --exclude frontend --lib --bins

if command -v shellcheck >/dev/null; then
  say "Shell scripts"
  shellcheck -x -P "$root" tools/*.sh bench/*.sh .ci/run
fi
if command -v cargo-deny >/dev/null; then
  say "Licences and advisories"
  cargo deny check
fi
