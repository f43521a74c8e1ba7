"""Form fields from declared parameters: what a person reads, and what becomes of what they type."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from dash.development.base_component import Component

from pages._ui import forms
from pipeline.errors import ParameterError
from pipeline.params import param


@dataclass(frozen=True)
class Sieve:
    """A method with a parameter of each kind."""

    mesh: float = param(0.0025, "width of the holes", unit="mm", low=0, high=10)
    shakes: int = param(3, "how often it is shaken", low=1)
    sort: str = param("fine", "what goes through", choices=("fine", "coarse"))
    wet: bool = param(False, "with water")
    hand: int | None = param(None, "which hand")


SPECS = forms.specs_of(Sieve, prefix="seg_")


def parts(component: Component, kind: str) -> list[Component]:
    """All components of a kind inside one."""
    found = [component] if type(component).__name__ == kind else []
    children = getattr(component, "children", None)
    for child in children if isinstance(children, list) else [children]:
        if isinstance(child, Component):
            found += parts(child, kind)
    return found


def texts(component: Component) -> list[str]:
    return [one.children for kind in ("Label", "Span", "Code") for one in parts(component, kind)
            if isinstance(one.children, str) and one.children]


def test_a_field_says_what_it_is_its_range_unit_and_default():
    mesh = forms.fields("f", SPECS, flags={"seg_mesh": "--seg-mesh"})[0]
    assert set(texts(mesh)) == {"Width of the holes", "between 0 and 10 mm", "default 0.0025", "mm", "--seg-mesh"}
    label, = parts(mesh, "Label")
    control, = parts(mesh, "Input")
    assert json.loads(label.htmlFor) == control.id == forms.id_of("f", "seg_mesh")
    assert (control.value, control.inputMode) == ("0.0025", "decimal")


def test_each_kind_has_a_control_of_its_own():
    made = forms.fields("f", SPECS)
    kinds = [next(kind for kind in ("Input", "Select", "Switch") if parts(field, kind)) for field in made]
    assert kinds == ["Input", "Input", "Select", "Switch", "Input"]
    assert parts(made[4], "Input")[0].value == ""


def test_a_preset_fills_and_what_was_typed_wins():
    base = {"seg_mesh": 0.5, "seg_wet": True}
    mesh, shakes, *_, wet, _hand = forms.fields("f", SPECS, base=base, own={"seg_mesh": "2"})
    assert parts(mesh, "Input")[0].value == "2"
    assert getattr(mesh, "data-base") == "0.5"
    assert "preset 0.5" in texts(mesh)
    assert parts(wet, "Switch")[0].value is True
    assert "default 3" in texts(shakes)


def test_what_was_typed_becomes_values_of_the_right_types():
    own = {"seg_mesh": " 1e-1", "seg_shakes": "7", "seg_sort": "coarse", "seg_wet": True, "seg_hand": "", "other": "x"}
    assert forms.checked(SPECS, own) == {"seg_mesh": 0.1, "seg_shakes": 7, "seg_sort": "coarse", "seg_wet": True}


@pytest.mark.parametrize(("own", "sentence"), [
    ({"seg_mesh": "11"}, "mesh is 11, but must be between 0 and 10 mm."),
    ({"seg_shakes": "2.5"}, "shakes must be a whole number, not '2.5'."),
    ({"seg_sort": "both"}, "sort is 'both', but must be one of: fine, coarse."),
])
def test_what_cannot_be_is_refused_in_a_sentence(own, sentence):
    with pytest.raises(ParameterError) as refused:
        forms.checked(SPECS, own)
    assert str(refused.value) == sentence
