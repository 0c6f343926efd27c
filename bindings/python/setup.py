# SPDX-License-Identifier: Apache-2.0
"""Puts the C library into the wheel: built here from the source tree with CMake.

FALCOIR_PREBUILT=/path/to/libfalcoir.so.0 takes one that was built before; FALCOIR_PREBUILT=system leaves it out, so that the
system's is used.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SONAME = "libfalcoir.so.0"
PREBUILT = os.environ.get("FALCOIR_PREBUILT", "")

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel


def library(folder):
    """The shared library, built or as given."""
    if PREBUILT:
        return pathlib.Path(PREBUILT)
    if not (SOURCE / "lib" / "falcoir.map").exists():
        sys.exit("the C sources are not beside this package: set FALCOIR_PREBUILT to a libfalcoir.so.0, or to 'system'")
    for need in ("cmake", "cc", "pkg-config"):
        if shutil.which(need) is None:
            sys.exit(f"{need} is needed to build libfalcoir; `tests/packages.sh build` installs what is missing on Debian")
    configure = ["cmake", "-S", SOURCE, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DFALCOIR_TESTS=OFF", "-DFALCOIR_TOOLS=OFF"]
    subprocess.run(configure, check=True)
    subprocess.run(["cmake", "--build", folder, "--target", "falcoir", "-j", str(os.cpu_count() or 1)], check=True)
    return pathlib.Path(folder) / SONAME


class BuildWithLibrary(build_py):
    """The package, and the library beside it."""

    def run(self):
        super().run()
        bundled = pathlib.Path(self.build_lib) / "falcoir" / "_lib"
        shutil.rmtree(bundled, ignore_errors=True)
        if PREBUILT == "system" or getattr(self, "editable_mode", False):
            return
        with tempfile.TemporaryDirectory() as folder:
            bundled.mkdir(parents=True)
            shutil.copyfile(library(folder), bundled / SONAME)


class PlatformWheel(bdist_wheel):
    """One wheel for all Pythons of a platform: there is no extension module in it."""

    def get_tag(self):
        return ("py3", "none", "any" if PREBUILT == "system" else super().get_tag()[2])


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return PREBUILT != "system"


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel}, distclass=WithLibrary)
