#!/usr/bin/env bash
# Prints the path of a Chromium to drive: PATCHCORD_CHROMIUM, an installed one, or the one fetched for the tests.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

if [ -n "${PATCHCORD_CHROMIUM:-}" ]; then
  echo "$PATCHCORD_CHROMIUM"
  exit
fi
for name in chromium google-chrome-stable google-chrome; do
  path=$(command -v "$name" || true)
  # A snap cannot read files outside the home directory, so it is no use here.
  if [ -n "$path" ] && [[ $(readlink -f "$path") != */snap* ]]; then
    echo "$path"
    exit
  fi
done
fetched=$(find "$root/.tools/browsers" -type f -name chrome -perm -u+x 2>/dev/null | head -n 1 || true)
if [ -z "$fetched" ]; then
  echo "Cannot find Chromium: neither PATCHCORD_CHROMIUM nor an installed one; run tools/setup.sh test." >&2
  exit 1
fi
echo "$fetched"
