#!/bin/bash
# The same batch through the command, ctypes and cgo: the same bytes. $1: the build folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
playbook=$root/examples/playbooks/quickstart.yaml
cat "$root/examples/alerts/falco.ndjson" "$root/examples/alerts/hostile.ndjson" >"$work/alerts"

"$build/tools/falcoir" plan --json -p "$playbook" "$work/alerts" >"$work/c"
[ "$(wc -l <"$work/c")" = 9 ] || { echo "9 plans were expected:"; cat "$work/c"; exit 1; }
python3 "$here/smoke.py" "$build/libfalcoir.so" "$playbook" "$work/alerts" >"$work/python"
cmp "$work/c" "$work/python"
echo "ctypes: the same bytes"
command -v go >/dev/null || { echo "go is not here: cgo was not tried"; exit 0; }
cp "$here/go/"* "$work"
cd "$work"
export GOFLAGS=-mod=mod GOCACHE="$build/go-cache" CGO_CFLAGS="-I$root/include -I$build/include" CGO_LDFLAGS="-L$build -lfalcoir" LD_LIBRARY_PATH=$build
go build -o smoke . && GODEBUG=cgocheck=1 ./smoke "$playbook" "$work/alerts" >"$work/go"
cmp "$work/c" "$work/go"
echo "cgo: the same bytes"
