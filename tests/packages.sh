#!/bin/sh
# Installs, by package name, what is missing on a Debian 12 machine. SETS: build (what the library and the command need) and
# test (what tests/run.sh needs besides). Does nothing where all is there; needs root only where something is missing.
set -eu

build="gcc libc6-dev make cmake pkg-config libjansson-dev libyaml-dev libpcre2-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev zlib1g-dev python3 curl"
test="g++ clang clang-tidy clang-format libclang-rt-14-dev llvm-14 cppcheck check valgrind golang-go git openssl nginx-light libre2-dev
      nodejs npm mandoc pmccabe gcovr python3-pytest python3-venv procps ca-certificates zsh fish rsyslog rsyslog-openssl"

wanted=""
for set in "$@"; do
  case $set in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test" ;;
    *) echo "packages.sh: there is no set '$set' (build, test)" >&2; exit 2 ;;
  esac
done

# A tool that is there already, from wherever, needs no package.
have() {
  case $1 in
    nodejs) command -v node ;;
    golang-go) command -v go ;;
    npm | gcc | g++ | make | cmake | clang | git | curl | python3 | valgrind | openssl) command -v "$1" ;;
    *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
  esac >/dev/null
}

missing=""
for package in $wanted; do
  have "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
run=""
[ "$(id -u)" = 0 ] || run="sudo"
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
for package in $missing; do # one that this release does not have costs only what it is for: its tests are reported as skipped
  apt-cache show "$package" >/dev/null 2>&1 || { echo "no package $package here"; missing=$(echo "$missing" | sed "s/ $package\b//"); }
done
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-install-recommends $missing >/dev/null
