#!/usr/bin/env bash
# Installs routeaudit: this repository as it was checked out, or a release when VERSION names one.
# Reads: VERSION, EXTRAS (as in "s3,postgres"), SOURCE (folder of this repository).
set -euo pipefail

extras="${EXTRAS:+[$EXTRAS]}"
if [ -n "${VERSION:-}" ]; then
  wanted="routeaudit$extras==$VERSION"
else
  wanted="$SOURCE$extras"
fi
python -m pip install --disable-pip-version-check --quiet "$wanted"
routeaudit --version
