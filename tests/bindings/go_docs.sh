#!/bin/bash
# The lines and the programs of docs/go.md, from outside of the tree: a module that replaces the package builds each program, and what one
# prints stands behind its lines. $1: the build folder.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/local/go/bin:/usr/lib/go-1.19/bin
command -v go >/dev/null || { echo "go is not here"; exit 77; }
export GOCACHE="$build/go-cache" GOPROXY=off GOTOOLCHAIN=local GOFLAGS=
. "$(dirname "$0")/go_prefix.sh"
page=$root/docs/go.md
package=github.com/libfalcoir/libfalcoir/bindings/go
cd "$work"
go mod init example.org/mine 2>/dev/null
grep -qx "go mod edit -replace $package=/path/to/tree/bindings/go" "$page"
grep -qx "go get $package" "$page"
go mod edit -replace "$package=$root/bindings/go"
go get "$package" 2>/dev/null

python3 - "$page" <<'PY'
import pathlib, re, sys
blocks = re.findall(r"^```go\n(.*?)^```", pathlib.Path(sys.argv[1]).read_text(), flags=re.S | re.M)
for n, text in enumerate(blocks, 1):
    folder = pathlib.Path(f"p{n}")
    folder.mkdir()
    (folder / "main.go").write_text(text)
    wanted = re.findall(r"fmt\.Println\(.*\) // (.*)", text)
    (folder / "wanted").write_text("".join(line + "\n" for line in wanted))
assert len(blocks) >= 3
PY
go build ./...
for folder in p*; do
  [ -z "$(gofmt -l "$folder")" ] || { gofmt -d "$folder"; exit 1; }
  go run "./$folder" >"$folder/got"
  diff "$folder/wanted" "$folder/got"
done
echo "what docs/go.md shows works"
