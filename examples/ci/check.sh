#!/bin/sh
# Says what has changed since the last run, as Markdown, and ends with vaino's code: 0 nothing, 1 something, 2 not all could be read.
#
#   VAINO=./vaino/vaino check.sh KIND:WHERE...
#
# KEPT (default: .vaino-kept) is what the next run compares with: the job must bring it back. REPORT (default: vaino-report.md) is
# what to show. The first run takes note of what is there and ends with 0.
set -u
vaino=${VAINO:-vaino}
kept=${KEPT:-.vaino-kept}
report=${REPORT:-vaino-report.md}
[ $# -gt 0 ] || { echo "usage: check.sh KIND:WHERE..., such as terraform:infra" >&2; exit 2; }
for source in "$@"; do
  set -- "$@" --source "$source"
  shift
done
"$vaino" scan --data-dir "$kept" --output markdown "$@" >"$report"
code=$?
cat "$report"
exit "$code"
