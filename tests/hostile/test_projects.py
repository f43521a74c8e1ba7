"""Crafted project files: refused in a sentence, read in another process first, and never a way to other files."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import web
from factory import make_project

from hostile import crafted
from pipeline import sandbox, vetting
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError


@pytest.fixture
def shielded():
    sandbox.shield(True)
    yield
    sandbox.shield(False)


@pytest.mark.parametrize("kind", crafted.KINDS)
def test_what_is_crafted_is_refused_in_a_sentence(tmp_path, shielded, kind):
    other = crafted.secret(tmp_path / "secret.h5")
    before = other.read_bytes()
    project = crafted.KINDS[kind](tmp_path / "project.h5", other)
    with pytest.raises(ProjectError) as caught:
        Dataset.open(project)
    assert "project.h5" in str(caught.value)
    assert other.read_bytes() == before


@pytest.mark.parametrize("kind", crafted.HARMLESS)
def test_what_is_merely_odd_can_be_opened(tmp_path, shielded, kind):
    other = crafted.secret(tmp_path / "secret.h5")
    with Dataset.open(crafted.HARMLESS[kind](tmp_path / "project.h5", other)) as dataset:
        assert dataset.n_segments == 12
        assert isinstance(dataset.strangers(), list)


def test_flipped_bits_end_no_server(tmp_path, shielded, monkeypatch):
    monkeypatch.setattr(vetting, "LONGEST_S", 10.0)
    good = make_project(tmp_path / "good.h5", n_sounds=12).read_bytes()
    rng, said = np.random.default_rng(4), []
    for number in range(200):
        data = np.frombuffer(good, np.uint8).copy()
        places = rng.integers(0, min(len(data), 20_000), 12)
        data[places] ^= (1 << rng.integers(0, 8, 12)).astype(np.uint8)
        path = tmp_path / f"{number}.h5"
        path.write_bytes(data.tobytes())
        with contextlib.suppress(ProjectError):
            vetting.vet(path)
            said.append(number)
    assert len(said) < 200
    vetting.vet(make_project(tmp_path / "after.h5", n_sounds=12))


def test_the_list_and_the_pages_show_why_instead_of_opening(tmp_path):
    crafted.KINDS["one text many times"](tmp_path / "bomb.h5", tmp_path)
    make_project(tmp_path / "good.h5", n_sounds=12)
    with web.own_memory(tmp_path):
        client = web.client_of(tmp_path)
        assert client.get("/media/bomb/points.bin").status_code == 404
        assert client.get("/media/good/points.bin").status_code == 200


def test_a_project_is_looked_at_once_as_long_as_it_stays_the_same(tmp_path, shielded, monkeypatch):
    asked, true = [], sandbox.ask
    monkeypatch.setattr(sandbox, "ask", lambda *args, **more: (asked.append(args), true(*args, **more))[1])
    project = make_project(tmp_path / "good.h5", n_sounds=12)
    for _ in range(3):
        vetting.vet(project)
    assert len(asked) == 1
    make_project(tmp_path / "good.h5", n_sounds=14)
    vetting.vet(project)
    assert len(asked) == 2


def test_the_command_line_reads_without_another_process(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "ask", lambda *_args, **_more: pytest.fail("asked"))
    Dataset.open(make_project(tmp_path / "good.h5", n_sounds=12)).close()
