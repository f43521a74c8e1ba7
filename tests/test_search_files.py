"""Searching by a file: heard as the project's own recordings were, looked at first, and removed afterwards."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from factory import make_project
from sounds import RATE_HZ, song, tone, write_songs
from web import add_people, client_of, log_in, own_memory

from pages._ui import workspaces
from pipeline import feature_sets, run, search_files, search_hearing, search_process, searching, uploads
from pipeline.__main__ import cli
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError, ProjectError, RunError, SyllabaryError, UploadError
from pipeline.plan import make_plan
from pipeline.projectors.umap import Umap
from pipeline.search import Search
from pipeline.search_hearing import CHOSEN, SOUND, WHOLE


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with ``songs/`` (2 recordings of 6 sounds) and the project ``bird.h5``, with features; made once."""
    folder = tmp_path_factory.mktemp("search")
    with own_memory(folder):
        write_songs(folder / "songs", n_files=2)
        plan = make_plan(folder / "songs", folder, subject="bird", values={"n_neighbors": 5})
        with pytest.MonkeyPatch.context() as patch:      # where sounds lie on the map does not matter here
            patch.setattr(Umap, "project", lambda _self, vectors, **_how: vectors[:, :2])
            run.run(plan, workers=1)
        feature_sets.compute(folder / "bird.h5", feature_sets.Wanted(("mfcc",)), workers=1)
    return folder


@pytest.fixture
def place(made, tmp_path) -> Path:
    """A copy of it, with a memory of its own."""
    shutil.copytree(made / "songs", tmp_path / "songs")
    shutil.copy(made / "bird.h5", tmp_path / "bird.h5")
    with h5py.File(tmp_path / "bird.h5", "r+") as file:
        file["parameters"].attrs["data_dir"] = str(tmp_path / "songs")
    with own_memory(tmp_path):
        yield tmp_path
        workspaces.close_all()


@pytest.fixture
def dataset(place):
    with Dataset.open(place / "bird.h5") as dataset:
        yield dataset


@pytest.fixture
def at_once(monkeypatch):
    """Files are heard in this process: another takes seconds to begin."""
    def heard(project, path, into, *, span=None):
        told = search_process.answer(project, path, into, span)
        if "problem" in told:
            raise RunError(told["problem"])
        return told

    monkeypatch.setattr(search_process, "heard", heard)
    monkeypatch.setattr(search_process, "_limit", lambda _dataset: None)     # it would last


def first_song(place: Path) -> Path:
    return sorted((place / "songs").rglob("*.wav"))[0]


def wav(samples: np.ndarray | None = None, rate_hz: int = RATE_HZ) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, song([0.2, 0.7], seed=5) if samples is None else samples, rate_hz, format="WAV")
    return buffer.getvalue()


def nearest(dataset: Dataset, found: np.ndarray, **how) -> tuple[list[int], list[float]]:
    labels = Labels.of(dataset.segments.segment_id, dataset.cluster_ids())
    shown = searching.found_by(dataset, labels, found, Search(**how))
    return shown.rows.tolist(), shown.distances.tolist()


# ---- hearing ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("vectors", ["embedding", "pca", "mfcc_mean_std"])
def test_a_piece_of_a_recording_of_the_project_is_its_own_sound(dataset, place, vectors):
    sounds = dataset.segments
    span = float(sounds.onset_s[2]), float(sounds.onset_s[2] + sounds.duration_s[2])
    heard = search_hearing.hear(dataset, first_song(place), span=span, wanted=[vectors])
    assert [(one.kind, one.onset_s) for one in heard.pieces] == [(CHOSEN, span[0])]
    rows, distances = nearest(dataset, heard.vectors[vectors], vectors=vectors, n=3)
    assert rows[0] == 2
    assert distances[0] == pytest.approx(0, abs=1e-4)
    assert distances[1] > 1e-3


def test_a_file_is_cut_into_sounds_as_the_project_was(dataset, place):
    heard = search_hearing.hear(dataset, first_song(place))
    of_first = dataset.segments.file_id == 0
    assert [one.kind for one in heard.pieces] == [WHOLE] + [SOUND] * 6
    assert [one.onset_s for one in heard.pieces[1:]] == pytest.approx(dataset.segments.onset_s[of_first])
    assert heard.vectors["embedding"][1:] == pytest.approx(dataset.embedding()[of_first], abs=1e-5)
    assert set(heard.vectors) == {"embedding", "pca", "mfcc_mean_std"}
    assert "has no umap of its own" in heard.reasons["umap"]
    assert len(heard.pictures) == 7
    assert heard.pictures[0].shape[1] > heard.pictures[1].shape[1] > 0


def test_a_file_at_another_rate_with_other_channels_is_heard_alike(dataset, place, tmp_path):
    samples = tone(3000, 0.08, rate_hz=48_000)
    soundfile.write(tmp_path / "other.flac", np.stack([samples, samples], axis=1), 48_000)
    heard = search_hearing.hear(dataset, tmp_path / "other.flac", cut=False)
    rows, _distances = nearest(dataset, heard.vectors["embedding"], n=4)
    freq_rows = [row for row in range(12) if row % 6 in (1, 4)]     # tones rise by thirds: see sounds.song
    assert set(rows) == set(freq_rows)


def test_a_file_of_a_lower_rate_is_told_of(dataset, place, tmp_path):
    soundfile.write(tmp_path / "low.wav", tone(1500, 0.08, rate_hz=8_000), 8_000)
    heard = search_hearing.hear(dataset, tmp_path / "low.wav", cut=False)
    assert heard.notes == ["The file has a sample rate of 8000 Hz: what the project's recordings have above 4000 Hz is "
                           "lacking in it, so distances are larger than they would be."]


def test_what_is_wanted_and_cannot_be_had_is_told(dataset, place, tmp_path):
    with pytest.raises(ParameterError, match="no part of"):
        search_hearing.hear(dataset, first_song(place), span=(5.0, 6.0))
    with pytest.raises(ParameterError, match="no part of"):
        search_hearing.hear(dataset, first_song(place), span=(0.5, 0.5))
    with pytest.raises(ParameterError, match="no umap of its own"):
        search_hearing.hear(dataset, first_song(place), wanted=["umap"])
    (tmp_path / "bad.wav").write_bytes(b"no audio")
    with pytest.raises(AudioError):
        search_hearing.hear(dataset, tmp_path / "bad.wav")


def test_a_long_recording_is_heard_by_a_stretch_alone(dataset, place, tmp_path, monkeypatch):
    monkeypatch.setattr(search_hearing, "LONGEST_S", 1.0)
    with pytest.raises(AudioError, match="say from where to where"):
        search_hearing.hear(dataset, first_song(place))
    with pytest.raises(AudioError, match="say from where to where"):
        search_hearing.hear(dataset, first_song(place), span=(0.1, 1.9))
    sounds = dataset.segments
    heard = search_hearing.hear(dataset, first_song(place), wanted=["embedding"],
                                span=(float(sounds.onset_s[2]), float(sounds.onset_s[2] + sounds.duration_s[2])))
    assert nearest(dataset, heard.vectors["embedding"], n=1)[0] == [2]
    assert heard.pictures[0].shape[1] > 1


def test_silence_and_too_many_sounds_are_told(dataset, place, tmp_path, monkeypatch):
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE_HZ, np.float32), RATE_HZ)
    heard = search_hearing.hear(dataset, tmp_path / "silent.wav")
    assert [one.kind for one in heard.pieces] == [WHOLE]
    assert heard.notes == ["No sound was found in the file, so it is taken whole."]
    monkeypatch.setattr(search_hearing, "MOST_SOUNDS", 2)
    heard = search_hearing.hear(dataset, first_song(place))
    assert len(heard.pieces) == 3
    assert heard.notes == ["6 sounds were found in the file; the first 2 are taken."]


def test_a_project_of_another_program_says_that_files_cannot_be_compared(place, tmp_path):
    path = make_project(tmp_path / "foreign.h5", n_sounds=12)
    with h5py.File(path, "r+") as file:
        for name in ("emb_model", "seg_model"):
            del file["parameters"].attrs[name]
    with Dataset.open(path) as dataset, pytest.raises(ProjectError, match="from another program"):
        search_hearing.hear(dataset, first_song(place))


def test_vectors_of_another_make_are_told(place, tmp_path):
    with Dataset.open(make_project(tmp_path / "odd.h5", n_sounds=12)) as dataset:
        heard = search_hearing.hear(dataset, first_song(place))
        assert heard.vectors == {}
        assert "1537 numbers for a sound, but those of odd.h5 have 16" in heard.reasons["embedding"]
        with pytest.raises(ProjectError, match="made otherwise than it says"):
            search_hearing.hear(dataset, first_song(place), wanted=["embedding"])


def test_a_checkpoint_that_is_not_here_is_told(place):
    with h5py.File(place / "bird.h5", "r+") as file:
        file["parameters"].attrs["embedder"] = "autoencoder"
        file["parameters"].attrs["emb_network"] = str(place / "gone.safetensors")
    with Dataset.open(place / "bird.h5") as dataset:
        with pytest.raises(SyllabaryError, match="needs a trained network"):
            search_hearing.hear(dataset, first_song(place), wanted=["embedding"])
        heard = search_hearing.hear(dataset, first_song(place))
    assert set(heard.vectors) == {"mfcc_mean_std"}


