"""Every option of a run, from the parameters that methods declare: for the command line and for the form."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

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


def without_effect(plan: Plan, given: Mapping[str, Any]) -> Iterator[str]:
    """Sentences about options that were given but are none of the chosen methods' business."""
    for kind, prefix in (("segmenter", SEGMENT_PREFIX), ("embedder", EMBED_PREFIX)):
        method = getattr(plan, kind)
        own = {prefix + spec.name for spec in params.specs(type(method))}
        idle = [flag(name, spec) for name, spec, _methods in run_parameters()
                if name.startswith(prefix) and given.get(name) is not None and name not in own]
        if idle:
            has = "has" if len(idle) == 1 else "have"
            yield f"{listed(idle)} {has} no effect with the {kind} {getattr(plan, f'{kind}_name')}."


def flag(name: str, spec: Spec) -> str:
    """A parameter's name on the command line."""
    return "--" + (spec.flag or name.replace("_", "-"))


def flags() -> dict[str, str]:
    """The name on the command line of each parameter, by its name among a plan's values."""
    return {name: flag(name, spec) for name, spec, _methods in run_parameters()}


def command_line(command: str, options: Mapping[str, Any]) -> str:
    """What to type in a POSIX shell for the same: ``python -m pipeline COMMAND``, options in the order given.

    options : by their names on the command line; True gives the bare name, None, False and "" leave it out
    """
    words = ["python", "-m", "pipeline", command]
    for name, value in options.items():
        if value is True:
            words.append(name)
        elif value not in (None, False, ""):
            words += [name, str(value)]
    return shlex.join(words)
