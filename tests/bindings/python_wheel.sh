#!/bin/bash
# The wheel in a clean environment: the library is inside of it, and the package's tests pass there, under each Python that is here.
# $1: the build folder. $2: a Python.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH FALCOIR_LIBRARY LD_LIBRARY_PATH
export PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# What builds the wheel: the virtual environment of tests/run.sh where it can, else one of our own.
builder=${FALCOIR_VENV:-$root/build/venv}
if ! "$builder/bin/python" -c 'import pip, setuptools, wheel; assert int(setuptools.__version__.split(".")[0]) >= 64' 2>/dev/null; then
  builder=$work/builder
  "$2" -m venv "$builder" 2>"$work/log" || { tail -n 1 "$work/log"; echo "venv is not here"; exit 77; }
  "$builder/bin/pip" install -q 'setuptools>=64' wheel >"$work/log" 2>&1 || { echo "pip could not get setuptools"; exit 77; }
fi
cp -r "$root/bindings/python" "$work/source" # nothing is left in the tree
rm -rf "$work/source/build" "$work/source/"*.egg-info "$work/source/falcoir/_lib"
wheel() { # LIBRARY
  FALCOIR_PREBUILT=$1 "$builder/bin/pip" wheel -q --no-build-isolation --no-deps -w "$work/wheels" "$work/source"
}
wheel "$build/libfalcoir.so.0"
bundled=$(ls "$work"/wheels/falcoir-*-py3-none-linux_*.whl)
"$2" -m zipfile -l "$bundled" | grep -q 'falcoir/_lib/libfalcoir.so.0'
"$2" -m zipfile -l "$bundled" | grep -q 'falcoir/py.typed'
rm -rf "$work/source/build"
wheel system
system=$(ls "$work"/wheels/falcoir-*-py3-none-any.whl)

# Into a clean environment, which needs no pip of its own.
put() { # WHEEL
  "$builder/bin/pip" --python "$work/clean/bin/python" install -q --no-index --no-deps --force-reinstall "$1"
}

mkdir "$work/tests"
cp "$root"/bindings/python/tests/*.py "$work/tests"
export FALCOIR_SOURCE=$root
ran=0
for python in "$2" python3.9 python3.13 "${HOME-}"/.pyenv/versions/3.9.*/bin/python3 "${HOME-}"/.pyenv/versions/3.13.*/bin/python3; do
  command -v "$python" >/dev/null && "$python" -c 'import venv, sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || continue
  rm -rf "$work/clean"
  "$python" -m venv --without-pip "$work/clean" >/dev/null 2>&1 || continue
  put "$bundled"
  cd "$work/tests"
  where=$("$work/clean/bin/python" -c 'import falcoir; print(falcoir.library_path)')
  case $where in "$work/clean/"*) ;; *) echo "the library is not the wheel's: $where"; exit 1 ;; esac
  for name in values engine; do
    "$work/clean/bin/python" -X dev -W error "test_$name.py" 2>"$work/log" || { cat "$work/log"; exit 1; }
  done
  echo "$("$python" -V): the tests pass with the wheel"
  ran=$((ran + 1))
done
[ "$ran" -ge 1 ]

# Without a library inside it is the system's, by its SONAME.
put "$system"
LD_LIBRARY_PATH=$build "$work/clean/bin/python" "$work/tests/test_values.py" 2>"$work/log" || { cat "$work/log"; exit 1; }
[ "$(LD_LIBRARY_PATH=$build "$work/clean/bin/python" -c 'import falcoir; print(falcoir.library_path)')" = libfalcoir.so.0 ]
echo "the tests pass with the system's library"
