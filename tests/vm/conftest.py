"""What the tests with a real guest share. They skip where QEMU, a static busybox or a guest's kernel is missing."""

from pathlib import Path

import pytest
from guest_kit import build_initial_file_system, why_no_guest


@pytest.fixture(scope="session")
def initial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest's initial file system."""
    if reason := why_no_guest():
        pytest.skip(f"no guest: {reason}")
    path = tmp_path_factory.mktemp("guest") / "initrd"
    build_initial_file_system(path)
    return path
