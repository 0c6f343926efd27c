#!/bin/bash
# Builds the fuzz targets with libFuzzer and runs each for a number of executions, from its corpus:
#   tests/fuzz/run.sh 1000000 [NAME...]
set -u
cd "$(dirname "$0")/../.."
runs=${1:-20000}
shift
command -v clang >/dev/null || { echo "clang is not here"; exit 77; }
cmake --preset fuzz -Wno-dev -DFALCOIR_TOOLS=OFF && cmake --build --preset fuzz -j "$(nproc)" --target fuzz_targets || exit 1
names=$*
[ -n "$names" ] || names=$(cd tests/fuzz && ls fuzz_*.c* | sed 's/fuzz_\(.*\)\.cc*$/\1/')

one() { # NAME: finds go to build/fuzz/found/NAME
  mkdir -p "build/fuzz/grown/$1" "build/fuzz/found/$1"
  local seconds=0 seed=0 grown=build/fuzz/grown/$1
  if [ "$2" -le 20000 ]; then # a short run is short for slow targets too, and does what it did the last time
    seconds=20 seed=1 grown=build/fuzz/short/$1
    rm -rf "$grown" && mkdir -p "$grown"
  fi
  build/fuzz/tests/fuzz/fuzz_$1 -runs="$2" -seed=$seed -max_total_time=$seconds -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$1/" "$grown" "tests/fuzz/corpus/$1" >"build/fuzz/$1.log" 2>&1
  local code=$?
  echo "$1: exit $code, $(grep -o 'number_of_executed_units: *[0-9]*' "build/fuzz/$1.log")"
  [ $code = 0 ] || tail -n 60 "build/fuzz/$1.log"
  return $code
}
export -f one
echo "$names" | xargs -P "$(nproc)" -n 1 -I{} bash -c "one {} $runs"
