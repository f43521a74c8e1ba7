"""The whole report: what is in the file, and what is not."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import h5py
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from factory import make_project

from pipeline import pitch, store
from pipeline.commands.report import command
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError, ParameterError
from pipeline.report import groups, writing
from pipeline.report.options import Options
from pipeline.tasks.report import Report
from pipeline.watcher import Watcher

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """What a browser would make of a report: elements with their attributes, and the text outside style and script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements, self.words, self._inside = [], [], []
        self.feed(text)
        self.text = re.sub(r"\s+", " ", " ".join(self.words)).replace("\u202f", " ")

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self._inside):
            self.words.append(data)

    def all(self, tag, **having):
        wanted = {name.rstrip("_"): value for name, value in having.items()}
        return [attrs for name, attrs in self.elements
                if name == tag and all(attrs.get(key) == value for key, value in wanted.items())]


def page_of(project, **options) -> Page:
    return Page(writing.write(project, options=Options(**options)).path.read_text(encoding="utf-8"))


def sounds_in(page: Page) -> list[tuple[np.ndarray, int]]:
    found = [attrs["data-sound"] for attrs in page.all("button", class_="sound")]
    assert all(address.startswith("data:audio/flac;base64,") for address in found)
    return [soundfile.read(io.BytesIO(base64.b64decode(address.partition(",")[2]))) for address in found]


def test_each_cluster_has_exemplars_with_picture_and_sound_and_its_numbers(project):
    page = page_of(project)
    assert len(page.all("article")) == 4                                   # three clusters and the unassigned
    assert len(page.all("button", class_="sound")) == len(page.all("img")) == 12
    for samples, rate_hz in sounds_in(page):
        assert rate_hz == 16_000
        assert 0.05 < len(samples) / rate_hz < 0.09
        assert np.abs(samples).max() > 0.5
    assert "C1 “rise” 3 sounds, 25 %" in page.text
    assert "seen at dawn" in page.text
    assert "3 (25 %)" in page.text                                         # unassigned
    assert page.all("rect", fill="#2dc3ff")
    assert page.all("path", fill="#2dc3ff")


def test_the_page_loads_nothing_and_may_load_nothing(project):
    text = writing.write(project).path.read_text(encoding="utf-8")
    page = Page(text)
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    addresses = [value for _tag, attrs in page.elements for name, value in attrs.items()
                 if name in ("src", "href", "data-sound", "srcset", "action", "poster", "data")]
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert not re.search(r"url\(|@import|https?://", text)
    assert not any(name.startswith("on") or name == "style" for _tag, attrs in page.elements for name in attrs)


def test_names_with_markup_stay_text(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=6, n_files=2, n_types=2, cluster_ids=[1, 1, 1, 2, 2, 2],
                        clusters=[(1, HOSTILE, "#ff0000", f"</article><script>alert(2)</script>{HOSTILE}"),
                                  (2, "two", "red;}", "")],
                        parameters={"subject": f"</title>{HOSTILE}"})
    with Workspace.open(path, user=HOSTILE) as workspace:
        workspace.edit(edits.rename, cluster=2, name="</style><b>")
    page = page_of(path)
    assert page.all("script") == [{}]
    assert page.all("b") == []
    assert [attrs for attrs in page.all("img") if not attrs["src"].startswith("data:")] == []
    assert f"C1 “{HOSTILE}”" in page.text
    assert f"</article><script>alert(2)</script>{HOSTILE}" in page.text
    assert "C2 “</style><b>”" in page.text
    assert f"Repertoire of </title>{HOSTILE}" in page.text
    assert not any("red" in attrs.get("fill", "") for _tag, attrs in page.elements)


def test_signs_that_turn_text_round_are_seen_as_escapes(build):
    page = page_of(build({"path": ["a\u202egnp.wav"], "status": ["empty\u0007"]}, {}))
    assert "a\\u202egnp.wav" in page.text
    assert "empty\\x07" in page.text


