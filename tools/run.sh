#!/usr/bin/env bash
# Builds a release and serves it with the demo data.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh" run
program=$("$here/build.sh" release | tail -n 1)
cd "$here/.."
export PATCHCORD_DEMO=${PATCHCORD_DEMO:-1}
exec "$program" serve "$@"
