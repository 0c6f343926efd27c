#!/bin/bash
# mypy --strict over the package and over what its users write. $1: the build folder. $2: a Python.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${FALCOIR_VENV:-$root/build/venv}
[ -x "$venv/bin/mypy" ] || venv=$1/venv-mypy
if ! [ -x "$venv/bin/mypy" ]; then
  "$2" -m venv "$venv" >/dev/null 2>&1 && "$venv/bin/pip" install -q mypy >/dev/null 2>&1 || { rm -rf "$venv"; echo "pip could not get mypy"; exit 77; }
fi
cd "$root/bindings/python"
"$venv/bin/mypy" --strict --cache-dir "$1/mypy-cache" falcoir
export MYPYPATH=$root/bindings/python
for example in "$root"/examples/python/*.py "$root/tests/bindings/typed.py"; do
  if [ -e "$example" ]; then "$venv/bin/mypy" --strict --cache-dir "$1/mypy-cache" "$example"; fi
done