def test_sounds_that_came_in_a_table_are_looked_for_in_no_file(place):
    with h5py.File(place / "bird.h5", "r+") as file:
        file["parameters"].attrs["segmenter"] = "table"
    with Dataset.open(place / "bird.h5") as dataset:
        heard = search_hearing.hear(dataset, first_song(place))
    assert [one.kind for one in heard.pieces] == [WHOLE]
    assert "come from a table" in heard.notes[0]


# ---- coming and going ------------------------------------------------------------------------------------------------

def sent(data: bytes, name: str = "call.wav", user: str = "me") -> uploads.Upload:
    upload = search_files.begin(name, len(data), user=user)
    uploads.receive(upload, 0, data, at=0)
    return upload


def left_over() -> list[str]:
    folders = [search_files.folder(), uploads.folder(), uploads.folder() / uploads.PARTS]
    return [path.name for folder in folders if folder.is_dir() for path in folder.iterdir() if path not in folders]


def test_a_file_comes_is_searched_by_and_goes(dataset, at_once):
    token = search_files.take(sent(wav(), "../../a/call\n<b>.wav"), dataset)
    about = search_files.about(dataset, token)
    assert about["name"] == "call__b_.wav"
    assert [one["kind"] for one in about["pieces"]] == [WHOLE, SOUND, SOUND]
    assert search_files.usual(dataset, token) == 1
    labels = Labels.of(dataset.segments.segment_id, dataset.cluster_ids())
    like = {"file": token, "pieces": [1], "n": 5}
    found = searching.found(dataset, labels, searching.read(like))
    assert len(found.rows) == 5
    told = searching.provenance(dataset, labels, like, found.rows[:2])["search"]
    assert (told["file"], told["place"], told["pieces"][0]["kind"]) == ("call__b_.wav", 2, SOUND)
    assert told["example"].startswith("call__b_.wav, 0.")
    assert search_files.wav(dataset, token, 1)[:4] == b"RIFF"
    search_files.remove(dataset, token)
    assert left_over() == []
    with pytest.raises(ParameterError, match="not kept any more"):
        searching.found(dataset, labels, searching.read(like | {"n": 6, "metric": "cosine"}))


def test_a_stretch_that_is_chosen_becomes_a_piece(dataset, at_once):
    token = search_files.take(sent(wav()), dataset)
    number = search_files.choose(dataset, token, (0.65, 0.85))
    assert number == 3
    assert search_files.title(dataset, token, [3]) == "call.wav, 0.65–0.85 s"
    assert search_files.title(dataset, token, [1, 2]) == "2 pieces of call.wav"
    assert search_files.title(dataset, token, [0]) == "call.wav"
    vectors = search_files.vectors(dataset, token, [0, 3], Search())
    assert vectors.shape == (2, 1537)
    assert (vectors[0] != vectors[1]).any()
    with pytest.raises(RunError, match="no part of"):
        search_files.choose(dataset, token, (8.0, 9.0))
    with pytest.raises(ParameterError, match="no such piece"):
        search_files.vectors(dataset, token, [9], Search())


