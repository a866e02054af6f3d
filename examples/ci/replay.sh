#!/bin/sh
# A regression test of a script: does it still make exactly the calls that it made when summary.run was recorded?
#
#   sh examples/ci/replay.sh                  # ends with 0, or with 7 and the first difference
#   sh examples/ci/replay.sh changed.lua      # the same for another version of the script
#
# Every answer comes from the recording: no service is called, no key is needed, nothing is paid.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
script=${1:-$folder/summary.lua}
llmspell=${LLMSPELL:-npx llmspell}
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

run=$($llmspell import --data-dir "$data" "$folder/summary.run")
$llmspell replay --data-dir "$data" "$run" --script "$script"
