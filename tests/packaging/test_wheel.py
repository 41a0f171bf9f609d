"""What is published."""

import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from tapscope import __version__

ROOT = Path(__file__).parents[2]
NAME = f"tapscope-{__version__}"


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_wheel_has_the_package_and_no_build_backend(dist):
    with ZipFile(dist / f"{NAME}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "tapscope").rglob("*") if path.is_file()}
    packed = {name for name in sources if "_build" not in name and "__pycache__" not in name}
    assert {name for name in names if name.startswith("tapscope/")} == packed
    assert {"tapscope/demo/recording.pcapng", "tapscope/ui/app.tcss", f"{NAME}.dist-info/licenses/LICENSE"} <= names


def test_the_wheel_says_what_it_is(dist):
    with ZipFile(dist / f"{NAME}-py3-none-any.whl") as wheel:
        metadata = wheel.read(f"{NAME}.dist-info/METADATA").decode()
        entry_points = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "tapscope = tapscope.cli:main" in entry_points


def test_the_sdist_can_be_built_from(dist):
    with tarfile.open(dist / f"{NAME}.tar.gz") as sdist:
        names = set(sdist.getnames())
    backend = {f"{NAME}/tapscope/_build/{name}.py" for name in ("tapscope_build", "tapscope_needs")}
    assert backend | {f"{NAME}/pyproject.toml", f"{NAME}/README.md", f"{NAME}/LICENSE"} <= names
    assert not any("/tests/" in name or "/.ci/" in name for name in names)
