#!/usr/bin/env bash
# Ends the build: too poor input first, then the gates.
# Reads: FAIL_ON (undecided: a gate failed or is undecided | failed | nothing), SCAN_CODE, SIMULATE_CODE, GATE_CODE.
set -euo pipefail

case "$FAIL_ON" in undecided | failed | nothing) ;; *)
  echo "::error::fail-on is undecided, failed or nothing, not $FAIL_ON"
  exit 2
  ;;
esac
for code in "${SCAN_CODE:-0}" "${SIMULATE_CODE:-0}"; do
  if [ "$code" = 3 ] && [ "$FAIL_ON" != nothing ]; then
    echo "::error::the logs are too poor to rely on (bad rows or calls without a price); see the report"
    exit 3
  fi
done
case "${GATE_CODE:-0}" in
  4)
    echo "::error::a gate failed"
    [ "$FAIL_ON" = nothing ] || exit 4
    ;;
  5)
    echo "::warning::not enough evidence to decide a gate"
    [ "$FAIL_ON" != undecided ] || exit 5
    ;;
esac
