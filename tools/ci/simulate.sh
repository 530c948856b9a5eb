#!/usr/bin/env bash
# Replays the last scan through the policies and writes the reports.
# Reads: POLICIES (names or files, divided by spaces), REPORTS, CONFIG, GITHUB_OUTPUT. Writes the outputs `code`, `result`.
set -euo pipefail

read -r -a names <<<"$POLICIES"
chosen=()
for name in "${names[@]}"; do
  chosen+=(--policy "$name")
done
code=0
routeaudit simulate "${chosen[@]}" --reports "$REPORTS" ${CONFIG:+--config "$CONFIG"} || code=$?
echo "code=$code" >>"$GITHUB_OUTPUT"
echo "result=$REPORTS/result.json" >>"$GITHUB_OUTPUT"
if [ "$code" -eq 3 ]; then
  echo "::warning::the logs are too poor to rely on; the reports say why"
elif [ "$code" -ne 0 ]; then
  exit "$code"
fi
