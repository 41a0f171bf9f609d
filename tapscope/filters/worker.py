"""A process that looks into frames for another one: jobs come by stdin, answers go by stdout, until stdin ends."""

import os
import pickle
import sys
from dataclasses import replace
from functools import lru_cache

import numpy as np

from tapscope import dissect
from tapscope.filters import compile_filter
from tapscope.filters.backlog import Numbers
from tapscope.filters.workers import Job
from tapscope.store.batches import frames_of

NICE = 5
"""Whoever looks at the screen goes first."""

_compiled = lru_cache(maxsize=4)(compile_filter)


def main() -> None:
    """Answer jobs. What a library prints goes nowhere."""
    os.nice(NICE)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        dissect.load()
        answer: Numbers | None = None
        while True:
            pickle.dump(answer, answers)
            answers.flush()
            try:
                answer = found_in(pickle.load(sys.stdin.buffer))  # noqa: S301  our own process wrote it
            except EOFError:
                return


def found_in(job: Job) -> Numbers:
    """The numbers of those of its frames that pass."""
    wanted = _compiled(job.wanted) if isinstance(job.wanted, str) else job.wanted
    return np.array(
        [
            number
            for numbers, batch in job.pieces
            for number, frame in zip(numbers.tolist(), frames_of(batch, job.context.interfaces), strict=True)
            if wanted.matches(replace(frame, number=number), job.context)
        ],
        np.int64,
    )
