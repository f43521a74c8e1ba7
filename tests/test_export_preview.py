"""What an export will be, told beforehand: the same as what is then written, and only a part of it made."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from pipeline import exporting, store
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError, ParameterError
from pipeline.exporters import audacity, csv
from tests import factory

WAYS = [(name, {}) for name in exporting.formats()] + [
    ("csv", {"tables": "each"}), ("csv", {"map": True, "truth": True, "clusters": "#1-2"}),
    ("raven", {"tables": "one"}), ("generic_seq", {"tables": "each"}), ("npy", {"file_per_sound": True}),
    ("copies", {"how": "list"}), ("simple_seq", {"label": "truth", "skip_unassigned": True}),
    ("whisperseg", {"silent": True})]


@pytest.fixture
def workspace(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=90, with_audio_dir=tmp_path / "audio",
                                cluster_ids=[1, 2, 0] * 30, clusters=[(1, "=1+1", "#112233", "")])
    with store.amend(path) as writer:
        writer.labeling("soft", np.arange(90), np.zeros(90), probability=np.ones((90, 2), np.float32))
    with Workspace.open(path, user="me") as workspace:
        yield workspace


def preview(workspace, format, **values):
    return exporting.preview(workspace.dataset, workspace.labels, format=format, values=values)


def made(workspace, folder, format, values) -> dict[str, bytes]:
    """The files of an export by their names."""
    path = folder / f"bird{exporting.suffix(format, values)}"
    path.unlink(missing_ok=True)
    exporting.export(workspace.dataset, workspace.labels, path, format=format, values=values)
    if path.suffix != ".zip":
        return {path.name: path.read_bytes()}
    with zipfile.ZipFile(path) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize(("format", "values"), WAYS)
def test_names_and_first_lines_are_those_of_the_files_that_are_then_made(workspace, tmp_path, format, values):
    found, folder = preview(workspace, format, **values), tmp_path / "out"
    folder.mkdir()
    files = made(workspace, folder, format, values)
    assert found.n_files == len(files)
    assert sorted(found.names) == sorted(files)
    n_bytes = sum(map(len, files.values()))
    assert 0.7 * n_bytes < found.n_bytes < 2.5 * n_bytes + 4200 * len(files)
    if found.shown:
        lines = files[found.shown].decode().splitlines()
        assert found.lines == lines[:len(found.lines)]
        assert found.is_cut == (len(lines) > len(found.lines))
        assert len(found.lines) == min(len(lines), exporting.MOST_LINES)
    else:
        assert format == "hdf5"
        assert "segments/" in found.lines


@pytest.mark.parametrize("format", ["csv", "raven", "audacity", "textgrid", "generic_seq", "simple_seq", "json_hard"])
def test_the_size_of_a_text_is_told_within_a_tenth(workspace, tmp_path, format):
    files = made(workspace, tmp_path, format, {})
    assert preview(workspace, format).n_bytes == pytest.approx(sum(map(len, files.values())), rel=0.1)


def test_the_first_file_with_sounds_is_shown(workspace):
    workspace.edit(edits.assign, segment_ids=[89], name="last")
    found = preview(workspace, "raven", clusters="last")
    assert (found.shown, len(found.lines), found.n_sounds) == ("day-2/song_002.Table.1.selections.txt", 2, 1)
    assert preview(workspace, "csv", clusters="last", tables="each").shown == "day-2/song_002.csv"


def test_of_a_large_project_a_part_is_made(tmp_path, monkeypatch):
    lengths = []

    def counting(module, name):
        whole = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given: lengths.append(len(given[-1])) or whole(*given))

    monkeypatch.setattr("pipeline.exporters._chosen.BLOCK", 10)
    monkeypatch.setattr("pipeline.exporters.csv.BLOCK", 10)
    monkeypatch.setattr("pipeline.exporters._files.MOST_SAMPLED", 15)
    counting(csv, "_columns")
    counting(audacity, "seconds")
    with Workspace.open(factory.make_project(tmp_path / "bird.h5", n_sounds=3000)) as workspace:
        preview(workspace, "csv")
        preview(workspace, "audacity")
    assert max(lengths) == 10
    assert sum(lengths) < 200


def test_of_very_many_files_the_first_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_NAMES", 5)
    with Workspace.open(factory.make_project(tmp_path / "bird.h5", n_sounds=30)) as workspace:
        found = preview(workspace, "npy", file_per_sound=True)
    assert (found.names, found.n_files) == ([f"{key}.npy" for key in range(5)], 31)


def test_very_long_lines_are_cut(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=3, cluster_ids=[1] * 3)
    with store.amend(path) as writer:
        writer.feature("wide", np.arange(3), np.ones((3, 900), np.float32))
    with Workspace.open(path) as workspace:
        lines = preview(workspace, "csv", features="wide").lines
    assert [len(line) for line in lines] == [exporting.MOST_SIGNS + 1] * 4
    assert lines[0].endswith("…")


def test_a_project_without_embedding_says_so_and_what_else_there_is(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=3, with_embeddings=False)
    with Workspace.open(path) as workspace, pytest.raises(ExportError, match=r"has no embedding. Make one"):
        preview(workspace, "npy")
    with store.amend(path) as writer:
        writer.feature("mfcc", np.arange(3), np.ones((3, 4), np.float32))
    with Workspace.open(path) as workspace:
        with pytest.raises(ExportError, match="it has mfcc"):
            preview(workspace, "npy")
        assert preview(workspace, "npy", vectors="mfcc").about == "mfcc.npy has 3 × 4 numbers, float32."


def test_a_project_without_sounds_has_previews(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=0)
    with Workspace.open(path) as workspace:
        found = {name: preview(workspace, name) for name in exporting.formats() if name != "json_soft"}
    assert {one.n_sounds for one in found.values()} == {0}
    assert found["raven"].lines[0].startswith("Selection\t")
    assert found["json_hard"].lines == ["[]"]


def test_clusters_by_exact_number_range_and_name(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=12, cluster_ids=[1, 2, 3, 12, 0, 0] * 2,
                                clusters=[(1, "3", "#112233", ""), (2, "#12", "#112233", "")])
    with Workspace.open(path) as workspace:
        def ids(clusters):
            rows = exporting._exporter("csv", {"clusters": clusters}).rows(workspace.labels)
            return sorted(set(workspace.labels.ids[rows].tolist()))

        assert ids("3") == [1]                     # a name comes first
        assert ids("#3") == [3]
        assert ids("#1-3") == ids("#1-#3") == ids("#2,#1-1,#3") == [1, 2, 3]
        assert ids("#0-2, C12") == [0, 1, 2, 12]
        for unknown in ("4", "#4", "#4-11", "#", "#1-", "#-1", "#1-2-3", "#٣", "nobody"):
            with pytest.raises(ParameterError, match="There is no cluster"):
                ids(unknown)


def test_labels_that_a_spreadsheet_takes_for_formulas_are_told_and_written_as_they_are(workspace, tmp_path):
    for format in ("csv", "generic_seq", "simple_seq"):
        assert any("'=1+1'" in note and "spreadsheet" in note for note in preview(workspace, format).notes)
    assert not any("spreadsheet" in note for note in preview(workspace, "csv", clusters="#2,#0").notes)
    assert b"=1+1" in made(workspace, tmp_path, "csv", {})["bird.csv"]


@pytest.mark.parametrize("given", [None, [], "x", 1, {"a": None}, {"a": {}}, {"a": [1]}, {"a": [["x"]]}])
def test_options_that_are_none_are_refused(given):
    with pytest.raises(ParameterError, match="Options are"):
        exporting.plain_values(given)


def test_several_texts_become_one():
    assert exporting.plain_values({"features": ["a", "b"], "map": True, "n": 2}) == {"features": "a,b", "map": True,
                                                                                     "n": 2}
