#!/bin/bash
# The lines of docs/python.md, on a copy of the tree, from outside of it. $1: a Python.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH FALCOIR_LIBRARY FALCOIR_PREBUILT LD_LIBRARY_PATH
mkdir "$work/tree"
(cd "$root" && tar cf - --exclude=./build --exclude=./.git --exclude='*.egg-info' .) | tar xf - -C "$work/tree"
cd "$work/tree"
"$1" -m venv venv >/dev/null 2>&1 || { echo "venv is not here"; exit 77; }
venv/bin/pip install -q 'setuptools>=64' >/dev/null 2>&1 || { echo "pip could not get setuptools"; exit 77; }
venv/bin/pip uninstall -q -y setuptools
grep -qx 'venv/bin/pip install ./bindings/python' "$root/docs/python.md"
venv/bin/pip install ./bindings/python >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cd "$work"
tree/venv/bin/python tree/examples/check_python.py
case $(tree/venv/bin/python -c 'import falcoir; print(falcoir.library_path)') in "$work"/tree/venv/*) ;; *) exit 1 ;; esac
echo "pip install ./bindings/python works"
