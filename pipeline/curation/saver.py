"""Bringing edits to the project file soon after they are made, in the background."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

from pipeline.errors import SyllabaryError

DELAY_S = 1.0


class Saver:
    """Calls ``save`` once, ``DELAY_S`` after the first edit that waits for it.

    trouble : why the last attempt failed, as a sentence for the person; "" if it did not
    """

    def __init__(self, save: Callable[[], object]) -> None:
        self.trouble = ""
        self._save = save
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._timer: threading.Timer | None = None
        self._stopped = False

    def soon(self) -> None:
        """See to it that what has been edited is saved within a moment."""
        with self._lock:
            if self._timer is None and not self._stopped:
                self._timer = threading.Timer(DELAY_S, self._run)   # no daemon: a script that ends is waited for
                self._timer.start()

    def stop(self) -> None:
        """Start no more, and wait for one that is under way."""
        with self._lock:
            self._stopped = True
            if self._timer is not None:
                self._timer.cancel()
        with self._saving:
            pass

    def _run(self) -> None:
        with self._saving:
            with self._lock:
                self._timer = None   # from here on an edit may come too late for this one and needs the next
                if self._stopped:
                    return
            try:
                self._save()
                self.trouble = ""
            except (SyllabaryError, OSError, sqlite3.Error) as error:   # the edits are in the journal all the same
                self.trouble = str(error)
