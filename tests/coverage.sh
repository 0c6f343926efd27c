#!/bin/bash
# Measures what of lib/ the tests reach: lines, branches (each side of each condition), functions; a line a file, a line a module,
# totals. clang's counters sit in the library's objects alone, so that tests and tools count for nothing.
#
#   tests/coverage.sh                 builds, runs the tests, prints; fails below the bounds
#   tests/coverage.sh --report        prints again what the last run counted
#   tests/coverage.sh --missing FILE  the lines of a file that did not run and the branches that went one way only
#   tests/coverage.sh --only REGEX    runs these tests only (their counts are added to what is there); no bounds
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build/coverage
counts=$build/counts
only=""
missing=""
run=yes
while [ $# -gt 0 ]; do
  case $1 in
    --report) run=no ;;
    --missing) run=no missing=$2; shift ;;
    --only) only=$2; shift ;;
    *) echo "usage: tests/coverage.sh [--report | --missing FILE | --only REGEX]" >&2; exit 2 ;;
  esac
  shift
done
tool() { # the one of clang's version, where there are several
  local version
  version=$(clang -dumpversion)
  command -v "$1-${version%%.*}" || command -v "$1" || { echo "$1 is not here (package llvm)" >&2; exit 77; }
}
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)

failed=0
if [ $run = yes ]; then
  cmake --preset coverage -Wno-dev >/dev/null
  cmake --build --preset coverage -j "$(nproc)" >"$build/build.log" 2>&1 || { tail -n 40 "$build/build.log"; exit 1; }
  rm -rf "$counts"
  mkdir -p "$counts"
  # %c: counted in the file itself while it runs, so that a process that is killed has counted too. %p: a file a process; %m would
  # name it by the sizes of a program's tables, which two programs can have in common, or one before and after a change: they would
  # count in each other's places.
  FALCOIR_TEST_SLOW=1 FALCOIR_TEST_LONG=yes LLVM_PROFILE_FILE=$counts/%p%c.profraw ctest --test-dir "$build" -j "$(nproc)" --output-on-failure --timeout 900 \
    -E '^(bench|install|abi|lint|bindings)\.' ${only:+-R "$only"} >"$build/tests.log" 2>&1 || failed=1
  grep -E '\*\*\*(Failed|Timeout|Exception|Not Run|Skipped)' "$build/tests.log" || true
  grep -E 'tests passed|tests failed' "$build/tests.log"
  # One that was killed while it laid out its file has counted nothing, and is passed over. What is merged is not kept: the next
  # process of that number must find no file.
  find "$counts" -name '*.profraw' -size +0 >"$build/counted"
  [ -s "$build/counted" ] || { echo "no process has counted" >&2; exit 1; }
  [ -z "$only" ] || [ ! -e "$build/counts.profdata" ] || echo "$build/counts.profdata" >>"$build/counted"
  $profdata merge -sparse -failure-mode=all -input-files="$build/counted" -o "$build/counts.new"
  mv "$build/counts.new" "$build/counts.profdata"
  rm -rf "$counts"
fi

library=$(find "$build" -name 'libfalcoir.so' | head -n 1)
if [ -n "$missing" ]; then
  exec $cov show "$library" -instr-profile="$build/counts.profdata" -show-branches=count -show-expansions "$root/$missing"
fi
$cov export "$library" -instr-profile="$build/counts.profdata" -summary-only >"$build/summary.json"
python3 tests/coverage.py "$build/summary.json" "$root/" ${only:+--no-bounds}
exit $failed
