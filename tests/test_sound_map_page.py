"""Behind the page Map: places and clips as bytes, their bounds, its form as values of a run, who may do what."""

from __future__ import annotations

import numpy as np
import pytest
from factory import make_project
from web import add_people, call, client_of, own_memory, page_at, person

import app as program
from pages._ui import forms, ids, soundmap_form, soundmap_known, workspaces
from pipeline import clip_pack, playback, runs, sound_maps, store
from pipeline.errors import EditError, ParameterError
from pipeline.tasks import make as make_task

N = 40


@pytest.fixture
def folder(tmp_path):
    with own_memory(tmp_path):
        make_project(tmp_path / "bird.h5", n_sounds=N, with_audio_dir=tmp_path / "audio")
        yield tmp_path
        workspaces.close_all()


@pytest.fixture
def client(folder):
    return client_of(folder)


@pytest.fixture
def opened(client):
    return workspaces.open_project("bird")


def unpacked(data: bytes) -> list[tuple[int, int, np.ndarray | None]]:
    """(id, rate in Hz, samples) of each clip, read as the browser does."""
    n = int(np.frombuffer(data, "<i4", 1)[0])
    head = np.frombuffer(data, "<i4", 3 * n, offset=4).reshape(n, 3)
    at, clips = 4 + 12 * n, []
    for sound, rate_hz, size in head.tolist():
        clips.append((sound, rate_hz, None if size < 0 else np.frombuffer(data, "<i2", size, offset=at)))
        at += 2 * max(0, size)
    assert at == len(data)
    return clips


# ---- places --------------------------------------------------------------------------------------------------------

def test_a_map_comes_as_shares_of_its_width_and_height(client, opened):
    found = np.frombuffer(client.get("/media/bird/soundmap.bin?name=umap").data, "<f4").reshape(-1, 2)
    assert found.shape == (N, 2)
    assert np.array_equal(found, sound_maps.places(opened.workspace.dataset, "umap"))
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_small_picture_needs_every_so_many_sounds_only(client):
    whole, some = (np.frombuffer(client.get(f"/media/bird/soundmap.bin?name=umap{more}").data, "<f4").reshape(-1, 2)
                   for more in ("", "&every=7"))
    assert np.array_equal(some, whole[::7])


def test_sounds_that_are_not_on_a_map_have_no_place_there(client, folder):
    workspaces.close_all()
    with store.amend(folder / "bird.h5") as writer:
        writer.projection("some", np.arange(10, dtype=np.int32), np.random.default_rng(0).random((10, 2)), attrs={})
    found = np.frombuffer(client.get("/media/bird/soundmap.bin?name=some").data, "<f4").reshape(-1, 2)
    assert np.isfinite(found[:10]).all()
    assert np.isnan(found[10:]).all()


@pytest.mark.parametrize(("address", "status"), [
    ("soundmap.bin", 404), ("soundmap.bin?name=none", 404), ("soundmap.bin?name=../bird", 404),
    ("soundmap.bin?name=umap&every=0", 400), ("soundmap.bin?name=umap&every=-3", 400),
    ("soundmap.bin?name=umap&v=x", 404), ("clips.bin?ids=99999999999999999999999", 404),
    ("clips.bin", 400), ("clips.bin?ids=", 400), ("clips.bin?ids=1,x", 400), ("clips.bin?ids=-1", 400),
    ("clips.bin?ids=" + ",".join("1" * (clip_pack.MOST_CLIPS + 1)), 400), ("clips.bin?ids=1,99999", 404),
    ("clips.bin?ids=1&v=x", 404),
])
def test_what_cannot_be_is_told_in_a_sentence(client, address, status):
    answer = client.get(f"/media/bird/{address}")
    assert answer.status_code == status
    assert answer.mimetype == "text/plain"
    assert answer.text.endswith(".")
    assert "Traceback" not in answer.text


# ---- clips ---------------------------------------------------------------------------------------------------------

