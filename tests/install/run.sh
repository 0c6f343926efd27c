#!/bin/bash
# Installs a build into an empty folder and builds consumers against it: pkg-config and find_package, shared and static, C and C++.
# $1: the build folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/install.log"
(cd "$prefix" && find . -type f -o -type l | sed -E 's|lib/[a-z0-9_]+-linux-gnu[a-z0-9]*/|lib/|; s|falcoir-targets-[a-z]+\.cmake|falcoir-targets-CONFIG.cmake|' | LC_ALL=C sort) >"$work/files"
diff -u "$here/files.txt" "$work/files" || { echo "the list of installed files has changed"; exit 1; }

libdir=$(dirname "$(find "$prefix" -name libfalcoir.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
! grep -rn "$PWD\|$build" "$libdir/pkgconfig" "$libdir/cmake" || { echo "a path of the build stands in the installation"; exit 1; }

try() { # NAME PROGRAM
  echo "== $1"
  LD_LIBRARY_PATH=$libdir "$2"
}
cc "$here/consumer.c" $(pkg-config --cflags --libs falcoir) -o "$work/shared"
try pkg-config-shared "$work/shared"
ldd "$work/shared" | grep -q falcoir
# Our archive with the shared libraries below it: what an embedder links. (All-static needs static builds of libcurl's own needs.)
below=$(pkg-config --print-requires-private falcoir | sed 's/ .*//')
cc "$here/consumer.c" $(pkg-config --cflags falcoir) "$libdir/libfalcoir.a" $(pkg-config --libs $below) -lm -o "$work/static"
try pkg-config-static "$work/static"
! ldd "$work/static" | grep falcoir
if command -v c++ >/dev/null; then
  c++ -x c++ "$here/consumer.c" $(pkg-config --cflags --libs falcoir) -o "$work/cxx"
  try pkg-config-c++ "$work/cxx"
fi

mkdir "$work/package"
cat >"$work/package/CMakeLists.txt" <<'CM'
cmake_minimum_required(VERSION 3.20)
project(consumer C)
find_package(falcoir 0.1 REQUIRED)
find_package(falcoir 0.1 REQUIRED)
add_executable(shared ${SOURCE})
target_link_libraries(shared falcoir::falcoir)
add_executable(static ${SOURCE})
target_link_libraries(static falcoir::falcoir_static)
CM
cmake -S "$work/package" -B "$work/package/build" -DSOURCE="$here/consumer.c" -DCMAKE_PREFIX_PATH="$prefix" >"$work/package.log" || { cat "$work/package.log"; exit 1; }
cmake --build "$work/package/build" >>"$work/package.log" 2>&1 || { cat "$work/package.log"; exit 1; }
try find_package-shared "$work/package/build/shared"
try find_package-static "$work/package/build/static"
LD_LIBRARY_PATH=$libdir "$prefix/bin/falcoir" version
