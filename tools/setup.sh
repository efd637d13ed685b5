#!/usr/bin/env bash
# Installs what is missing, says what and why, and is quick when nothing is.
#
#   tools/setup.sh run     what building and serving needs
#   tools/setup.sh check   what the lints and unit tests need
#   tools/setup.sh test    run, and the phones, browser and database of the tests
#   tools/setup.sh bench   run, and the load generators
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/say.sh
source "$here/say.sh"
# shellcheck source=tools/versions.sh
source "$here/versions.sh"

purpose=${1:?"tools/setup.sh needs to know what for: run, check, test or bench"}

# Prepares the command prefix for work only the administrator may do.
become_root() {
  as_root=()
  [ "$(id -u)" -ne 0 ] || return 0
  if ! command -v sudo >/dev/null; then
    stop "Cannot install $1: this needs the administrator and there is no sudo; install it as root, then run the same command again."
  fi
  if ! sudo -n true 2>/dev/null && [ ! -t 0 ]; then
    stop "Cannot install $1: sudo wants a password and nobody can type one here; install it as root, then run the same command again."
  fi
  as_root=(sudo)
}

# want COMMAND PACKAGE WHY: remembers the Debian package when the command is missing.
packages=()
reasons=()
want() {
  if ! command -v "$1" >/dev/null; then
    packages+=("$2")
    reasons+=("$2 ($3)")
  fi
}

# As `want`, for a library that a program loads.
want_library() {
  if ! ldconfig -p 2>/dev/null | grep -qF "$1"; then
    packages+=("$2")
    reasons+=("$2 ($3)")
  fi
}

# Reads the package lists once; a minimal image comes without any.
refresh_packages() {
  [ -z "${refreshed:-}" ] || return 0
  become_root "$1"
  if ! "${as_root[@]}" apt-get update -q >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "Cannot install $1: apt-get update failed as shown above; check the network and the package sources, then run the same command again."
  fi
  refreshed=1
}

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  local list
  list=$(printf '%s, ' "${reasons[@]}")
  list=${list%, }
  if ! command -v apt-get >/dev/null; then
    stop "Cannot install $list: this machine has no apt-get; install them with its own package manager, then run the same command again."
  fi
  refresh_packages "$list"
  say "Installing from the distribution: $list"
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${packages[@]}" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "Cannot install $list: apt-get failed as shown above; check the network and the package sources, then run the same command again."
  fi
}