def test_several_sounds_come_in_one_answer_in_the_order_asked(client, opened):
    clips = unpacked(client.get("/media/bird/clips.bin?ids=7,3,20").data)
    durations_s = opened.workspace.dataset.segments.duration_s
    assert [sound for sound, _rate, _samples in clips] == [7, 3, 20]
    for sound, rate_hz, samples in clips:
        assert len(samples) / rate_hz == pytest.approx(durations_s[sound], abs=0.001)
        assert np.abs(samples).max() == pytest.approx(0.7 * 32767, rel=0.02)


def test_a_clip_is_its_sound(client):
    """Sound i of the project is a tone whose pitch depends on i modulo 4."""
    for sound, rate_hz, samples in unpacked(client.get("/media/bird/clips.bin?ids=0,1,2,3").data):
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 14))
        assert np.argmax(spectrum) * rate_hz / (1 << 14) == pytest.approx(800 + 5000 * sound / 4, abs=15)


def test_only_the_beginning_of_a_long_sound_is_sent_and_at_a_modest_rate(tmp_path):
    import soundfile

    rate_hz = 96_000
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(0).normal(0, 0.1, 3 * rate_hz), rate_hz)
    samples, found_hz = clip_pack._heard(tmp_path / "long.wav", 0.5, 0.5 + clip_pack.LONGEST_S, 1.0)
    assert found_hz == clip_pack.RATES_HZ[1]
    assert len(samples) == pytest.approx(clip_pack.LONGEST_S * found_hz, abs=2)
    assert samples[0] == 0
    assert abs(int(samples[-1])) < 100


