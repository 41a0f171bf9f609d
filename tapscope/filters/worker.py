"""A process that looks into frames for another one: jobs come by stdin, answers go by stdout, until stdin ends."""

import os
import pickle
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tapscope import dissect
from tapscope.filters.backlog import Numbers
from tapscope.filters.context import Wanted
from tapscope.filters.infos import LONGEST, info_of
from tapscope.filters.workers import Found, Job
from tapscope.frame import Frame
from tapscope.store.batches import frames_of

NICE = 5
"""Whoever looks at the screen goes first."""


def main() -> None:
    """Answer jobs. What a library prints goes nowhere."""
    os.nice(NICE)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        dissect.load()
        answer: Found | None = None
        while True:
            pickle.dump(answer, answers)
            answers.flush()
            try:
                answer = answer_to(pickle.load(sys.stdin.buffer))  # noqa: S301  our own process wrote it
            except EOFError:
                return


def answer_to(job: Job) -> Found:
    """What is to be known of its frames."""
    if job.wanted is None:
        return np.array([info_of(frame) for frame in _frames(job)], f"S{LONGEST}")
    return found_in(job, job.wanted)


def found_in(job: Job, wanted: Wanted) -> Numbers:
    """The numbers of those of its frames that pass."""
    return np.array([frame.number for frame in _frames(job) if wanted.matches(frame, job.context)], np.int64)


def _frames(job: Job) -> Iterator[Frame]:
    for numbers, batch in job.pieces:
        for number, frame in zip(numbers.tolist(), frames_of(batch, job.context.interfaces), strict=True):
            yield replace(frame, number=number)
