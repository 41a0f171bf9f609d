"""The three things that looking can answer: a value, nothing, or that one could not look."""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Could not look; ``reason`` is short: an errno's symbol (``EACCES``) or a clause."""

    reason: str = "not looked at"


Seen: TypeAlias = T | Unseen | None

NOT_LOOKED = Unseen()


def known(value: Seen[T]) -> T | None:
    """The value, or None where it is absent or unseen: for judges to whom both mean "no evidence"."""
    return None if isinstance(value, Unseen) else value
