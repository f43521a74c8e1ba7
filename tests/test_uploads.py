"""Files sent by a browser: what is taken, where it goes, and what hostile senders get."""

from __future__ import annotations

import io
import os
import time

import numpy as np
import pytest
import soundfile
from web import own_memory

import app
from pipeline import settings, uploads
from pipeline.errors import UploadError


@pytest.fixture(autouse=True)
def own_state(tmp_path):
    with own_memory(tmp_path):
        settings.state_dir()
        yield


def wav(duration_s: float = 0.2, rate_hz: int = 32_000) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(round(duration_s * rate_hz), np.float32), rate_hz, format="WAV")
    return buffer.getvalue()


def sent(files: dict[str, bytes], **how) -> uploads.Upload:
    """An upload of these files that has come whole."""
    upload = uploads.begin([{"name": name, "size": len(data)} for name, data in files.items()], user="me", **how)
    for number, data in enumerate(files.values()):
        uploads.receive(upload, number, data, at=0)
    return upload


def test_files_come_in_pieces_and_end_in_a_folder_of_their_own():
    data = wav()
    upload = uploads.begin([{"name": "day 1/a.wav", "size": len(data)}, {"name": "t.csv", "size": 3}], user="me")
    assert uploads.receive(upload, 0, data[:1000], at=0) == 1000
    assert uploads.receive(upload, 0, data[1000:], at=1000) == len(data)
    uploads.receive(upload, 1, b"a,b", at=0)
    done = uploads.finish(upload)
    assert (done.folder / "day 1" / "a.wav").read_bytes() == data
    assert done.good == [("t.csv", "table"), ("day 1/a.wav", "WAV PCM_16, 32000 Hz, 0.2 s")]
    assert done.bad == []
    assert not upload.here.exists()


def test_a_piece_that_came_already_or_too_early_is_not_taken():
    data = wav()
    upload = uploads.begin([{"name": "a.wav", "size": len(data)}], user="me")
    uploads.receive(upload, 0, data[:500], at=0)
    assert uploads.receive(upload, 0, data[:500], at=0) == 500
    assert uploads.receive(upload, 0, data[900:], at=900) == 500
    assert uploads.get(upload.token, user="me").received == [500]
    uploads.receive(upload, 0, data[500:], at=500)
    assert (uploads.finish(upload).folder / "a.wav").read_bytes() == data


def test_what_did_not_come_whole_is_not_finished():
    upload = uploads.begin([{"name": "a.wav", "size": 100}], user="me")
    uploads.receive(upload, 0, b"x" * 99, at=0)
    with pytest.raises(UploadError, match="did not come whole"):
        uploads.finish(upload)
    with pytest.raises(UploadError, match="longer than was said"):
        uploads.receive(upload, 0, b"xx", at=99)


def test_what_is_no_audio_is_not_kept_and_told_why():
    done = uploads.finish(sent({"good.wav": wav(), "text.wav": b"no audio", "zero.wav": b""}))
    assert [name for name, _what in done.good] == ["good.wav"]
    assert {name: why.split()[0] for name, why in done.bad} == {"text.wav": "is", "zero.wav": "is"}
    assert sorted(path.name for path in done.folder.iterdir()) == ["good.wav"]


def test_if_nothing_is_good_nothing_is_kept():
    upload = sent({"text.wav": b"no audio", "t.csv": b"a,b"})
    with pytest.raises(UploadError, match=r"nothing was kept: text\.wav is not audio"):
        uploads.finish(upload)
    assert [path.name for path in uploads.folder().iterdir()] == [uploads.PARTS]
    assert not upload.here.exists()


@pytest.mark.parametrize(("name", "safe"), [
    ("a.wav", "a.wav"), ("../../etc/cron.d/a.wav", "etc/cron.d/a.wav"), ("/etc/a.wav", "etc/a.wav"),
    ("..\\..\\a.wav", "a.wav"), ("C:\\x\\a.wav", "C_/x/a.wav"), (".hidden/.a.wav", "hidden/a.wav"),
    ("a\n<b>.wav", "a__b_.wav"), ("Vögel.WAV", "Vögel.WAV"), ("a//./b.wav", "a/b.wav"),
    ("x" * 400 + ".wav", "x" * 146 + ".wav"), ("‮gpj.wav", "_gpj.wav"), ("a.wav ", "a.wav"), ("NUL\0.wav", "NUL_.wav"),
])
def test_names_become_harmless(name, safe):
    assert uploads.safe_name(name) == safe


@pytest.mark.parametrize("name", ["a.exe", "a.h5", "a.py", "", "..", ".wav", "a.wav.php", "\0"])
def test_other_kinds_of_files_are_not_taken(name):
    with pytest.raises(UploadError, match=r"neither a recording nor a table"):
        uploads.safe_name(name)


def test_names_that_are_the_same_get_numbers():
    upload = uploads.begin([{"name": name, "size": 0} for name in ("a.wav", "A.wav", "x/a.wav", "a.wav")], user="me")
    assert upload.names == ["a.wav", "A (2).wav", "x/a.wav", "a (3).wav"]


