# For . in bash: installs the library of $build once for all that want to find it by pkg-config.
prefix=$build/go-prefix
(
  flock 9
  if ! [ -e "$prefix/stamp" ] || [ "$build/libfalcoir.so" -nt "$prefix/stamp" ]; then
    rm -rf "$prefix"
    cmake --install "$build" --prefix "$prefix" >/dev/null
    touch "$prefix/stamp"
  fi
) 9>"$build/go-prefix.lock"
libdir=$(dirname "$(find "$prefix" -name libfalcoir.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir
