"""Parameters, declared once.

A method is a frozen dataclass; each of its parameters is a field made by `param`. The command line, the web form,
validation, provenance and the documentation are all made from these fields, so none of them can disagree.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from pipeline.errors import ParameterError


@dataclasses.dataclass(frozen=True)
class Spec:
    """What is known about one parameter.

    ``flag`` is its name on the command line where that differs from the field's (without the leading dashes).
    ``low`` and ``high`` are inclusive bounds; ``choices`` an exhaustive list of values.
    """

    name: str
    type: type
    optional: bool
    default: Any
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    flag: str = ""


def param(
    default: Any,
    help: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] = (),
    flag: str = "",
) -> Any:
    """Declare one parameter as a dataclass field."""
    about = {"help": help, "unit": unit, "low": low, "high": high, "choices": choices, "flag": flag}
    return dataclasses.field(default=default, metadata=about)


def specs(cls: type) -> list[Spec]:
    """The parameters of a method, in the order in which they are declared."""
    hints = typing.get_type_hints(cls)
    return [_spec(field, hints[field.name]) for field in dataclasses.fields(cls) if "help" in field.metadata]


def _spec(field: dataclasses.Field, hint: Any) -> Spec:
    optional = isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)
    base = next(a for a in typing.get_args(hint) if a is not type(None)) if optional else hint
    return Spec(name=field.name, type=base, optional=optional, default=field.default, **field.metadata)


def make(cls: type, values: Mapping[str, Any]) -> Any:
    """Build a method from ``values``, checked against its declaration.

    Values that the method does not declare are not its business and are passed over; a value of None means the
    default. Raises ParameterError with the parameter's name, its range and the value given.
    """
    known = {spec.name: spec for spec in specs(cls)}
    given = {name: value for name, value in values.items() if name in known and value is not None}
    return cls(**{name: check(known[name], value) for name, value in given.items()})


def check(spec: Spec, value: Any) -> Any:
    """``value`` as the parameter's type, or ParameterError."""
    value = _convert(spec, value)
    if spec.choices and value not in spec.choices:
        allowed = ", ".join(str(choice) for choice in spec.choices)
        raise ParameterError(f"{spec.name} is {value!r}, but must be one of: {allowed}.")
    if spec.type in (int, float) and not math.isfinite(value):
        raise ParameterError(f"{spec.name} must be a finite number, not {value}.")
    too_low = spec.low is not None and value < spec.low
    too_high = spec.high is not None and value > spec.high
    if too_low or too_high:
        raise ParameterError(f"{spec.name} is {value:g}, but must be {range_text(spec)}.")
    return value


def _convert(spec: Spec, value: Any) -> Any:
    if spec.type is bool and isinstance(value, str):
        return _truth(spec, value)
    if spec.type is int and isinstance(value, float) and not value.is_integer():
        raise ParameterError(f"{spec.name} must be a whole number, not {value:g}.")
    try:
        return spec.type(value)
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(f"{spec.name} must be {_type_text(spec)}, not {value!r}.") from None


def _truth(spec: Spec, text: str) -> bool:
    if text.lower() in ("true", "yes", "on", "1"):
        return True
    if text.lower() in ("false", "no", "off", "0"):
        return False
    raise ParameterError(f"{spec.name} must be yes or no, not {text!r}.")


def range_text(spec: Spec) -> str:
    """The allowed range in words, e.g. ``at least 1``; empty if there is none."""
    unit = f" {spec.unit}" if spec.unit else ""
    if spec.low is not None and spec.high is not None:
        return f"between {spec.low:.10g} and {spec.high:.10g}{unit}"
    if spec.low is not None:
        return f"at least {spec.low:.10g}{unit}"
    if spec.high is not None:
        return f"at most {spec.high:.10g}{unit}"
    return ""


def values(method: Any) -> dict[str, Any]:
    """The parameters of a method as plain values, for provenance and fingerprints."""
    return {spec.name: getattr(method, spec.name) for spec in specs(type(method))}


def _type_text(spec: Spec) -> str:
    texts = {int: "a whole number", float: "a number", str: "a text", bool: "yes or no"}
    return texts.get(spec.type, spec.type.__name__)
