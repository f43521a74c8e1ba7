"""Every recording in a folder, once, whatever it is called and wherever it hides."""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline import discover
from pipeline.errors import ParameterError


def write(path: Path, *, format: str = "WAV") -> Path:
    """A tenth of a second of sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(os.fsencode(path), np.linspace(-0.5, 0.5, 800), 8000, format=format)
    return path


def names(folder: Path) -> list[str]:
    return [found.name for found in discover.recordings(folder)]


def test_recordings_at_any_depth_come_sorted_by_name(tmp_path):
    for name in ("b.wav", "day2/x.wav", "day1/deep/down/y.WAV", "a.flac"):
        write(tmp_path / name, format="FLAC" if name.endswith("flac") else "WAV")
    assert names(tmp_path) == ["a.flac", "b.wav", "day1/deep/down/y.WAV", "day2/x.wav"]


def test_paths_are_absolute_even_if_the_folder_is_not(tmp_path, monkeypatch):
    write(tmp_path / "songs" / "a.wav")
    monkeypatch.chdir(tmp_path)
    (found,) = discover.recordings(Path("songs"))
    assert found.path == tmp_path / "songs" / "a.wav"


def test_tables_and_notes_are_passed_over(tmp_path):
    write(tmp_path / "a.wav")
    (tmp_path / "labels.csv").write_text("filename,label\na.wav,x\n")
    (tmp_path / "README").write_text("RIFF is how a WAV file begins\n")
    (tmp_path / "picture.webp").write_bytes(b"RIFF\x10\0\0\0WEBPVP8 ")
    assert names(tmp_path) == ["a.wav"]


def test_content_makes_a_recording_whatever_the_extension(tmp_path):
    write(tmp_path / "no_extension")
    write(tmp_path / "song.0042", format="FLAC")
    write(tmp_path / "song.dat", format="AIFF")
    (tmp_path / "broken.dat").write_bytes(b"RIFF\x10\0\0\0WAVE")
    assert names(tmp_path) == ["no_extension", "song.0042", "song.dat"]


def test_an_audio_extension_makes_a_row_even_for_what_cannot_be_read(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.Wav").write_text("this is no sound")
    assert names(tmp_path) == ["empty.wav", "text.Wav"]


@pytest.mark.parametrize("name", ["with space.wav", "ñandú.wav", "鳥.wav", "line\nbreak.wav", "'q\"uote.wav",
                                  "<b>bold<b>.wav", "-rf.wav", ".hidden.wav"])
def test_names_are_kept_exactly(tmp_path, name):
    write(tmp_path / name)
    assert names(tmp_path) == [name]


def test_undecodable_bytes_are_escaped_and_the_path_still_opens(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"b\xffrd.wav")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (found,) = discover.recordings(tmp_path)
    assert found.name == "b\\xffrd.wav"
    assert found.path.exists()
    found.name.encode("utf-8")


def test_what_macos_leaves_beside_a_recording_is_passed_over(tmp_path):
    write(tmp_path / "a.wav")
    (tmp_path / "._a.wav").write_bytes(bytes.fromhex("00051607") + bytes(100))
    write(tmp_path / "._real.wav")
    assert names(tmp_path) == ["._real.wav", "a.wav"]


def test_hidden_folders_are_passed_over_but_may_be_the_data_folder(tmp_path):
    write(tmp_path / ".git" / "annex" / "a.wav")
    write(tmp_path / "b.wav")
    assert names(tmp_path) == ["b.wav"]
    assert names(tmp_path / ".git") == ["annex/a.wav"]


def test_a_folder_named_like_a_recording_is_a_folder(tmp_path):
    write(tmp_path / "session.wav" / "a.wav")
    assert names(tmp_path) == ["session.wav/a.wav"]


def test_links_to_files_are_followed_and_loops_of_links_end(tmp_path):
    elsewhere = write(tmp_path / "store" / "a.wav")
    data = tmp_path / "data"
    (data / "sub").mkdir(parents=True)
    (data / "linked.wav").symlink_to(elsewhere)
    (data / "sub" / "up").symlink_to(data)
    (data / "self.wav").symlink_to(data / "self.wav")
    (data / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    assert names(data) == ["linked.wav"]


def test_a_folder_is_entered_once_by_its_own_path(tmp_path):
    write(tmp_path / "real" / "a.wav")
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    (tmp_path / "other").symlink_to(tmp_path / "real")
    assert names(tmp_path) == ["real/a.wav"]


def test_a_folder_behind_a_link_is_entered_if_nothing_else_leads_there(tmp_path):
    write(tmp_path / "store" / "a.wav")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "day1").symlink_to(tmp_path / "store")
    assert names(tmp_path / "data") == ["day1/a.wav"]


def test_pipes_and_sockets_are_never_opened(tmp_path, monkeypatch):
    write(tmp_path / "a.wav")
    os.mkfifo(tmp_path / "pipe.wav")           # opening it would wait for ever
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)                # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind("s.wav")
        assert names(tmp_path) == ["a.wav"]


def test_a_folder_that_cannot_be_read_is_told_and_passed_over(tmp_path, monkeypatch, caplog):
    write(tmp_path / "a.wav")
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with caplog.at_level(logging.WARNING):
        assert names(tmp_path) == ["a.wav"]
    assert "locked cannot be read (Permission denied)" in caplog.text


def test_a_data_folder_that_is_missing_or_a_file_is_refused(tmp_path):
    recording = write(tmp_path / "a.wav")
    with pytest.raises(ParameterError, match="nowhere does not exist"):
        discover.recordings(tmp_path / "nowhere")
    with pytest.raises(ParameterError, match=r"a\.wav is a file, but --data-dir wants the folder"):
        discover.recordings(recording)


def test_a_folder_without_recordings_says_so_and_counts_dead_links(tmp_path):
    with pytest.raises(ParameterError, match="There is no recording in"):
        discover.recordings(tmp_path)
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    with pytest.raises(ParameterError, match=r"1 links lead nowhere"):
        discover.recordings(tmp_path)


def test_files_with_known_extensions_are_not_opened(tmp_path, monkeypatch):
    """A data set on a slow drive is listed without reading its recordings."""
    for i in range(20):
        (tmp_path / f"{i:02d}.wav").touch()
    monkeypatch.setattr(discover, "_head", lambda path: pytest.fail(f"{path} was opened"))
    assert len(names(tmp_path)) == 20


def test_real_data_sets_are_found_whole(data_set):
    assert len(names(data_set("fsdd"))) == 900
    edge = names(data_set("formats_edge"))
    assert "stereo_24bit.WAV" in edge
    assert "manifest.csv" not in edge
