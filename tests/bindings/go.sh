#!/bin/bash
# The package for Go: go.sh BUILD WHAT. WHAT: test, check (races, and cgo's pointers), vet. The library is the one of the build, found by
# pkg-config as an installed one.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
PATH=$PATH:/usr/local/go/bin:/usr/lib/go-1.19/bin
command -v go >/dev/null || { echo "go is not here"; exit 77; }
export GOFLAGS=-mod=mod GOCACHE="$build/go-cache" GOPROXY=off GOTOOLCHAIN=local
. "$(dirname "$0")/go_prefix.sh"
export FALCOIR_LAYOUT=$build/tests/bindings/layout.json FALCOIR_PLANS=$build/tests/bindings/plans
cd "$root/bindings/go"
minor=$(go env GOVERSION | sed -E 's/^go1\.([0-9]+).*/\1/')

case $2 in
  vet)
    [ -z "$(gofmt -l . "$root/examples/go")" ] || { gofmt -d . "$root/examples/go"; exit 1; }
    go vet ./...
    (cd "$root/examples/go" && go vet ./...)
    ;;
  test) go test -count=1 -timeout 600s ./... ;;
  check)
    # Both at once, for each alone builds Go's own packages anew. The race detector wants cgo and its runtime, which not every
    # platform has; without it cgo's pointers are checked all the same.
    race=-race
    echo 'package main; func main() {}' >"$build/race.go"
    go run -race "$build/race.go" >/dev/null 2>&1 || race=
    if [ "$minor" -ge 21 ]; then export GOEXPERIMENT=cgocheck2; else export GODEBUG=cgocheck=2; fi
    go test $race -short -count=1 -timeout 600s ./...
    [ -n "$race" ] || { echo "go has no race detector here"; exit 77; }
    ;;
esac
