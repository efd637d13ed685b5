#!/usr/bin/env bash
# The speed and load measurements of bench/, on a release build.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/say.sh
source "$here/say.sh"
# shellcheck source=tools/versions.sh
source "$here/versions.sh"

"$here/setup.sh" bench
PATCHCORD_PROGRAM=$("$here/build.sh" release | tail -n 1)
export PATCHCORD_PROGRAM
cd "$root/bench"
say "Measuring: a busy machine makes the figures worthless"
for measurement in *.sh; do
  [ -e "$measurement" ] || stop "Nothing to measure: bench/ holds no *.sh."
  "./$measurement"
done
