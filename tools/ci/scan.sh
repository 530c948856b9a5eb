#!/usr/bin/env bash
# Scans the logs. Input that is too poor (exit 3) does not stop the reports; it fails the build at the end.
# Reads: LOG_PATHS (one a line), CONFIG, GITHUB_OUTPUT. Writes the output `code`.
set -euo pipefail

paths=()
while IFS= read -r line; do
  [ -z "$line" ] || paths+=("$line")
done <<<"$LOG_PATHS"
if [ "${#paths[@]}" -eq 0 ]; then
  echo "::error::no logs to scan: give the input paths, one path a line"
  exit 2
fi
code=0
routeaudit scan ${CONFIG:+--config "$CONFIG"} -- "${paths[@]}" || code=$?
echo "code=$code" >>"$GITHUB_OUTPUT"
if [ "$code" -eq 3 ]; then
  echo "::warning::the logs are too poor to rely on; the reports say why"
elif [ "$code" -ne 0 ]; then
  exit "$code"
fi
