"""Methods, found by being there.

A file in ``pipeline/segmenters`` (or any other of the method folders) is a method: it holds one frozen dataclass
named like the file (``energy.py`` → ``Energy``, ``mean_shift.py`` → ``MeanShift``) whose fields are its parameters
and whose docstring's first line is its description. Nothing else has to be edited to add one.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from functools import cache

from pipeline.errors import ParameterError


@cache
def names(folder: str) -> tuple[str, ...]:
    """The methods in ``pipeline/<folder>``, sorted. Nothing is imported but the folder itself."""
    package = importlib.import_module(f"pipeline.{folder}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(folder: str, name: str) -> type:
    """The dataclass of a method. Raises ParameterError if there is none of that name."""
    if name not in names(folder):
        known = ", ".join(names(folder))
        raise ParameterError(f"There is no {folder[:-1]} named {name!r}. Known are: {known}.")
    module = importlib.import_module(f"pipeline.{folder}.{name}")
    cls = getattr(module, "".join(part.capitalize() for part in name.split("_")))
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"pipeline/{folder}/{name}.py: {cls.__name__} must be a frozen dataclass")
    return cls


def describe(folder: str, name: str) -> str:
    """The first line of a method's docstring."""
    return (load(folder, name).__doc__ or "").strip().splitlines()[0]