@pytest.mark.parametrize(("name", "data"), [
    ("text.wav", b"no audio"), ("zero.wav", b""), ("cut.flac", b"fLaC\0\0\0\x22" + b"\xff" * 60),
    ("riff.wav", b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\xff\xff\xff\xff"),
])
def test_what_cannot_be_heard_is_told_and_not_kept(dataset, at_once, name, data):
    with pytest.raises(SyllabaryError):
        search_files.take(sent(data, name), dataset)
    assert left_over() == []


@pytest.mark.parametrize("name", ["a.exe", "t.csv", "", "..", "a.wav.php", "\0"])
def test_other_kinds_of_files_are_not_taken(place, name):
    with pytest.raises(UploadError):
        search_files.begin(name, 10, user="me")
    assert left_over() == []


def test_a_file_that_is_too_large_is_told_before_it_is_sent(place):
    with pytest.raises(UploadError, match="has 250 MB; a file to search by may have 100 MB"):
        search_files.begin("a.wav", 250_000_000, user="me")
    assert left_over() == []


@pytest.mark.parametrize("size", [search_files.MOST_BYTES + 1, -1, "7", None, True])
def test_sizes_that_cannot_be_are_refused(place, size):
    with pytest.raises(UploadError):
        search_files.begin("a.wav", size, user="me")
    assert left_over() == []


def test_a_process_that_ends_or_takes_too_long_is_told(dataset, monkeypatch):
    monkeypatch.setattr(search_process, "LONGEST_S", 0.01)
    with pytest.raises(RunError, match="given up"):
        search_files.take(sent(wav()), dataset)
    monkeypatch.setattr(search_process, "LONGEST_S", 60)
    monkeypatch.setattr(search_process, "ROOT", Path("/"))      # no such module there
    with pytest.raises(RunError, match="ended the program that heard it"):
        search_files.take(sent(wav()), dataset)
    assert left_over() == []


def test_examples_of_one_person_do_not_pile_up_and_old_ones_are_swept(dataset, at_once):
    tokens = [search_files.take(sent(wav()), dataset) for _ in range(search_files.MOST_OF_ONE + 1)]
    kept = {path.name for path in search_files.folder().iterdir()}
    assert len(kept) == search_files.MOST_OF_ONE
    assert tokens[-1] in kept
    search_files.sweep(kept_s=-1)
    assert left_over() == []


@pytest.mark.parametrize("token", ["", "..", "../..", "a" * 32, "/etc", "é" * 32, None, 5])
def test_a_token_is_no_path(dataset, token):
    with pytest.raises(ParameterError, match="not kept any more"):
        search_files.about(dataset, token)


def test_an_example_is_of_one_project_only(dataset, at_once, tmp_path):
    token = search_files.take(sent(wav()), dataset)
    with Dataset.open(make_project(tmp_path / "other.h5", n_sounds=6)) as other, pytest.raises(
            ParameterError, match="not kept any more"):
        search_files.about(other, token)


# ---- routes ----------------------------------------------------------------------------------------------------------

def test_the_routes_from_the_first_byte_to_the_last(place):
    client, data = client_of(place), wav()
    begun = client.post("/media/bird/examples/begin", json={"name": "call.wav", "size": len(data)}).json
    assert client.post(f"/uploads/{begun['token']}/0?at=0", data=data).json == {"received": len(data)}
    told = client.post("/media/bird/examples", json={"upload": begun["token"]})
    assert (told.json["use"], told.json["name"], len(told.json["pieces"])) == (1, "call.wav", 3)
    assert len(told.data) < 5_000
    token = told.json["file"]
    assert client.get(f"/media/bird/examples/{token}/1.png?h=40&px=0.5").data[:4] == b"\x89PNG"
    assert client.get(f"/media/bird/examples/{token}/1.wav").data[:4] == b"RIFF"
    added = client.post(f"/media/bird/examples/{token}", json={"from": 0.1, "to": 0.4})
    assert added.json == {"use": 3}
    like = f'{{"file": "{token}", "pieces": [3], "n": 4}}'
    found = client.get("/media/bird/found.bin", query_string={"like": like})
    assert len(np.frombuffer(found.data, "<i4")) == 4
    assert client.delete(f"/media/bird/examples/{token}").status_code == 204
    assert client.get(f"/media/bird/examples/{token}/1.wav").status_code == 400
    assert left_over() == []


def test_what_is_made_by_hand_is_refused_with_a_sentence(place, dataset, at_once):
    client = client_of(place)
    likes = ("", "null", "{", "[]", '{"sounds": [99]}', '{"sounds": ["x"]}', "x" * 5000, "[" * 3000,
             '{"file": "../../x", "pieces": [0]}', '{"sounds": [1], "vectors": "?"}')
    address = f"/media/bird/examples/{search_files.take(sent(wav(), user='me'), dataset)}"
    pieces = ({}, {"from": 1}, {"from": "a", "to": 2}, {"from": True, "to": 2}, {"from": 1e999, "to": 2},
              {"from": 3, "to": 1}, {"from": -1, "to": 1}, [])
    answers = [*[client.get("/media/bird/found.bin", query_string={"like": like}) for like in likes],
               *[client.post(address, json=piece) for piece in pieces],
               client.post("/media/bird/examples/begin", data=b"[" * 3000), client.post(address, data=b"\xff"),
               client.get(f"{address}/9.png"), client.get(f"{address}/1.wav?speed=99")]
    assert {answer.status_code for answer in answers} == {400, 404}
    assert all(answer.text.endswith(".") for answer in answers)


def test_a_viewer_may_search_by_a_file_but_send_nothing_else(place, at_once, monkeypatch):
    add_people(monkeypatch, olga="owner", vera="viewer", vito="viewer")
    vera, data = client_of(place), wav()
    log_in(vera, "vera")
    begun = vera.post("/media/bird/examples/begin", json={"name": "call.wav", "size": len(data)}).json
    vito = vera.application.test_client()
    log_in(vito, "vito")
    assert vito.post(f"/uploads/{begun['token']}/0?at=0", data=data).status_code == 403
    assert vera.post(f"/uploads/{begun['token']}/0?at=0", data=data).status_code == 200
    assert vera.post(f"/uploads/{begun['token']}/finish").status_code == 403
    assert vera.post("/uploads", json={"files": [{"name": "a.wav", "size": 3}]}).status_code == 403
    assert vito.post("/media/bird/examples", json={"upload": begun["token"]}).status_code == 400
    told = vera.post("/media/bird/examples", json={"upload": begun["token"]}).json
    assert vera.get(f"/media/bird/examples/{told['file']}/1.wav").data[:4] == b"RIFF"


@pytest.mark.parametrize(("values", "is_refused"), [
    ({"embedder": "autoencoder", "emb_network": "/etc/hostname"}, True),
    ({"embedder": "whisper", "emb_model": "/etc"}, True), ({"segmenter": "whisperseg", "seg_model": "../../etc"}, True),
    ({"segmenter": "table", "seg_segments_from": "/etc/hostname"}, False), ({}, False),
])
def test_a_project_opens_nothing_outside_the_allowed_folders_to_hear_a_file(place, values, is_refused):
    with h5py.File(place / "bird.h5", "r+") as file:
        file["parameters"].attrs.update(values)
    answer = client_of(place, insecure=True).post("/media/bird/examples/begin", json={"name": "a.wav", "size": 9})
    assert answer.status_code == (400 if is_refused else 200)
    if is_refused:
        assert "outside the folders" in answer.text or "full path" in answer.text


def test_nobody_who_searches_fetches_a_model(dataset, monkeypatch):
    asked = {}

    def run(_command, *, env, **_how):
        asked.update(env)
        raise search_process.subprocess.TimeoutExpired("", 1)

    monkeypatch.setattr(search_process.subprocess, "run", run)
    with pytest.raises(RunError):
        search_process.heard(dataset.path, Path("a.wav"), Path("b.npz"))
    assert asked["HF_HUB_OFFLINE"] == "1"


def test_an_ordinary_upload_is_no_example(place, dataset):
    client, data = client_of(place), wav()
    begun = client.post("/uploads", json={"files": [{"name": "a.wav", "size": len(data)}]}).json
    client.post(f"/uploads/{begun['token']}/0?at=0", data=data)
    answer = client.post("/media/bird/examples", json={"upload": begun["token"]})
    assert (answer.status_code, answer.text) == (400, "This upload is not an example to search by.")
    assert client.post(f"/uploads/{begun['token']}/finish").status_code == 200


# ---- the command -----------------------------------------------------------------------------------------------------

def printed(*words: object) -> str:
    done = CliRunner().invoke(cli, ["search", *map(str, words)], catch_exceptions=False, standalone_mode=False)
    return done.stdout


def test_the_command_finds_by_a_sound_and_by_a_file(place):
    import csv
    import json

    project, path = place / "bird.h5", first_song(place)
    by_sound = json.loads(printed(project, "--sound", 0, "--n", 3, "--format", "json"))
    assert [set(row) for row in by_sound] == [{"segment_id", "recording", "onset_sec", "duration_sec", "distance",
                                              "cluster_id", "cluster"}] * 3
    assert 0 not in {row["segment_id"] for row in by_sound}
    assert by_sound[0]["recording"].startswith("day-")
    begin = by_sound[0]["onset_sec"]
    own = next(file for file in (place / "songs").rglob("*.wav") if str(file).endswith(by_sound[0]["recording"]))
    span = ("--from", begin, "--to", begin + by_sound[0]["duration_sec"])
    by_file = list(csv.DictReader(io.StringIO(printed(project, own, *span, "--format", "csv", "--n", 1))))
    assert int(by_file[0]["segment_id"]) == by_sound[0]["segment_id"]
    table = printed(project, path, "--segment", "--combine", "nearest", "--n", 2, "--elsewhere")
    assert "distance" in table


@pytest.mark.parametrize(("words", "sentence"), [
    ([], "Give an example"), (["x.wav", "--sound", "1"], "Give an example"), (["gone.wav"], r"gone\.wav"),
    (["--sound", "1", "--on", "words"], "It has: embedding"), (["--sound", "99"], "no sound with the id"),
])
def test_the_command_says_what_is_wrong(place, words, sentence):
    with pytest.raises(SyllabaryError, match=sentence):
        printed(place / "bird.h5", *words)