def test_the_transitions_of_the_project_are_in_the_table(project):
    page = page_of(project)
    # 1 2 3 1 | 2 3 1 2 | 3 0 0 0, and 70 to 90 ms of silence between two sounds
    assert "9 transitions in 3 sequences of 4 sounds" in page.text
    assert "C3 “fall” C1 “rise” 2 67 %" in page.text                       # the third time unassigned follows
    assert "left out" not in page.text


def test_unassigned_sounds_can_be_left_out_of_the_transitions(project):
    page = page_of(project, unassigned=False)
    assert "4 transitions, beginnings and ends with one of the 3 unassigned sounds are left out" in page.text
    assert "C0 unassigned C0 unassigned" not in page.text


def test_a_short_gap_leaves_no_transitions(project):
    assert "No sound begins soon enough after another to follow it." in page_of(project, max_gap=0.01).text


def test_clips_have_no_transitions_and_without_times_no_activity(build):
    page = page_of(build({"path": ["a.wav", "b.wav"]}, {"onset_sec": [0.0, 0.0], "file_id": [0, 1]}))
    assert "Each recording holds one sound, so none follows another." in page.text
    assert "taken to follow another" not in page.text
    assert "does not know when its recordings were made, and each of them holds one sound." in page.text


def test_without_times_activity_is_by_recording(build):
    page = page_of(build({"path": ["a.wav", "b.wav"]}, {"onset_sec": [0.0, 1.0, 0.0], "file_id": [0, 0, 1]}))
    assert "so this is by recording" in page.text
    assert "Sounds by recording" in page.text


def test_a_project_without_sounds_says_so(build):
    page = page_of(build({"path": ["a.wav", "b.wav"], "status": ["ok", "cannot be read: truncated"]}, {}))
    assert "The project has no sounds." in page.text
    assert "There are no sounds." in page.text
    assert "a.wav no sound was found" in page.text
    assert "b.wav cannot be read: truncated" in page.text
    assert "No sound has been put into a cluster yet." in page.text


def test_a_project_without_recordings_map_pitch_and_pictures_has_a_report(build):
    page = page_of(build({"path": ["a.wav"]}, {"onset_sec": [0.0, 1.0], "cluster_id": [1, 1]}))
    assert "2 exemplars cannot be heard" in page.text
    assert "no spectrograms" in page.text
    assert "The project has no pitch" in page.text
    assert "The map of all sounds" not in page.text
    assert page.all("button") == []
    assert len(page.all("span", class_="sound")) == 2


def test_recordings_that_are_gone_are_told_and_seen(project, tmp_path):
    (tmp_path / "audio").rename(tmp_path / "elsewhere")
    written = writing.write(project)
    page = Page(written.path.read_text(encoding="utf-8"))
    assert "12 exemplars cannot be heard" in page.text
    assert any("12 exemplars" in note for note in written.notes)
    assert page.all("button") == []
    assert len(page.all("img")) == 12


def test_sounds_can_be_left_out(project):
    page = page_of(project, sounds=False)
    assert page.all("button") == []
    assert len(page.all("img")) == 12
    assert "cannot be heard" not in page.text


def test_exemplars_can_be_left_out(project):
    page = page_of(project, exemplars=0)
    assert page.all("img") == []
    assert len(page.all("article")) == 4


def test_pitch_is_shown_where_there_is_any(project):
    values = np.full((12, 4), np.nan, np.float32)
    values[[0, 3, 6], 0] = [1000, 1500, 2000]
    with store.amend(project) as writer:
        writer.feature("pitch", np.arange(12), values, columns=pitch.COLUMNS)
    page = page_of(project)
    assert "Pitch: median 1.50 kHz (100 % voiced)" in page.text
    assert "1.25 kHz – 1.75 kHz" in page.text
    assert page.text.count("Pitch: median") == 1
    assert page.text.count("unvoiced") == 3


