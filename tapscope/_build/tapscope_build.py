"""PEP 517 backend: hatchling, plus one clear line where python-prctl could not be compiled."""

from hatchling.build import *  # noqa: F403
