#!/bin/bash
# A subset of the tests under valgrind: no error, no leak. $1: a build folder without sanitizers.
set -u
cd "$(dirname "$0")/../.."
command -v valgrind >/dev/null || { echo "valgrind is not here"; exit 77; }
code=0
export FALCOIR_TEST_SLOW=1 # the bounds on time and memory that tests assert are for a processor that is not simulated
for test in base event template yaml catalog; do
  program=$1/tests/unit/test_unit_$test
  [ -x "$program" ] || continue
  echo "== $test"
  CK_FORK=no CK_DEFAULT_TIMEOUT=0 valgrind --quiet --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite,indirect "$program" || code=1
done
exit $code
