#!/usr/bin/env bash
# Tests the gates; writes the step summary, JUnit XML and the text of the comment. The exit code is kept for verdict.sh,
# so that reports and comment are there when a gate fails. Without gates in the configuration the summary informs only.
# Reads: REPORTS, CONFIG, BEFORE (an older result.json), GITHUB_STEP_SUMMARY, GITHUB_OUTPUT. Writes the output `code`.
set -euo pipefail

has_gates() {
  python - "${CONFIG:-routeaudit.toml}" <<'PYTHON'
import sys, tomllib
from pathlib import Path

path = Path(sys.argv[1])
gates = tomllib.loads(path.read_text("utf-8")).get("gates") if path.is_file() else None
sys.exit(0 if gates else 1)
PYTHON
}

# A comment holds 65,536 characters, not bytes.
comment_of_summary() {
  PYTHONUTF8=1 python - "$REPORTS/summary.md" <<'PYTHON'
import sys
from pathlib import Path

print("<!-- routeaudit -->\n\n" + Path(sys.argv[1]).read_text("utf-8")[:65_000])
PYTHON
}

code=0
if has_gates; then
  routeaudit check "$REPORTS/result.json" ${CONFIG:+--config "$CONFIG"} ${BEFORE:+--before "$BEFORE"} \
    --junit "$REPORTS/gates.junit.xml" --comment "$REPORTS/comment.md" \
    --step-summary "$GITHUB_STEP_SUMMARY" || code=$?
else
  echo "no gates in ${CONFIG:-routeaudit.toml}: the build is informed, not judged"
  cat "$REPORTS/summary.md" >>"$GITHUB_STEP_SUMMARY"
  comment_of_summary >"$REPORTS/comment.md"
fi
echo "code=$code" >>"$GITHUB_OUTPUT"
case "$code" in 0 | 4 | 5) ;; *) exit "$code" ;; esac
