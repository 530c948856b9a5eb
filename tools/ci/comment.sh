#!/usr/bin/env bash
# Puts the comment on the pull request with `gh`. The old one is found by its mark, <!-- routeaudit -->.
# Reads: GH_TOKEN, GITHUB_REPOSITORY, PR_NUMBER, REPORTS, GATE_CODE,
#   COMMENT    update: change the old comment | new: add another | hide: fold the old one away, then add | off
#   COMMENT_IF always | changed: the text differs from the old one's | over-threshold: a gate failed or is undecided
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
text="$REPORTS/comment.md"

skip() {
  echo "no comment: $1"
  exit 0
}

usage() {
  echo "::error::$1"
  exit 2
}

case "$COMMENT" in update | new | hide) ;; off) skip "it is off" ;; *) usage "comment is update, new, hide or off, not $COMMENT" ;; esac
case "$COMMENT_IF" in always | changed | over-threshold) ;; *) usage "comment-if is always, changed or over-threshold, not $COMMENT_IF" ;; esac
[ -n "${PR_NUMBER:-}" ] || skip "this build belongs to no pull request"
[ -s "$text" ] || skip "there is no report to speak of"
if [ "$COMMENT_IF" = over-threshold ] && [ "${GATE_CODE:-0}" = 0 ]; then skip "every gate passed"; fi

thread="repos/$GITHUB_REPOSITORY/issues/$PR_NUMBER/comments"
old="$(mktemp)"
trap 'rm -f "$old"' EXIT
# A pull request from a fork has a token that may read only; the build must not fail for that.
if ! gh api --paginate "$thread?per_page=100" | python "$here/last_comment.py" "$text" >"$old"; then
  echo "::warning::the comments of the pull request could not be read"
  exit 0
fi
read -r id node same <"$old" || true
if [ "$COMMENT_IF" = changed ] && [ "${same:-}" = same ]; then skip "nothing changed"; fi

send() {
  if ! gh api "$@" >/dev/null; then
    echo "::warning::the comment could not be written; the job needs \`permissions: pull-requests: write\`"
    exit 0
  fi
}

if [ "$COMMENT" = hide ] && [ -n "${node:-}" ]; then
  # shellcheck disable=SC2016  # $id is GraphQL's
  send graphql -f "id=$node" -f query='mutation($id: ID!) {
    minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }'
fi
if [ "$COMMENT" = update ] && [ -n "${id:-}" ]; then
  send --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$text"
else
  send --method POST "$thread" -F "body=@$text"
fi