def test_true_labels_are_held_against_the_clusters(project, tmp_path):
    page = page_of(project)
    assert "12 sounds came with a true label, of 3 types" in page.text
    assert "a 3 1 4 0.86" in page.text                     # of four three in C1, one unassigned: F1 = 2 · 3 / (3 + 4)
    assert "NMI" in page.text
    bare = make_project(tmp_path / "bare.h5", n_sounds=6, with_labels=False)
    assert "True labels" not in page_of(bare).text


def test_the_file_stays_below_its_bound_with_fewer_exemplars(tmp_path, monkeypatch):
    path = make_project(tmp_path / "bird.h5", n_sounds=120, n_files=2, n_types=4, with_audio_dir=tmp_path / "audio",
                        cluster_ids=[1 + k % 4 for k in range(120)])
    whole = writing.write(path, options=Options(exemplars=20))
    per_turn = whole.n_bytes / 20
    assert whole.n_exemplars == 80
    assert whole.notes == ()
    monkeypatch.setattr(writing, "BYTES_PER_MB", (whole.n_bytes - 3 * per_turn) / 25)
    small = writing.write(path, options=Options(exemplars=20))
    assert small.n_bytes <= whole.n_bytes - 3 * per_turn
    assert 0 < small.n_exemplars < 80
    assert small.n_exemplars % 4 == 0
    assert f"there are {small.n_exemplars // 4} instead of 20 exemplars" in small.notes[0]


def test_where_not_one_round_of_sounds_fits_there_are_pictures(project, monkeypatch):
    bare = writing.write(project, options=Options(exemplars=0)).n_bytes
    pictures = writing.write(project, options=Options(exemplars=1, sounds=False)).n_bytes
    monkeypatch.setattr(writing, "BYTES_PER_MB", (pictures + 5_000) / 25)
    written = writing.write(project, options=Options(exemplars=1))
    page = Page(written.path.read_text(encoding="utf-8"))
    assert bare < written.n_bytes
    assert page.all("button") == []
    assert len(page.all("img")) == 4
    assert "without sound" in written.notes[0]


def test_ultrasound_is_slowed_down_and_long_sounds_are_cut(tmp_path, build):
    rate_hz, folder = 250_000, tmp_path / "audio"
    folder.mkdir()
    time_s = np.arange(rate_hz) / rate_hz
    soundfile.write(folder / "mouse.wav", 0.5 * np.sin(2 * np.pi * 60_000 * time_s), rate_hz)
    soundfile.write(folder / "bird.wav", np.random.default_rng(0).normal(0, 0.1, 16_000 * 3), 16_000)
    path = build({"path": ["mouse.wav", "bird.wav"], "sr": [rate_hz, 16_000], "data_dir": [str(folder)] * 2},
                 {"onset_sec": [0.2, 0.5], "duration_sec": [0.02, 2.0], "file_id": [0, 1], "cluster_id": [1, 1]})
    page = page_of(path)
    assert "Ultrasound is slowed down 16 times" in page.text
    assert "the first 1 s is heard" in page.text
    lengths = sorted(len(samples) / rate for samples, rate in sounds_in(page))
    assert lengths == pytest.approx([0.32, 1.0], abs=0.01)                 # 20 ms, 16 times slower; the first second
    samples, rate = next(found for found in sounds_in(page) if len(found[0]) / found[1] < 0.5)
    peak_hz = np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples)
    assert peak_hz == pytest.approx(60_000 / 16, rel=0.01)


def test_paths_of_the_machine_are_not_told(project, tmp_path):
    text = writing.write(project).path.read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert "…/audio" in text


