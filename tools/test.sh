#!/usr/bin/env bash
# Every test: Rust's own on SQLite and PostgreSQL, then the stories in the browser and with real phones.
# What failed is run once more alone, and what passes then is named as unsteady: sound and calls keep real time, which
# a busy machine takes from them. The last lines name what failed and say how many passed; the exit code says the same.
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
    echo "$3, which broke off: see 'error' above" >>"$work/broken"
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

# The Rust tests that failed: cargo lists them, indented, below its last "failures:". None, when a test took its whole
# process down: the others of that process were never run.
failed_tests() {
  ! grep -q "process didn't exit successfully" "$work/output" || return 0
  sed -nE '/^failures:$/,/^test result/ s/^    ([A-Za-z0-9_:]+)$/\1/p' "$work/output" | sort -u
}

# The files of stories that failed: node names the place of each.
failed_stories() {
  sed -nE 's/^test at (stories\/[a-z0-9_]+\.test\.mjs):.*/\1/p' "$work/output" | sort -u
}

# again NAMES BEFORE COMMAND…: once more what NAMES lists, where BEFORE tests had failed when the step began.
again() {
  local names=$1 before=$2
  shift 2
  [ "$failed" -gt "$before" ] && [ -s "$names" ] || return 0
  say "Once more, alone: $(paste -sd' ' "$names")"
  local kept=$passed failures=$((failed - before))
  failed=$before
  step "What failed" "$@"
  if [ "$failed" -eq "$before" ]; then
    passed=$((kept + failures))
    cat "$names" >>"$work/unsteady"
  else
    passed=$((kept + failures - (failed - before)))
    cat "$names" >>"$work/broken"
  fi
}

touch "$work/unsteady" "$work/broken"

PATCHCORD_TEST_POSTGRES_URL=$("$here/postgres.sh" start "$work/postgres")
export PATCHCORD_TEST_POSTGRES_URL

step "Rust tests, on SQLite and PostgreSQL" \
  cargo test --workspace --exclude frontend --no-fail-fast
failed_tests >"$work/names"
mapfile -t names <"$work/names"
again "$work/names" 0 cargo test --workspace --exclude frontend --no-fail-fast -- --exact --test-threads 1 "${names[@]}"

program=$("$here/build.sh" tests | tail -n 1) || program=
if [ -n "$program" ]; then
  PATCHCORD_PROGRAM=$program
  PATCHCORD_CHROMIUM=$("$here/chromium.sh")
  export PATCHCORD_PROGRAM PATCHCORD_CHROMIUM
  before=$failed
  step "Stories: browser, API and real calls" npm test --prefix end2end --silent
  failed_stories >"$work/names"
  mapfile -t names <"$work/names"
  again "$work/names" "$before" env -C end2end node --test --test-concurrency=1 --test-reporter=spec "${names[@]}"
else
  failed=$((failed + 1))
  echo "The program for the stories could not be built." >&2
fi

[ ! -s "$work/unsteady" ] || say "Unsteady, passed only when run again alone: $(paste -sd' ' "$work/unsteady")"
[ ! -s "$work/broken" ] || say "Failed: $(paste -sd' ' "$work/broken")"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
