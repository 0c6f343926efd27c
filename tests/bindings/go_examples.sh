#!/bin/bash
# Builds the examples in Go and runs them. $1: the build folder.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
PATH=$PATH:/usr/local/go/bin:/usr/lib/go-1.19/bin
command -v go >/dev/null || { echo "go is not here"; exit 77; }
export GOFLAGS=-mod=mod GOCACHE="$build/go-cache" GOPROXY=off GOTOOLCHAIN=local
. "$(dirname "$0")/go_prefix.sh"
mkdir -p "$build/go-examples"
(cd "$root/examples/go" && go build -o "$build/go-examples/" ./...)
for file in "$root"/examples/go/*/*.go "$root"/examples/python/*.py "$root/examples/custom_transport.c"; do
  [ "$(wc -l <"$file")" -lt 80 ] || { echo "$file has 80 lines or more"; exit 1; }
done
python3 "$root/examples/check_go.py" "$build/go-examples/service" "$build/go-examples/sidecar"