def test_a_report_takes_the_place_of_an_earlier_one_and_of_nothing_else(project, tmp_path):
    first = writing.write(project)
    assert first.path == tmp_path / "bird.report.html"
    assert writing.is_report(first.path)
    assert writing.write(project).path == first.path
    other = tmp_path / "mine.html"
    other.write_text("<p>my own page</p>", encoding="utf-8")
    with pytest.raises(ExportError, match="no report of Syllabary"):
        writing.write(project, other)
    assert other.read_text(encoding="utf-8") == "<p>my own page</p>"
    with pytest.raises(ExportError, match=r"end in \.html"):
        writing.write(project, tmp_path / "report.pdf")
    with pytest.raises(ExportError, match="There is no folder"):
        writing.write(project, tmp_path / "nowhere" / "report.html")


def test_a_project_that_was_never_edited_is_not_changed(project):
    before = project.read_bytes(), sorted(path.name for path in project.parent.iterdir())
    written = writing.write(project)
    written.path.unlink()
    assert (project.read_bytes(), sorted(path.name for path in project.parent.iterdir())) == before


def test_a_run_writes_the_report_beside_the_project(project):
    with pytest.raises(ParameterError, match="exemplars"):
        Report(str(project), {"exemplars": -1}).check()
    task = Report(str(project), {"exemplars": 2})
    task.check()
    done = task.perform(Watcher())
    assert writing.is_report(writing.beside(project))
    assert done["project"] == str(project)
    assert "3 clusters, 8 exemplars" in done["summary"]
    assert task.writes() == str(writing.beside(project))
    assert task.title() == "Report of bird"


def test_of_many_clusters_the_smallest_are_taken_together_and_counted(tmp_path, monkeypatch):
    ids = [1 + k % 45 for k in range(200)]
    path = make_project(tmp_path / "bird.h5", n_sounds=200, n_files=2, cluster_ids=ids, with_spectrograms=False)
    monkeypatch.setattr(groups, "MOST_GROUPS", 43)
    page = page_of(path, exemplars=1, sounds=False)
    assert "6 smaller clusters together" in page.text                      # 39 states of their own, and the rest
    assert page.all("section", class_="new-page on-wide-page")
    assert "smaller clusters together" not in page.text.partition("The commonest transitions")[2].partition("All")[0]
    assert len(page.all("article")) == 43
    assert "2 smaller clusters with 8 sounds in all are not described one by one." in page.text


def test_a_recording_with_markup_in_its_name_is_named_as_it_is(build):
    name = "\"><script>alert(1)</script>'&.wav"
    page = page_of(build({"path": [name]}, {"onset_sec": [1.5], "duration_sec": [0.084]}))
    assert page.all("script") == [{}]
    assert page.all("span", class_="sound")[0]["title"].replace("\u202f", " ") == \
        f"Sound 0 of C0 unassigned: {name}, at 1.500 s, 84 ms"


def test_the_command_writes_where_it_is_told_and_says_what_is_missing(project, tmp_path):
    (tmp_path / "audio").rename(tmp_path / "elsewhere")
    place = tmp_path / "out.html"
    done = CliRunner().invoke(command, [str(project), "--output", str(place), "--exemplars", "1", "--unassigned", "no",
                                        "--utc-offset", "-5"])
    assert done.exit_code == 0
    assert "4 exemplars cannot be heard" in done.stderr
    assert f"Wrote {place} – out.html: 3 clusters, 4 exemplars," in done.stderr.replace("\n", " ")
    page = Page(place.read_text(encoding="utf-8"))
    assert "left out" in page.text
    assert "Times are shifted by −5 h." in page.text
    refused = CliRunner().invoke(command, [str(project), "--output", str(tmp_path / "audio.wav")])
    assert isinstance(refused.exception, ExportError)


def test_parameters_that_are_no_texts_are_passed_over(project):
    with h5py.File(project, "r+") as file:
        for name in ("data_dir", "subject", "segmenter", "embedder", "seg_model"):
            file["parameters"].attrs[name] = np.arange(3)
    page = page_of(project)
    assert "12 sounds were found; the project does not say how." in page.text
    assert "12 exemplars cannot be heard" in page.text
