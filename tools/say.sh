# shellcheck shell=bash
# How the scripts of this directory speak. Sourced, never run.

# What happens now, and why when it is not obvious.
say() {
  printf '\033[1m==>\033[0m %s\n' "$*"
}

# The end: one sentence that says what failed, why, and what to do.
stop() {
  printf '%s\n' "$*" >&2
  exit 1
}
