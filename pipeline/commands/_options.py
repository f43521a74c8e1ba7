"""Command-line options, made from the parameters that methods declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from pipeline import params
from pipeline.options import flag, run_parameters
from pipeline.params import Spec

# What several commands take in the same words.
WORKERS = click.option("--workers", type=click.IntRange(min=1), help="Processes at work.  [default: all cores]")
SCHEDULER = click.option("--scheduler", metavar="tcp://HOST:PORT",
                         help="Work on the dask cluster with this scheduler.")
RESUME = click.option("--resume/--restart", default=True, show_default=True,
                      help="Go on from what is done, or anew.")
LABELS = click.option("--labels", type=click.Path(path_type=Path),
                      help="Table with the true label of each file of a folder.")
LABEL_COLUMN = click.option("--label-column", default="label", show_default=True,
                            help="Its column that holds the label.")


def parameter_options(command: Callable) -> Callable:
    """Add an option for every parameter of a run. What is not given arrives as None."""
    for name, spec, methods in reversed(run_parameters()):
        command = _option(name, spec, methods)(command)
    return command


def method_options(cls: type) -> Callable[[Callable], Callable]:
    """Add an option for every parameter of one method. What is not given arrives as None."""
    def add(command: Callable) -> Callable:
        for spec in reversed(params.specs(cls)):
            command = _option(spec.name, spec, [])(command)
        return command
    return add


def bare_option(name: str, spec: Spec, methods: list[str]) -> Callable:
    """The option of one parameter, where yes or no is a flag without a value. What is not given arrives as None."""
    if spec.type is not bool:
        return _option(name, spec, methods)
    of = f" ({', '.join(methods)})" if methods else ""
    return click.option(flag(name, spec), name, default=None, is_flag=True,
                        help=spec.help[0].upper() + spec.help[1:] + of)


def _option(name: str, spec: Spec, methods: list[str]) -> Callable:
    return click.option(flag(name, spec), name, default=None, type=_type(spec), help=_help(spec, methods),
                        is_flag=False, metavar=_metavar(spec))


def _type(spec: Spec) -> Any:
    if spec.choices:
        return click.Choice([str(choice) for choice in spec.choices])
    return {int: click.INT, float: click.FLOAT, bool: click.BOOL}.get(spec.type, click.STRING)


def _metavar(spec: Spec) -> str | None:
    return None if spec.choices else (spec.unit.upper() or spec.type.__name__.upper())


def _help(spec: Spec, methods: list[str]) -> str:
    return spec.help[0].upper() + spec.help[1:] + " " + " ".join(_remarks(spec, methods))


def _remarks(spec: Spec, methods: list[str]) -> Iterator[str]:
    if spec.default not in (None, ""):
        yield f"[default: {spec.default}]"
    if methods:
        yield f"({', '.join(methods)})"