def test_ultrasound_is_slowed_down_for_the_ear(tmp_path):
    import soundfile

    rate_hz = 250_000
    speed = playback.default_speed(rate_hz)
    time_s = np.arange(rate_hz // 10) / rate_hz
    soundfile.write(tmp_path / "bat.wav", 0.5 * np.sin(2 * np.pi * 40_000 * time_s), rate_hz)
    samples, found_hz = clip_pack._heard(tmp_path / "bat.wav", 0.0, 0.02, speed)
    assert len(samples) / found_hz == pytest.approx(0.02 / speed, rel=0.01)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * found_hz / len(samples) == pytest.approx(40_000 * speed, rel=0.01)


def test_a_missing_or_damaged_recording_silences_its_own_sounds_only(client, folder):
    (folder / "audio" / "day-1" / "song_000.wav").unlink()
    (folder / "audio" / "day-1" / "song_001.wav").write_bytes(b"no sound at all" * 100)
    clips = unpacked(client.get(f"/media/bird/clips.bin?ids=0,{N // 2},{N - 1}").data)
    assert [samples is None for _sound, _rate, samples in clips] == [True, True, False]


# ---- what the page shows -------------------------------------------------------------------------------------------

def test_the_menu_names_the_projects_maps_first_and_others_by_how_they_were_made(client, folder):
    workspaces.close_all()
    with store.amend(folder / "bird.h5") as writer:
        writer.projection("mir6-tsne-5", np.arange(N, dtype=np.int32), np.random.default_rng(0).random((N, 2)), attrs={
            "features": "mir6", "reducer": "tsne", "perplexity": 5.0, "score_sum": 0.5, "scored_by": "labels"})
    opened = workspaces.open_project("bird")
    titles = [option["label"] for option in soundmap_known.options(opened)]
    assert titles[0] == "the project's UMAP"
    assert titles[-1] == "mir6 · t-SNE · perplexity 5"
    made = soundmap_known.maps(opened)[-1]
    assert (made["scores"], made["by"], made["features"]) == ({"sum": 0.5}, "labels", "mir6")


def test_a_sound_is_told_with_its_class_its_recording_and_its_time(opened):
    assert soundmap_known.about(opened, 2).startswith("c · #2 · day-1/song_000.wav · 0.350")
    with pytest.raises(EditError):
        soundmap_known.about(opened, 99_999)


def test_a_project_without_labels_is_told_without_a_class(tmp_path):
    with own_memory(tmp_path):
        make_project(tmp_path / "plain.h5", n_sounds=6, with_labels=False)
        client_of(tmp_path)
        assert soundmap_known.about(workspaces.open_project("plain"), 2).startswith("#2 · ")
        workspaces.close_all()


# ---- the form ------------------------------------------------------------------------------------------------------

def test_the_form_is_what_the_task_takes(opened):
    own = {"perplexity": "5, 10,,30", "n_neighbors": "8", "seed": "3", "length_s": "0.5", "unknown": "x"}
    values = soundmap_form.task_values(opened, ["embedding"], ["tsne", "umap"], own)
    assert values["perplexity"] == ["5", "10", "30"]
    assert values["n_neighbors"] == ["8"]
    assert values["values"] == {"seed": 3, "length_s": 0.5}
    make_task("maps", values).check()


@pytest.mark.parametrize(("features", "reducers", "own"), [
    ([], ["pca"], {}), (["embedding"], [], {}), (None, None, None), (["embedding"], ["mds"], {}),
    (["embedding"], ["tsne"], {"perplexity": "many"}), (["embedding"], ["tsne"], {"perplexity": "0"}),
    (["embedding"], ["umap"], {"seed": "-4"}), (["embedding"], ["umap"], {"min_dist": ", ,"}),
])
def test_what_the_form_cannot_mean_is_told_before_a_run_begins(opened, features, reducers, own):
    with pytest.raises(ParameterError):
        soundmap_form.task_values(opened, features, reducers, own)


def test_the_form_counts_its_maps():
    both = {"perplexity": "5, 30, 50", "n_neighbors": "5", "min_dist": "0, 0.5"}
    assert soundmap_form.count(["a", "b"], ["pca", "tsne", "umap"], both).startswith("12 maps")
    assert soundmap_form.count(["a"], ["pca"], None).startswith("1 map,")
    for nothing in (([], ["pca"]), (["a"], None)):
        assert soundmap_form.count(*nothing, {}) == "Choose at least one of each."


def test_features_of_the_beginnings_come_first_and_the_map_itself_is_none(opened):
    offered = soundmap_form.features(opened.workspace.dataset)
    assert set(sound_maps.Grid.features) <= set(offered[:3])
    assert "embedding" in offered
    assert "umap" not in offered


# ---- who may -------------------------------------------------------------------------------------------------------

@pytest.fixture
def shared(folder, monkeypatch):
    """``shared(name)`` → an app with accounts, and a client of it."""
    add_people(monkeypatch, olga="owner", anna="annotator", vera="viewer")
    made = program.build_app(folder)
    return lambda name: (made, person(made, name))



def test_everybody_looks_and_listens_and_only_an_owner_has_the_form(shared):
    for name, has_form in (("vera", False), ("anna", False), ("olga", True)):
        made, client = shared(name)
        page = page_at(client, made, "/map/bird")
        assert ids.SOUNDMAP_CANVAS in page
        assert (ids.SOUNDMAP_START in page) is has_form
        assert client.get("/media/bird/clips.bin?ids=1").status_code == 200


def test_who_is_no_owner_starts_no_run(shared):
    made, client = shared("anna")
    key = next(key for key, about in made.callback_map.items()
               if about["inputs"] and about["inputs"][0]["id"] == ids.SOUNDMAP_START)
    values = {ids.SOUNDMAP_PROJECT: "bird", ids.SOUNDMAP_FEATURES: ["embedding"], ids.SOUNDMAP_REDUCERS: ["pca"],
              forms.own_id(ids.SOUNDMAP): {}, "*": ""}
    assert "As an annotator" in call(client, made, key, values).text
    assert runs.recent() == []


def test_the_page_says_what_is_missing(tmp_path):
    with own_memory(tmp_path):
        make_project(tmp_path / "mute.h5", n_sounds=6, with_embeddings=False)
        made = program.build_app(tmp_path)
        client = made.server.test_client()
        client.get("/")
        page = page_at(client, made, "/map/mute")
        assert "so there is no sound" in page
        assert soundmap_form.NOTHING in page
        workspaces.close_all()
