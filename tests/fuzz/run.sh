#!/bin/bash
# Builds the fuzz targets with libFuzzer and runs each for a number of executions, from its corpus:
#   tests/fuzz/run.sh 1000000 [NAME...]
#   PRESET=fuzz-fast tests/fuzz/run.sh 10000000 pipeline     the targets' own invariants alone, without sanitizers: many times faster
set -u
cd "$(dirname "$0")/../.."
runs=${1:-20000}
shift
command -v clang >/dev/null || { echo "clang is not here"; exit 77; }
preset=${PRESET:-fuzz}
cmake --preset "$preset" -Wno-dev -DFALCOIR_TOOLS=OFF && cmake --build --preset "$preset" -j "$(nproc)" --target fuzz_targets || exit 1
names=$*
if [ -z "$names" ]; then # the slow ones first, so that none is left alone at the end
  names=$(cd tests/fuzz && ls fuzz_*.c* | sed 's/fuzz_\(.*\)\.cc*$/\1/')
  slow=$(printf '%s\n' journal pipeline reader aws)
  names=$(echo "$slow"; echo "$names" | grep -vxF "$slow")
fi

longest() { # bytes of an input; where more only repeats, less
  case $1 in
    journal) echo 256 ;;
    evaluate|reader) echo 512 ;;
    pipeline) echo 768 ;;
    gate|template) echo 1024 ;;
    *) echo 8192 ;;
  esac
}

one() { # NAME: finds go to build/PRESET/found/NAME
  mkdir -p "build/$preset/grown/$1" "build/$preset/found/$1"
  local seconds=0 seed=0 grown=build/$preset/grown/$1
  if [ "$2" -le 20000 ]; then # a short run is short for slow targets too, and does what it did the last time
    seconds=$([ "$1" = journal ] && echo 30 || echo 10) seed=1 grown=build/$preset/short/$1
    rm -rf "$grown" && mkdir -p "$grown"
  fi
  # entropic: its count of rare features costs several times what a target does; print_funcs: starts a symbolizer
  build/$preset/tests/fuzz/fuzz_$1 -runs="$2" -seed=$seed -max_total_time=$seconds -max_len=$(longest "$1") -timeout=10 -rss_limit_mb=2048 \
    -entropic=0 -print_funcs=0 -reload=0 -mutate_depth=$([ "$1" = pipeline ] && echo 64 || echo 5) -print_final_stats=1 \
    -artifact_prefix="build/$preset/found/$1/" "$grown" "tests/fuzz/corpus/$1" >"build/$preset/$1.log" 2>&1
  local code=$?
  echo "$1: exit $code, $(grep -o 'number_of_executed_units: *[0-9]*' "build/$preset/$1.log")"
  [ $code = 0 ] || tail -n 60 "build/$preset/$1.log"
  return $code
}
export -f longest one
export preset
echo "$names" | xargs -P "$(nproc)" -I{} bash -c "one {} $runs"
