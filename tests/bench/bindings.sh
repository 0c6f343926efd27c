#!/bin/bash
# Builds the Go side where there is Go, and runs bindings.py. $1: the build folder. $2: a Python.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
PATH=$PATH:/usr/local/go/bin:/usr/lib/go-1.19/bin
export PYTHONPATH=$root/bindings/python FALCOIR_LIBRARY=$build/libfalcoir.so PYTHONDONTWRITEBYTECODE=1
go=""
if command -v go >/dev/null; then
  export GOFLAGS=-mod=mod GOCACHE="$build/go-cache" GOPROXY=off GOTOOLCHAIN=local
  . "$root/tests/bindings/go_prefix.sh"
  go=$build/batchgo
  (cd "$root/tests/bench/batchgo" && go build -o "$go" .)
fi
exec "$2" "$root/tests/bench/bindings.py" "$build/tests/bench/batch" $go