def test_nothing_is_written_over(tmp_path):
    into = tmp_path / "mine"
    into.mkdir()
    (into / "a.wav").write_bytes(b"precious")
    done = uploads.finish(sent({"a.wav": wav(), "b.wav": wav()}, into=into))
    assert (into / "a.wav").read_bytes() == b"precious"
    assert done.bad == [("a.wav", "is there already and was left as it is")]
    assert [name for name, _what in done.good] == ["b.wav"]


def test_a_link_in_the_folder_leads_nothing_out(tmp_path):
    into, outside = tmp_path / "mine", tmp_path / "outside"
    into.mkdir()
    outside.mkdir()
    (into / "day").symlink_to(outside)
    done = uploads.finish(sent({"day/a.wav": wav(), "b.wav": wav()}, into=into))
    assert list(outside.iterdir()) == []
    assert "leads out" in dict(done.bad)["day/a.wav"]


@pytest.mark.parametrize("files", [
    [], [{"name": "a.wav"}], [{"name": "a.wav", "size": -1}], [{"name": "a.wav", "size": "1"}],
    [{"name": "a.wav", "size": True}], [{"name": "a.wav", "size": 1.5}], [{"size": 1}], [{"name": None, "size": 1}],
    [{"name": "a.wav", "size": 10 ** 12}], [{"name": "a.wav", "size": 1}] * (uploads.MOST_FILES + 1),
])
def test_lists_that_cannot_be_are_refused(files):
    with pytest.raises(UploadError):
        uploads.begin(files, user="me")
    assert list((uploads.folder() / uploads.PARTS).iterdir()) == []


def test_what_is_under_way_counts_towards_the_limit():
    uploads.begin([{"name": "a.wav", "size": 600}], user="me", most_bytes=1000)
    uploads.begin([{"name": "a.wav", "size": 600}], user="you", most_bytes=1000)
    with pytest.raises(UploadError, match="under way"):
        uploads.begin([{"name": "a.wav", "size": 600}], user="me", most_bytes=1000)


def test_a_full_disk_is_told_before_anything_is_sent(monkeypatch):
    monkeypatch.setattr(uploads, "FREE_BYTES", 1 << 60)
    with pytest.raises(UploadError, match="not enough room"):
        uploads.begin([{"name": "a.wav", "size": 1}], user="me")


@pytest.mark.parametrize("token", ["", "..", "../..", "a" * 32, "/etc", "é" * 32])
def test_a_token_is_no_path_and_belongs_to_one_person(token):
    upload = sent({"a.wav": wav()})
    for asked, user in ((token, "me"), (upload.token, "you")):
        with pytest.raises(UploadError, match="not known"):
            uploads.get(asked, user=user)


def test_what_was_left_is_swept_and_what_is_under_way_is_not():
    old, new = sent({"a.wav": wav()}), sent({"b.wav": wav()})
    os.utime(old.here, (0, time.time() - uploads.KEPT_S - 10))
    uploads.sweep()
    assert (old.here.exists(), new.here.exists()) == (False, True)
    with pytest.raises(UploadError):
        uploads.receive(old, 0, b"", at=0)


def test_given_up_it_is_gone():
    upload = sent({"a.wav": wav()})
    uploads.discard(upload)
    assert not upload.here.exists()


@pytest.fixture
def client():
    return app.build_app(None, upload_limit_bytes=1_000_000).server.test_client()


def test_the_routes_take_an_upload_from_beginning_to_end(client):
    data = wav()
    begun = client.post("/uploads", json={"files": [{"name": "a.wav", "size": len(data)}]}).json
    assert begun["received"] == [0]
    path = f"/uploads/{begun['token']}"
    assert client.post(f"{path}/0?at=0", data=data).json == {"received": len(data)}
    assert client.get(path).json["received"] == [len(data)]
    done = client.post(f"{path}/finish").json
    assert done["good"] == [["a.wav", "WAV PCM_16, 32000 Hz, 0.2 s"]]
    listing = client.get("/places/folder.json", query_string={"at": done["folder"]}).json
    assert listing["recordings"] == 1


def test_the_routes_refuse_in_sentences(client):
    begun = client.post("/uploads", json={"files": [{"name": "a.wav", "size": 10}]}).json
    path = f"/uploads/{begun['token']}"
    assert client.post(f"{path}/0?at=0", data=b"x" * (uploads.PIECE_BYTES + 1)).status_code == 413
    assert client.post(f"{path}/7?at=0", data=b"x").status_code == 400
    assert client.post("/uploads", json={"files": [{"name": "a.wav", "size": 2_000_000}]}).status_code == 400
    for asked in ({}, {"files": 3}, {"files": ["a"]}, [], {"files": [{"name": "a.wav", "size": 1}], "into": "/etc"}):
        answer = client.post("/uploads", json=asked)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert client.post("/uploads", json={"files": []}, headers={"Origin": "http://elsewhere.org"}).status_code == 403
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 400
