#!/bin/bash
# Static checks without findings: clang-format, clang-tidy, cppcheck. $1: a build folder with compile_commands.json; $2: "deep" adds
# clang's path-sensitive analyzer, which takes twenty times as long as all other checks together.
set -u
cd "$(dirname "$0")/../.."
build=$1
checks=$([ "${2:-}" = deep ] || echo --checks=-clang-analyzer-*)
code=0
sources=$(git ls-files 'lib/*.c' 'tools/*.c')

echo "== clang-format"
clang-format --dry-run -Werror $(git ls-files '*.c' '*.h' | grep -vE 'lib/field/table.c|lib/catalog/presets.[ch]') || code=1

echo "== presets"
python3 lib/catalog/presets/generate.py --check || code=1

echo "== clang-tidy" # one file a run: with several, version 14 takes a va_list of the later ones for uninitialised
clang-tidy --version >/dev/null && echo "$sources" | xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" $checks --quiet --warnings-as-errors='*' 2>&1 |
  grep -vE '^[0-9]+ warnings? (generated|treated)|^$|Suppressed|Use -header-filter' >"$build/tidy.txt"
grep -E 'warning:|error:' "$build/tidy.txt" && { cat "$build/tidy.txt"; code=1; }

echo "== cppcheck"
cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 -j "$(nproc)" \
  --suppressions-list=tests/lint/cppcheck.txt -Ilib -Iinclude -I"$build/include" -D_GNU_SOURCE -DFIR_WITH_HTTP -D__GNUC__=12 -D__linux__ $sources || code=1
exit $code
