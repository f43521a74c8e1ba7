"""Command-line options, made from the parameters that methods declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from pipeline import params, registry
from pipeline.params import Spec
from pipeline.plan import EMBED_PREFIX, PARTS, SEGMENT_PREFIX, Plan
from pipeline.text import listed

PREFIXES = {"segmenters": SEGMENT_PREFIX, "embedders": EMBED_PREFIX}


def run_parameters() -> list[tuple[str, Spec, list[str]]]:
    """Every parameter of a run: (its name among a plan's values, declaration, methods that have it).

    A parameter that several methods share is told once, by the first that declares it.
    """
    found: dict[str, tuple[str, Spec, list[str]]] = {}
    for cls in PARTS.values():
        for spec in params.specs(cls):
            found.setdefault(spec.name, (spec.name, spec, []))
    for folder, prefix in PREFIXES.items():
        for name in registry.names(folder):
            for spec in params.specs(registry.load(folder, name)):
                found.setdefault(prefix + spec.name, (prefix + spec.name, spec, []))[2].append(name)
    return list(found.values())


def parameter_options(command: Callable) -> Callable:
    """Add an option for every parameter of a run. What is not given arrives as None."""
    for name, spec, methods in reversed(run_parameters()):
        command = _option(name, spec, methods)(command)
    return command


def without_effect(plan: Plan, given: Mapping[str, Any]) -> Iterator[str]:
    """Sentences about options that were given but are none of the chosen methods' business."""
    for kind, prefix in (("segmenter", SEGMENT_PREFIX), ("embedder", EMBED_PREFIX)):
        method = getattr(plan, kind)
        own = {prefix + spec.name for spec in params.specs(type(method))}
        idle = [_flag(name, spec) for name, spec, _methods in run_parameters()
                if name.startswith(prefix) and given.get(name) is not None and name not in own]
        if idle:
            has = "has" if len(idle) == 1 else "have"
            yield f"{listed(idle)} {has} no effect with the {kind} {getattr(plan, f'{kind}_name')}."


def _option(name: str, spec: Spec, methods: list[str]) -> Callable:
    return click.option(_flag(name, spec), name, default=None, type=_type(spec), help=_help(spec, methods),
                        is_flag=False, metavar=_metavar(spec))


def _flag(name: str, spec: Spec) -> str:
    return "--" + (spec.flag or name.replace("_", "-"))


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
