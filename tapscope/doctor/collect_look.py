"""Looking, with an answer for the case that one may not."""

import errno
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tapscope.doctor.evidence import Unseen

P = ParamSpec("P")
T = TypeVar("T")


def look(reader: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Unseen:
    """What the reader saw (None: there is none), or why it could not look: an errno's symbol or a clause."""
    try:
        return reader(*args, **kwargs)
    except OSError as error:
        symbol = errno.errorcode.get(error.errno or 0)
        return Unseen(symbol or error.strerror or str(error) or "could not look")
    except (ValueError, KeyError, IndexError):
        return Unseen("not understood")
