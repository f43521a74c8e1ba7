"""The routes of the context view: pictures, waveform and sound of a stretch; and what they refuse."""

from __future__ import annotations

import io

import pytest
from factory import make_project
from PIL import Image
from web import client_of, own_memory

from pages._ui import workspaces
from pipeline import surroundings


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    with own_memory(folder):
        make_project(folder / "birds.h5", n_sounds=30, with_audio_dir=folder / "audio")
        make_project(folder / "silent.h5", n_sounds=5)
        yield client_of(folder)
        workspaces.close_all()


def test_a_stretch_is_a_picture_that_is_kept_for_ever(client):
    answer = client.get("/media/birds/strip/0/0-500.png?map=magma")
    assert Image.open(io.BytesIO(answer.data)).size == (surroundings.WIDTH_PX, surroundings.HEIGHT_PX)
    assert "immutable" in answer.headers["Cache-Control"]


def test_sounds_place_waveform_and_sound_come_small(client):
    assert client.get("/media/birds/sounds/0/0-64000.json").json["ids"] == list(range(10))
    assert client.get("/media/birds/place/3.json").json["name"] == "day-1/song_000.wav"
    assert len(client.get("/media/birds/wave/0/0-500.bin").data) == surroundings.WIDTH_PX * 8
    assert client.get("/media/birds/heard/0/10-400.wav").data[:4] == b"RIFF"
    assert client.get("/media/birds/recording/0.json").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [
    "strip/0/0-501.png", "strip/0/100-225.png", "strip/0/0-500.png?map=rainbow", "wave/0/500-0.bin",
    "heard/0/5-5.wav", "heard/0/0-60001.wav", "heard/0/0-500.wav?speed=99", "heard/0/0-500.wav?speed=nan",
    f"sounds/0/{10**30}-{10**30 + 500}.json",
])
def test_stretches_that_cannot_be_had_are_refused_with_a_sentence(client, path):
    answer = client.get(f"/media/birds/{path}")
    assert answer.status_code == 400
    assert answer.text.endswith(".")


@pytest.mark.parametrize("path", [
    "birds/strip/99/0-500.png", "birds/sounds/99/0-500.json", "birds/wave/99/0-500.bin", "birds/heard/99/0-500.wav",
    "birds/recording/99.json", "birds/place/30.json", "nobody/recording/0.json", "silent/wave/0/0-500.bin",
    "silent/heard/0/0-500.wav",
])
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("path", [
    "birds/strip/-1/0-500.png", "birds/strip/..%2f..%2fsecret/0-500.png", "..%2f..%2fetc/recording/0.json",
    "birds/heard/audio%2fday-1%2fsong_000.wav/0-500.wav",
])
def test_paths_lead_nowhere_but_to_the_page_that_says_so(client, path):
    answer = client.get(f"/media/{path}")
    assert answer.status_code == 404 or answer.mimetype == "text/html"
