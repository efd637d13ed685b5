#!/usr/bin/env bash
# Every test: Rust's own on SQLite and PostgreSQL, then the stories in the browser and with real phones.
# The last line says how many passed and failed, and the exit code says the same.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/say.sh
source "$here/say.sh"
# shellcheck source=tools/versions.sh
source "$here/versions.sh"

"$here/setup.sh" test
cd "$root"

work=$(mktemp -d "${TMPDIR:-/tmp}/patchcord-test.XXXXXX")
chmod 711 "$work"
passed=0
failed=0

finish() {
  "$here/postgres.sh" stop "$work/postgres" || true
  rm -rf "$work"
}
trap finish EXIT

# count FILE STATUS WHAT: adds the totals cargo and node print. A step that broke without a total is a failure.
count() {
  local ok bad
  ok=$(sed -nE 's/^test result: .* ([0-9]+) passed;.*/\1/p; s/^(#|ℹ) pass ([0-9]+)$/\2/p' "$1" | paste -sd+ | sum_up)
  bad=$(sed -nE 's/^test result: .* ([0-9]+) failed;.*/\1/p; s/^(#|ℹ) fail ([0-9]+)$/\2/p; s/^(#|ℹ) cancelled ([0-9]+)$/\2/p' "$1" | paste -sd+ | sum_up)
  if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then
    bad=1
    echo "$3 broke off before it could count its tests." >&2
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
}

# Sums a line such as 1+2+3; an empty one is 0.
sum_up() {
  local terms
  terms=$(cat)
  echo $((${terms:-0}))
}

# step WHAT COMMAND…: shows the output, and counts it.
step() {
  local what=$1 status=0
  shift
  say "$what"
  "$@" 2>&1 | tee "$work/output" || status=${PIPESTATUS[0]}
  count "$work/output" "$status" "$what"
}

PATCHCORD_TEST_POSTGRES_URL=$("$here/postgres.sh" start "$work/postgres")
export PATCHCORD_TEST_POSTGRES_URL

step "Rust tests, on SQLite and PostgreSQL" \
  cargo test --workspace --exclude frontend --no-fail-fast

program=$("$here/build.sh" tests | tail -n 1) || program=
if [ -n "$program" ]; then
  PATCHCORD_PROGRAM=$program
  PATCHCORD_CHROMIUM=$("$here/chromium.sh")
  export PATCHCORD_PROGRAM PATCHCORD_CHROMIUM
  step "Stories: browser, API and real calls" npm test --prefix end2end --silent
else
  failed=$((failed + 1))
  echo "The program for the stories could not be built." >&2
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
