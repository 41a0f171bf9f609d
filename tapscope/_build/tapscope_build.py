"""PEP 517 backend: hatchling, plus one clear line where python-prctl could not be compiled.

Only the two ``get_requires`` hooks are wrapped. pip, pipx and uv all call one of them before they compile a dependency,
and show what it writes.
"""

from typing import Any

import tapscope_needs
from hatchling import build as _hatchling
from hatchling.build import *  # noqa: F403


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:  # type: ignore[no-redef]
    """Do as hatchling does, after the check."""
    _check()
    return _hatchling.get_requires_for_build_wheel(config_settings)


def get_requires_for_build_editable(config_settings: dict[str, Any] | None = None) -> list[str]:  # type: ignore[no-redef]
    """Do as hatchling does, after the check."""
    _check()
    return _hatchling.get_requires_for_build_editable(config_settings)


def _check() -> None:
    if parts := tapscope_needs.missing():
        raise SystemExit(f"ERROR: {tapscope_needs.sentence(parts)}")
