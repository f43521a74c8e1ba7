"""Parameters: declared once, checked everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline import params
from pipeline.errors import ParameterError
from pipeline.params import param


@dataclass(frozen=True)
class Detector:
    """Finds sounds by their level."""

    min_freq: float = param(500.0, "Lowest frequency looked at.", unit="Hz", low=0)
    n_trials: int = param(3, "How often to look.", low=1, high=10)
    window: str = param("hann", "Shape of the window.", choices=("hann", "boxcar"))
    split: bool = param(False, "Split at dips.")
    model: str | None = param(None, "Folder of a model.")
    internal: int = 7


def test_the_declared_fields_are_the_parameters_in_order():
    assert [spec.name for spec in params.specs(Detector)] == ["min_freq", "n_trials", "window", "split", "model"]


def test_a_spec_knows_type_default_unit_and_range():
    spec = params.specs(Detector)[0]
    assert (spec.type, spec.default, spec.unit, spec.low, spec.high) == (float, 500.0, "Hz", 0, None)
    assert spec.help == "Lowest frequency looked at."


def test_an_optional_parameter_has_the_type_beside_none():
    spec = params.specs(Detector)[-1]
    assert spec.optional
    assert spec.type is str


def test_making_a_method_converts_texts_and_passes_over_what_it_does_not_declare():
    made = params.make(Detector, {"min_freq": "800", "split": "yes", "n_trials": 4.0, "colour": "red", "model": None})
    assert made == Detector(min_freq=800.0, split=True, n_trials=4)
    assert params.values(made) == {"min_freq": 800.0, "n_trials": 4, "window": "hann", "split": True, "model": None}


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("n_trials", 0, "n_trials is 0, but must be between 1 and 10."),
    ("n_trials", 11, "n_trials is 11, but must be between 1 and 10."),
    ("n_trials", 2.5, "n_trials must be a whole number, not 2.5."),
    ("n_trials", "many", "n_trials must be a whole number, not 'many'."),
    ("min_freq", -1, "min_freq is -1, but must be at least 0 Hz."),
    ("min_freq", "nan", "min_freq must be a finite number, not nan."),
    ("min_freq", float("inf"), "min_freq must be a finite number, not inf."),
    ("window", "hamming", "window is 'hamming', but must be one of: hann, boxcar."),
    ("split", "perhaps", "split must be yes or no, not 'perhaps'."),
])
def test_a_wrong_value_is_refused_with_a_sentence_that_names_it(name, value, sentence):
    with pytest.raises(ParameterError) as refused:
        params.make(Detector, {name: value})
    assert str(refused.value) == sentence


def test_the_ends_of_a_range_are_allowed():
    assert params.make(Detector, {"n_trials": 1}).n_trials == 1
    assert params.make(Detector, {"n_trials": 10}).n_trials == 10
    assert params.make(Detector, {"min_freq": 0}).min_freq == 0.0
