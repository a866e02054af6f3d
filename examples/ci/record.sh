#!/bin/sh
# Records summary.run anew, after a change of summary.lua that is meant:
#
#   sh examples/ci/record.sh
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
llmspell=${LLMSPELL:-npx llmspell}
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

# The id of the run is the first line on standard error: "run <id>".
# It runs as a copy, so that the recording does not tell where this folder is.
cp "$folder/summary.lua" "$data"
run=$($llmspell run --data-dir "$data/runs" "$data/summary.lua" 2>&1 >/dev/null | sed -n 's/^run //p')
$llmspell export --data-dir "$data/runs" "$run" -o "$folder/summary.run"
