"""Results that are kept as long as the data set they were made of is open, and no longer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Result = TypeVar("Result")


def kept_with_dataset(most: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Keep the ``most`` latest results of a function for each data set, its first argument.

    A data set does not change while it is open, so a result is right for ever; with the data set it goes. The other
    arguments are hashable. `functools.lru_cache` would keep closed data sets, and all they have read, in memory.
    """
    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        kept: WeakKeyDictionary[Any, OrderedDict[tuple, Result]] = WeakKeyDictionary()
        lock = threading.Lock()

        @wraps(function)
        def found(dataset: Any, *arguments: Any) -> Result:
            with lock:
                results = kept.setdefault(dataset, OrderedDict())
                if arguments in results:
                    results.move_to_end(arguments)
                    return results[arguments]
            made = function(dataset, *arguments)      # not under the lock: another data set must not wait for this
            with lock:
                results[arguments] = made
                while len(results) > most:
                    results.popitem(last=False)
            return made
        return found
    return decorate
