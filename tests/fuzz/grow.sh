#!/bin/bash
# Takes what long runs have grown into the repository: of all inputs of the folders those that reach an edge of their own, smallest first.
#   tests/fuzz/grow.sh NAME FOLDER...
# wants the target built by tests/fuzz/run.sh; writes tests/fuzz/grown/NAME.b64, an input a line.
set -eu
cd "$(dirname "$0")/../.."
name=$1
shift
merged=$(mktemp -d)
trap 'rm -rf "$merged"' EXIT
cp tests/fuzz/corpus/"$name"/* "$merged"
mkdir "$merged/old"
if [ -f tests/fuzz/grown/"$name".b64 ]; then
  i=0
  while read -r line; do base64 -d <<<"$line" >"$merged/old/$((i++))"; done <tests/fuzz/grown/"$name".b64
fi
build/fuzz/tests/fuzz/fuzz_"$name" -merge=1 -use_counters=0 -max_len=2048 "$merged" "$merged/old" "$@"
rm -rf "$merged/old"
for f in tests/fuzz/corpus/"$name"/*; do rm -f "$merged/$(basename "$f")"; done
mkdir -p tests/fuzz/grown
find "$merged" -type f | sort | while read -r f; do base64 -w 0 "$f"; echo; done >tests/fuzz/grown/"$name".b64
wc -l tests/fuzz/grown/"$name".b64
