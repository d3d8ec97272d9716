"""Builds libnnscore and puts it into the wheel; NNSCORE_LIBRARY names one that is built already."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parents[2]


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        target = pathlib.Path(self.build_lib) / "nnscore" / "libnnscore.so"
        built = os.environ.get("NNSCORE_LIBRARY")
        if built:
            shutil.copyfile(built, target)
            return
        if not (ROOT / "Scripts" / "build-library").exists():
            raise SystemExit(
                f"{ROOT} is not a checkout of nnscore, whose Scripts/build-library builds the library: install from there, "
                "with pip 21.3 or later, or name a built libnnscore.so by NNSCORE_LIBRARY"
            )
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ROOT / "Scripts" / "build-library", "--output", folder], check=True)
            shutil.copyfile(pathlib.Path(folder) / "lib" / "libnnscore.so", target)


class WheelOfThisPlatform(bdist_wheel):
    def get_tag(self):
        # Any Python, as ctypes loads the library; this processor and system alone.
        return "py3", "none", super().get_tag()[2]


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return True


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelOfThisPlatform}, distclass=WithLibrary)
