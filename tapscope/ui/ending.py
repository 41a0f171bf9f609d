"""Textual's workers, of which none begins any more once all of them are to end.

Textual tells the workers to end when the app's messages have come to theirs; its screens still hand out what waits for
a refresh then. A thread that begins after that would be told by nobody, and the process would wait for it for ever.
"""

from typing import Any

from textual.worker import Worker
from textual.worker_manager import WorkerManager


class EndingWorkers(WorkerManager):
    """After ``cancel_all`` a worker is taken, and never started."""

    _over = False

    def add_worker(self, worker: Worker[Any], start: bool = True, exclusive: bool = True) -> None:
        """Take a worker, and have it begin unless this is the end."""
        super().add_worker(worker, start=start and not self._over, exclusive=exclusive)

    def cancel_all(self) -> None:
        """Tell all that work, and all to come."""
        self._over = True
        super().cancel_all()
