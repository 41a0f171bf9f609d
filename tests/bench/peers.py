"""tapscope and the programs that it is measured against, as one calls them; where one is absent its name is printed."""

import compileall
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import tapscope

TAPSCOPE = (sys.executable, "-m", "tapscope")

# As pip does where it installs: with PYTHONDONTWRITEBYTECODE set, every start would compile all of the source anew.
compileall.compile_dir(Path(tapscope.__file__).parent, quiet=1)


def there(*programs: str) -> bool:
    """Whether all are installed; names those that are not."""
    absent = [program for program in programs if not shutil.which(program)]
    for program in absent:
        print(f"{program} is not installed: nothing is measured against it", flush=True)
    return not absent


def seconds(*command: str | Path) -> float:
    """How long it runs, what it prints thrown away."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


@contextmanager
def at_home() -> Iterator[dict[str, str]]:
    """Folders for what termshark and tshark keep between two runs, for the environment."""
    with TemporaryDirectory() as folder:
        yield dict.fromkeys(("XDG_CONFIG_HOME", "XDG_CACHE_HOME"), folder)


def medians(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Of each column, where every round gave a number a column."""
    return [sorted(column)[len(column) // 2] for column in zip(*rounds, strict=True)]
