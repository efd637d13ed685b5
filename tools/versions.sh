# shellcheck shell=bash
# The exact tools a build needs. Sourced, never run. Where a version is written
# elsewhere already, it is read from there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# rust-toolchain.toml decides the compiler.
rust_channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$root/rust-toolchain.toml")

# The bindings must come from the very version the browser code was compiled against.
wasm_bindgen_version=$(
  grep -A1 '^name = "wasm-bindgen"$' "$root/Cargo.lock" | sed -n 's/^version = "\(.*\)"/\1/p'
)

cargo_leptos_version=0.3.9
binaryen_version=132.0.0
node_minimum=20

# Tools of the wrong version elsewhere on the machine stay untouched: ours live here.
tools_dir="$root/.tools"
export PATH="$tools_dir/bin:$tools_dir/node_modules/.bin:$PATH"

export rust_channel wasm_bindgen_version cargo_leptos_version binaryen_version node_minimum
