"""Methods are found by being there."""

from __future__ import annotations

import sys

import pytest

from pipeline import registry
from pipeline.errors import ParameterError

METHOD = '''
from dataclasses import dataclass
from pipeline.params import param

@dataclass(frozen=True)
class MeanShift:
    """Moves every point uphill.

    More about it.
    """
    radius: float = param(1.0, "How far to look.", low=0)
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A method folder ``pipeline.shifters`` with one good file, one wrong one and one that is no method."""
    package = tmp_path / "shifters"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_helpers.py").write_text("raise RuntimeError('never imported')")
    (package / "mean_shift.py").write_text(METHOD)
    (package / "plain.py").write_text("class Plain:\n    pass\n")
    import pipeline

    monkeypatch.setattr(pipeline, "__path__", [*pipeline.__path__, str(tmp_path)])
    registry.names.cache_clear()
    yield "shifters"
    registry.names.cache_clear()
    for name in [name for name in sys.modules if name.startswith("pipeline.shifters")]:
        del sys.modules[name]


def test_a_file_is_a_method_and_an_underscore_hides_one(folder):
    assert registry.names(folder) == ("mean_shift", "plain")


def test_listing_imports_no_method(folder):
    registry.names(folder)
    assert "pipeline.shifters.mean_shift" not in sys.modules


def test_a_method_is_the_class_named_like_its_file(folder):
    assert registry.load(folder, "mean_shift").__name__ == "MeanShift"
    assert registry.describe(folder, "mean_shift") == "Moves every point uphill."


def test_an_unknown_method_is_answered_with_the_known_ones(folder):
    with pytest.raises(ParameterError, match=r"no shifter named .median_shift.\. Known are: mean_shift, plain"):
        registry.load(folder, "median_shift")


def test_a_class_that_is_no_dataclass_is_a_programming_error(folder):
    with pytest.raises(TypeError, match=r"plain\.py: Plain must be a frozen dataclass"):
        registry.load(folder, "plain")