rust() {
  if ! command -v rustup >/dev/null; then
    stop "Cannot build: rustup is missing; install it from https://rustup.rs, open a new shell, then run the same command again."
  fi
  if rustup run "$rust_channel" cargo fmt --version >/dev/null 2>&1 &&
    rustup run "$rust_channel" cargo clippy --version >/dev/null 2>&1 &&
    [ -d "$(rustup run "$rust_channel" rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
    return
  fi
  say "Installing Rust $rust_channel with the browser target (rust-toolchain.toml asks for it)"
  if ! rustup toolchain install "$rust_channel" --profile minimal \
    --component rustfmt --component clippy --target wasm32-unknown-unknown >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "Cannot install Rust $rust_channel: rustup failed as shown above; check the network, then run the same command again."
  fi
}

node() {
  local found
  found=$(command node --version 2>/dev/null || true)
  if [ -z "$found" ] || ! command -v npm >/dev/null; then
    stop "Cannot build: Node.js or npm is missing; install Node.js $node_minimum or newer from https://nodejs.org, then run the same command again."
  fi
  local major=${found#v}
  major=${major%%.*}
  if [ "$major" -lt "$node_minimum" ]; then
    stop "Cannot build: Node.js $found is too old; install $node_minimum or newer from https://nodejs.org, then run the same command again."
  fi
}

# cargo_tool CRATE BINARY VERSION WHY [FLAGS…]: from source, so built without optimisation; it runs for seconds.
cargo_tool() {
  local crate=$1 binary=$2 version=$3 why=$4
  shift 4
  if command -v "$binary" >/dev/null && [[ $("$binary" --version 2>/dev/null) == *" $version"* ]]; then
    return
  fi
  say "Installing $crate $version ($why); a few minutes, once"
  if ! CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback \
    cargo "+$rust_channel" install "$crate" --version "=$version" --root "$tools_dir" --force "$@" \
    >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    stop "Cannot install $crate $version: cargo failed as shown above; check the network, then run the same command again."
  fi
}

wasm_opt() {
  if command -v wasm-opt >/dev/null &&
    [[ $(wasm-opt --version 2>/dev/null) =~ version\ ${binaryen_version%%.*}($|[^0-9]) ]]; then
    return
  fi
  say "Installing binaryen $binaryen_version (its wasm-opt makes the browser code small)"
  if ! npm install --prefix "$tools_dir" --no-save --no-audit --no-fund --silent \
    "binaryen@$binaryen_version" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "Cannot install binaryen $binaryen_version: npm failed as shown above; check the network, then run the same command again."
  fi
}

browser_tools() {
  node
  cargo_tool cargo-leptos cargo-leptos "$cargo_leptos_version" "it builds the browser half" --locked
  cargo_tool wasm-bindgen-cli wasm-bindgen "$wasm_bindgen_version" "the version Cargo.lock names"
  wasm_opt
}

# The stories' own Node packages, exactly as locked.
story_packages() {
  local lock="$root/end2end/package-lock.json" done="$root/end2end/node_modules/.package-lock.json"
  if [ -f "$done" ] && [ "$done" -nt "$lock" ]; then
    return
  fi
  say "Installing the stories' Node packages (end2end/package-lock.json)"
  if ! npm ci --prefix "$root/end2end" --no-audit --no-fund --silent >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "Cannot install the packages of end2end: npm failed as shown above; check the network, then run the same command again."
  fi
  touch "$done"
}

# Ubuntu's chromium package is a snap; Playwright can bring its own build there.
chromium() {
  if "$here/chromium.sh" >/dev/null 2>&1; then
    return
  fi
  if command -v apt-get >/dev/null; then
    refresh_packages "chromium"
  fi
  # Read whole before it is searched: a reader that stops early makes apt-cache fail on its pipe.
  local offered
  offered=$(apt-cache show chromium 2>/dev/null || true)
  if grep -q '^Depends:.*libc6' <<<"$offered"; then
    packages+=(chromium)
    reasons+=("chromium (the browser stories drive it)")
    return
  fi
  fetch_chromium=1
}

fetch_chromium() {
  [ -n "${fetch_chromium:-}" ] || return 0
  say "Fetching Chromium through Playwright (the browser stories drive it; this distribution has no chromium package)"
  become_root "Chromium's libraries"
  local install=("$root/end2end/node_modules/.bin/playwright-core" install chromium)
  if ! { "${as_root[@]}" env "PATH=$PATH" "$root/end2end/node_modules/.bin/playwright-core" install-deps chromium &&
    PLAYWRIGHT_BROWSERS_PATH="$tools_dir/browsers" "${install[@]}"; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "Cannot fetch Chromium: Playwright failed as shown above; install Chromium or Chrome, then run the same command again."
  fi
}

mkdir -p "$tools_dir"
log="$tools_dir/setup.log"

rust
want cc build-essential "the C compiler of SQLite and of the cryptography"
case $purpose in
check) ;;
run)
  want espeak-ng espeak-ng "it speaks text-to-speech steps"
  want_library libspandsp.so.2 libspandsp2 "it receives faxes"
  ;;
test)
  want espeak-ng espeak-ng "it speaks text-to-speech steps"
  want_library libspandsp.so.2 libspandsp2 "it receives faxes"
  want sipp sip-tester "SIPp, the carrier and the phones of the call stories"
  want baresip baresip-core "a phone of another make, with sound"
  want openssl openssl "it makes the certificate of the stories over TLS"
  want sox sox "it makes and measures sound"
  want lame lame "it makes the MP3 of the stories"
  want tiffcp libtiff-tools "it compares the pages of faxes"
  if [ -z "$("$here/postgres.sh" where 2>/dev/null || true)" ]; then
    packages+=(postgresql)
    reasons+=("postgresql (the store is tested on it too, in a private cluster)")
  fi
  chromium
  ;;
bench)
  want espeak-ng espeak-ng "it speaks text-to-speech steps"
  want_library libspandsp.so.2 libspandsp2 "it receives faxes"
  want sipp sip-tester "SIPp, the load generator"
  ;;
*) stop "tools/setup.sh does not know the purpose '$purpose': say run, check, test or bench." ;;
esac
install_packages

if [ "$purpose" != check ]; then
  browser_tools
fi
if [ "$purpose" = test ]; then
  story_packages
  fetch_chromium
fi
