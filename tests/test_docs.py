"""The documentation says what the code does: what is generated is up to date, and what is named is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from pipeline import params, registry
from tests import factory

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]


@pytest.fixture(scope="module")
def made():
    """The generated documents: path → text as it should be."""
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.documents()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_generated_is_up_to_date(name, made):
    assert (ROOT / name).read_text(encoding="utf-8") == made[ROOT / name], f"{name} has drifted: run `make docs`"


@pytest.mark.parametrize("name", NAMES)
def test_every_link_to_a_file_leads_to_one(name):
    page = ROOT / name
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_within_a_page_leads_to_a_heading(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    titles = (title.lower() for title in re.findall(r"(?m)^#+ (.+)$", text))
    headings = {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_named_exists(name):
    named = re.findall(r"python -m pipeline ([a-z][a-z-]*)", (ROOT / name).read_text(encoding="utf-8"))
    assert {command.replace("-", "_") for command in named} <= set(registry.names("commands"))


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    named = {target for page in PAGES for target in re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8"))}
    assert named <= targets


def test_every_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("help", "run", "test", "lint", "docs", "clean"):
        assert re.search(rf"(?m)^{target}:.*## \w+", makefile), target


def blocks(name: str) -> list[str]:
    """The Python examples of a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "docs/file-format.md"])
def test_the_examples_run_on_a_project(name, tmp_path, monkeypatch, capsys):
    (tmp_path / "demo").mkdir()
    factory.make_project(tmp_path / "demo" / "demo.h5")
    monkeypatch.chdir(tmp_path)
    for code in blocks(name):
        exec(compile(code, name, "exec"), {})
    assert capsys.readouterr().out.strip()


def test_the_example_of_a_method_is_found_and_keeps_the_contract(tmp_path, monkeypatch):
    """What the page tells to save as a file does what the page says."""
    from pipeline import embedders

    (tmp_path / "band_energy.py").write_text(blocks("docs/adding-a-method.md")[0], encoding="utf-8")
    monkeypatch.setattr(embedders, "__path__", [*embedders.__path__, str(tmp_path)])
    registry.names.cache_clear()
    try:
        assert "band_energy" in registry.names("embedders")
        method = params.make(registry.load("embedders", "band_energy"), {"bands": "24"})
    finally:
        registry.names.cache_clear()
    clips = [(np.zeros(5, np.float32), 8000), (np.sin(np.arange(4000, dtype=np.float32)), 8000)]
    vectors = method.embed(iter(clips))
    assert vectors.shape == (2, 24)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_the_changelog_names_each_release_once():
    releases = re.findall(r"(?m)^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert releases
    assert len(set(releases)) == len(releases)
