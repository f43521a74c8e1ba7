"""Pictures and sound of recordings that are looked at before a run: only of what lies in the allowed folders."""

from __future__ import annotations

import pytest
from sounds import write_songs
from web import client_of, own_memory

from pages._ui import ids
from pages._ui import prepare_preview as page
from pipeline import estimate, survey
from pipeline.errors import ParameterError

FIRST = "day-1/bird_2024-03-01T06-00-00.wav"
PICTURE, HEARD = "/preview/picture/0-2000.png", "/preview/heard/100-900.wav"


@pytest.fixture
def client(tmp_path):
    with own_memory(tmp_path):
        write_songs(tmp_path / "allowed" / "songs")
        write_songs(tmp_path / "elsewhere")
        (tmp_path / "allowed" / "songs" / "out.wav").symlink_to(tmp_path / "elsewhere" / FIRST)
        yield client_of(tmp_path / "allowed")


def ask(client, address, folder, name=FIRST, **more):
    return client.get(address, query_string={"folder": str(folder), "name": name, **more})


def test_a_picture_and_a_sound_come_from_a_folder_that_is_allowed(client, tmp_path):
    songs = tmp_path / "allowed" / "songs"
    picture = ask(client, PICTURE, songs, sr="32000", n_fft="512", hop_length="128")
    assert (picture.status_code, picture.mimetype, picture.data[:4]) == (200, "image/png", b"\x89PNG")
    assert len(picture.data) < 200_000
    heard = ask(client, HEARD, songs)
    assert (heard.status_code, heard.mimetype, heard.data[:4]) == (200, "audio/wav", b"RIFF")


@pytest.mark.parametrize("address", [PICTURE, HEARD])
def test_what_lies_outside_is_refused(client, tmp_path, address):
    songs = tmp_path / "allowed" / "songs"
    for folder in (tmp_path / "elsewhere", f"{songs}/../../elsewhere", "/etc", "", "songs"):
        assert ask(client, address, folder).status_code == 400
    for name in (f"../../elsewhere/{FIRST}", "/etc/passwd", "", "out.wav", "x\n.wav", "a\0b"):
        assert ask(client, address, songs, name).status_code == 400


def test_values_that_cannot_be_are_refused_in_a_sentence(client, tmp_path):
    songs = tmp_path / "allowed" / "songs"
    for values in ({"sr": "1"}, {"sr": "nan"}, {"n_fft": "x"}, {"hop_length": "0"}, {"spec_min_freq": "99999"},
                   {"channel": "-1"}, {"piece": "7"}, {"piece": "-2"}):
        answer = ask(client, PICTURE, songs, **values)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), values
        assert answer.text.endswith(".")
    assert ask(client, "/preview/picture/0-1.png", songs).status_code == 400
    assert ask(client, "/preview/heard/5-4.wav", songs).status_code == 400
    assert ask(client, "/preview/heard/0-999999999.wav", songs).status_code == 400
    assert ask(client, HEARD, songs, speed="1000").status_code == 400


def test_a_channel_that_is_not_there_is_told(client, tmp_path):
    answer = ask(client, PICTURE, tmp_path / "allowed" / "songs", channel="5")
    assert answer.status_code == 404
    assert "there is no channel 5" in answer.text


def test_a_trial_is_of_allowed_recordings_and_tables_alone(client, tmp_path):
    songs = tmp_path / "allowed" / "songs"
    form = {"data_dir": str(songs), "output_dir": str(tmp_path / "allowed" / "out"), "values": {}}
    asked = {"serial": 3, "name": FIRST, "from_s": 0, "to_s": 2}
    with client.application.test_request_context("/prepare", headers={"Host": "localhost"}):
        answer = page.try_settings(asked, form)
        assert (answer["serial"], len(answer["sounds"]["onset_s"])) == (3, 6)
        assert page.try_settings(None, form)["name"] is None
        for wrong in ({"name": "out.wav"}, {"truth": str(tmp_path / "elsewhere" / "labels.csv")}):
            with pytest.raises(ParameterError):
                page.try_settings(asked | wrong, form)
        with pytest.raises(ParameterError, match="outside the folders"):
            page.try_settings(asked, form | {"data_dir": str(tmp_path / "elsewhere")})


def test_a_start_for_which_there_is_no_room_is_told_as_a_problem(client, tmp_path, monkeypatch):
    songs = tmp_path / "allowed" / "songs"
    (songs / "out.wav").unlink()
    form = {"data_dir": str(songs), "output_dir": str(tmp_path / "allowed" / "out"), "subject": "x", "values": {}}
    seen = survey.as_json(survey.survey(songs))
    with client.application.test_request_context("/prepare", headers={"Host": "localhost"}):
        monkeypatch.setattr(survey, "follow", lambda *_, **_more: {"state": "running", "done": 0, "total": 4})
        assert page.estimate_run(1, form)[0] == page.WAITING
        monkeypatch.setattr(survey, "follow", lambda *_, **_more: {"state": "done", "survey": seen})
        words, look, told = page.estimate_run(1, form)
        assert words.startswith("About ")
        assert (look, told["is_enough"]) == ("", True)
        monkeypatch.setattr(estimate, "free_bytes", lambda _folder: 50_000_000)
        words, look, told = page.estimate_run(1, form)
        assert words.startswith("There is not enough room in ")
        assert (look, told["is_enough"]) == ("problem", False)
        assert page.estimate_run(1, {**form, "output_dir": ""})[0] == ""


def test_every_id_of_the_panel_is_there_once():
    def ids_in(part):
        own = [part.id] if getattr(part, "id", None) else []
        inner = getattr(part, "children", None)
        inner = inner if isinstance(inner, list) else [inner] if hasattr(inner, "to_plotly_json") else []
        return own + [one for child in inner for one in ids_in(child)]

    found = [one for one in ids_in(page.panel()) + ids_in(page.estimate_line()) if isinstance(one, str)]
    assert len(found) == len(set(found))
    named = {value for name, value in vars(ids).items() if name.startswith(("PREVIEW", "ESTIMATE"))}
    assert named <= set(found)
