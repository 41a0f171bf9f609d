"""What was measured, as a table: ours, the peer's in the same run, their ratio, and what is to be reached."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from captures import FOLDER

GATHERED = "measures"
"""The file in the folder of a run that the benchmarks add their measures to, a JSON object a line."""


@dataclass(frozen=True)
class Measure:
    """A line of the table. ``reached`` is None where nothing is to be."""

    name: str
    ours: str
    peer: str
    ratio: str
    to_reach: str
    reached: bool | None


def show(measures: Iterable[Measure]) -> None:
    """Print them as a table in Markdown, and keep them for the table of the whole run."""
    found = list(measures)
    print(table(found), flush=True)
    if FOLDER in os.environ:
        with (Path(os.environ[FOLDER]) / GATHERED).open("a") as file:
            file.writelines(json.dumps(asdict(measure)) + "\n" for measure in found)


def gathered(folder: Path) -> list[Measure]:
    """All that a run has shown."""
    path = folder / GATHERED
    return [Measure(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def table(measures: Iterable[Measure]) -> str:
    """In Markdown."""
    lines = ["| measure | tapscope | peer | ratio | to reach | |", "|---|---|---|---|---|---|"]
    for it in measures:
        verdict = {None: "", True: "reached", False: "**not reached**"}[it.reached]
        lines.append(f"| {it.name} | {it.ours} | {it.peer} | {it.ratio} | {it.to_reach} | {verdict} |")
    return "\n".join(lines)


def span(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
