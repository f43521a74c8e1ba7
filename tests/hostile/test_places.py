"""Ways out of the allowed folders: in every text that a browser sends, and in what lies in the folders."""

from __future__ import annotations

import os

import pytest
import web
from factory import make_project
from sounds import write_songs

import app
from pages._ui import prepare_preview, workspaces
from pages._ui.guard import Sharing
from pipeline import preparing
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.importing import requests
from pipeline.importing.requests import Wanted
from pipeline.roots import Roots

LOOKALIKES = ("/etc\u2215passwd", "\uff0fetc\uff0fpasswd", "/etc/\u2024\u2024/passwd", "%2fetc%2fpasswd", "%2e%2e%2f")


def ways_out(root, other):
    """Texts that mean a place outside, or none at all."""
    return [
        "", " ", ".", "..", "/", "~", "~root", "etc", "./songs", str(other), f"{root}/..", f"{root}/../other",
        f"{root}/songs/../../other", f"{root}//../other", f"{root}/./../other", f"{root}\\..\\other", f"{root}/link",
        f"{root}/link/a.wav", f"{root}\0/other", f"{root}/\0", f"/proc/self/cwd/..{other}", "/proc/self/environ",
        "/dev/stdin", f"{root}/.hidden", f"{root}/{'x' * 300}", f"{root}/{'y/' * 3000}", "//" + str(other),
        f"file://{other}", *LOOKALIKES, f"{root}/\udcff\udcfe", "-rf", "$HOME", "`id`",
    ]


@pytest.fixture
def places(tmp_path):
    root, other = tmp_path / "root", tmp_path / "other"
    write_songs(root / "songs")
    write_songs(other)
    (root / ".hidden").mkdir()
    (root / "link").symlink_to(other)
    return root, other


def test_no_text_leads_out(places):
    root, other = places
    roots = Roots([root])
    for text in ways_out(root, other):
        with pytest.raises(ParameterError):
            roots.folder(text)
        with pytest.raises(SyllabaryError):
            requests.run_of(Wanted("clips", text, "", str(root), "new"), roots)


@pytest.mark.parametrize("field", ["data_dir", "output_dir", "hdf5_output", "labels_file"])
def test_no_field_of_a_run_leads_out(places, field):
    root, other = places
    given = {"data_dir": str(root / "songs"), "output_dir": str(root / "out")}
    for text in filter(None, ways_out(root, other)):
        described = preparing.Preprocess(**given | {field: text})
        try:
            found = getattr(preparing.within(described, Roots([root])), field)
        except ParameterError:
            continue
        assert os.path.realpath(found).startswith(f"{root}/")


@pytest.mark.parametrize("name", ["seg_segments_from", "emb_network", "seg_model", "emb_model"])
def test_no_value_of_a_method_leads_out(places, monkeypatch, name):
    root, other = places
    monkeypatch.chdir(other)
    (other / "org" / "model").mkdir(parents=True)
    (other / "here.safetensors").touch()
    for text in (str(other), f"{root}/../other", f"{root}/link/labels.csv", "../other", "~/x", "org/model",
                 "./here.safetensors", "here.safetensors", "a/b/../../../../etc/passwd"):
        for values in ({name: text}, {"own": {name: text}}):
            with pytest.raises(ParameterError):
                preparing.values_within(values, Roots([root])) if name in values else \
                    preparing.form_within(values, Roots([root]))
    assert preparing.values_within({"emb_model": "openai/whisper-base"}, Roots([root]))


def test_a_preview_reads_no_table_outside(places, tmp_path):
    root, other = places
    secret = other / "labels.csv"
    secret.write_text("filename,onset_sec,offset_sec\nx,0,1\n")
    (root / "songs" / "labels.csv").unlink(missing_ok=True)
    (root / "songs" / "labels.csv").symlink_to(secret)
    asked = {"name": "day-1/bird_2024-03-01T06-00-00.wav", "from_s": 0, "to_s": 1, "serial": 1}
    form = {"data_dir": str(root / "songs"), "own": {"seg_segments_from": str(secret)}, "segmenter": "table"}
    with web.own_memory(tmp_path):
        client = web.client_of(root)
        with client.application.test_request_context("/"):
            assert "outside" in prepare_preview.try_settings(asked, form)["problem"]
            with pytest.raises(ParameterError, match="outside"):
                prepare_preview.try_settings(asked | {"own_truth": True}, form | {"own": {}, "segmenter": "energy"})


def test_no_table_in_a_folder_of_tables_leads_out(places):
    root, other = places
    (root / "tables").mkdir()
    (root / "tables" / "a.csv").write_text("onset_sec,offset_sec\n0,1\n")
    values = {"seg_segments_from": str(root / "tables")}
    assert preparing.values_within(values, Roots([root])) == values
    (other / "b.csv").touch()
    (root / "tables" / "b.csv").symlink_to(other / "b.csv")
    with pytest.raises(ParameterError, match="links"):
        preparing.values_within(values, Roots([root]))


def test_an_extension_follows_no_link_out(places):
    root, other = places
    (root / "songs" / "out.wav").symlink_to(next(other.rglob("*.wav")))
    with pytest.raises(ParameterError, match="links"):
        requests.newcomers_folder(str(root / "songs"), Roots([root]))


def test_a_project_names_no_recording_outside_once_the_folders_are_named(tmp_path):
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    make_project(root / "good.h5", n_sounds=12, with_audio_dir=root / "audio")
    make_project(root / "crafted.h5", n_sounds=12, with_audio_dir=other)
    make_project(root / "climbing.h5", n_sounds=12, parameters={"data_dir": "../other"})
    heard = {}
    for given in ((), (root,)):
        with web.own_memory(tmp_path):
            workspaces.close_all()
            client = app.build_app(root, sharing=Sharing(), data_roots=given).server.test_client()
            for name in ("good", "crafted", "climbing"):
                heard[name, bool(given)] = client.get(f"/media/{name}/heard/0/0-500.wav")
            workspaces.close_all()
    assert {key: answer.status_code for key, answer in heard.items()} == {
        ("good", False): 200, ("crafted", False): 200, ("climbing", False): 200,
        ("good", True): 200, ("crafted", True): 404, ("climbing", True): 404}
    assert "--data-root" in heard["crafted", True].text


def test_addresses_that_climb_are_not_found(places, tmp_path):
    root, _other = places
    make_project(root / "good.h5", n_sounds=12)
    with web.own_memory(tmp_path):
        client = web.client_of(root)
        for path in ("/assets/../app.py", "/assets/%2e%2e/app.py", "/assets/..%2fapp.py", "/assets/....//app.py",
                     "/bundled/../../app.py", "/bundled/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/assets//etc/passwd",
                     "/media/..%2f..%2fetc/points.bin", "/media/good%00/points.bin", "/media/good/tile/../../x",
                     "/media/good/autoencoder/..%2f..%2fgood.png", "/uploads/..", "/uploads/%2e%2e%2f%2e%2e",
                     "/curate/..%2f..%2fetc%2fpasswd", "/media/" + "x" * 5000 + "/points.bin",
                     "/media/\u2025/points.bin"):
            answer = client.get(path)
            assert answer.status_code in (200, 400, 404), path
            assert b"root:" not in answer.data
            assert b"def build_app" not in answer.data
