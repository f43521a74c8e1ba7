"""Every format read back by a reader that is not ours, and by our importers where there is one."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path, PurePosixPath

import crowsetta
import numpy as np
import pandas
import pytest
from click.testing import CliRunner

from pipeline import exporting, importers, npy_folder, npy_links, params, registry, store
from pipeline.__main__ import cli
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ExportError, ParameterError
from pipeline.exporters._names import MOST_BYTES, names_like_recordings
from tests import factory

PATHS = ["day-1/song.wav", "day-2/song.wav", "day-2/song.flac", "day-2/Ünï “x”.wav", "day-2/quiet.wav"]
FILES = [0, 0, 0, 0, 1, 1, 2, 3]                           # recording of each sound; the last recording has none
ONSETS_S = [0.1, 0.15, 0.3, 1.0, 0.0, 0.5, 0.25, 0.00001]
OFFSETS_S = [0.2, 0.25, 0.4, 2.0, 0.5, 0.75, 0.375, 0.123456789]
CLUSTERS = [1, 2, 3, 4, 0, 1, 5, 5]
NAMES = {1: "trill", 2: 'a "long" one', 3: "", 4: "ñandú 鳥", 5: "5, or six; 'x'"}
TEXTS = ["trill", 'a "long" one', "C3", "ñandú 鳥", "unassigned", "trill", "5, or six; 'x'", "5, or six; 'x'"]
TRUTH = ["a", "two\r\nlines", "tab\there", "", '"quoted"', " b ", "c", "a"]
TRUE_TEXTS = ["a", "two lines", "tab here", "unassigned", '"quoted"', "b", "c", "a"]
TABLES = {"raven": ["each", "one"], "generic_seq": ["each", "one"], "csv": ["each", "one"], "audacity": [None],
          "textgrid": [None], "simple_seq": [None]}
WAYS = [(format, tables) for format, both in TABLES.items() for tables in both]


def make(path, *, n=8, paths=PATHS):
    """A project whose names, labels and times are awkward: the second sound overlaps the first."""
    with store.create(path, factory.PARAMETERS) as writer:
        m = len(paths)
        writer.files(file_id=np.arange(m), filename=[name.rpartition("/")[2] for name in paths], path=paths,
                     sr=np.full(m, 16_000), duration_sec=np.full(m, 3.0), recorded_at=np.full(m, np.nan),
                     status=["ok"] * m, day=[""] * m, note=[""] * m)
        onset, offset = np.array(ONSETS_S[:n]), np.array(OFFSETS_S[:n])
        writer.segments(segment_id=np.arange(n), file_id=FILES[:n], onset_sec=onset, duration_sec=offset - onset,
                        umap=np.zeros((n, 2), np.float32), cluster_id=CLUSTERS[:n], label=TRUTH[:n])
        writer.embeddings(np.arange(n), np.arange(n * 3, dtype=np.float32).reshape(n, 3), {})
        writer.clusters(list(NAMES), list(NAMES.values()), ["#112233"] * 5, [""] * 5)
    return path


@pytest.fixture
def project(tmp_path):
    return make(tmp_path / "bird.h5")


@pytest.fixture
def workspace(project):
    with Workspace.open(project, user="me") as workspace:
        yield workspace


def export(workspace, path, format, **values):
    return exporting.export(workspace.dataset, workspace.labels, path, format=format, values=values)


def by_recording(found) -> dict[int, list[tuple[float, float, str]]]:
    """What an importer found, as it is given to the recordings: (onset, offset, text), sorted."""
    matched, problems = importers.match(found, PATHS)
    assert problems == []
    return {PATHS.index(name): sorted(zip(part.onset_s.tolist(), part.offset_s.tolist(),
                                          part.label or part.cluster, strict=True)) for name, part in matched.items()}


def expected(texts=TEXTS) -> dict[int, list[tuple[float, float, str]]]:
    rows = sorted(zip(FILES, ONSETS_S, OFFSETS_S, texts, strict=True))
    return {file: [row[1:] for row in rows if row[0] == file] for file in set(FILES)}


def same(found, wanted) -> None:
    assert found.keys() == wanted.keys()
    for file, rows in wanted.items():
        assert [row[2] for row in found[file]] == [row[2] for row in rows]
        assert np.allclose([row[:2] for row in found[file]], [row[:2] for row in rows], rtol=0, atol=2e-9)


@pytest.mark.parametrize(("format", "tables"), WAYS)
def test_what_is_exported_is_read_again_as_it_was(workspace, tmp_path, format, tables):
    values = {"tables": tables} if tables else {}
    ending = "" if exporting.makes_folder(format, values) else exporting.suffix(format, values)
    path = export(workspace, tmp_path / f"out{ending}", format, **values)
    same(by_recording(importers.read_segments(path)), expected())


@pytest.mark.parametrize("format", ["raven", "audacity", "textgrid", "generic_seq", "simple_seq"])
def test_true_labels_with_line_ends_tabs_and_quotes_are_read_again_on_one_line(workspace, tmp_path, format):
    path = export(workspace, tmp_path / "out", format, label="truth", tables="each")
    same(by_recording(importers.read_segments(path)), expected(TRUE_TEXTS))


@pytest.mark.parametrize("format", ["raven", "audacity", "textgrid", "generic_seq", "simple_seq", "csv"])
def test_every_recording_has_a_file_of_its_own_in_its_folder(workspace, tmp_path, format):
    path = export(workspace, tmp_path / "out", format, tables="each")
    ending = {"raven": "Table.1.selections.txt", "audacity": "txt", "textgrid": "TextGrid"}.get(format, "csv")
    stems = ["day-1/song", "day-2/Ünï “x”", "day-2/quiet", "day-2/song.flac", "day-2/song.wav"]
    assert sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()) == sorted(
        f"{stem}.{ending}" for stem in stems)


def test_crowsetta_reads_raven_tables(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "raven")
    annotation = crowsetta.formats.bbox.Raven.from_file(folder / "day-1" / "song.Table.1.selections.txt").to_annot()
    boxes = annotation.bboxes
    assert [(box.onset, box.offset) for box in boxes] == list(zip(ONSETS_S[:4], OFFSETS_S[:4], strict=True))
    assert [box.label for box in boxes] == TEXTS[:4]
    assert {(box.low_freq, box.high_freq) for box in boxes} == {(312.0, 7000.0)}


def test_pandas_reads_one_raven_table_whose_times_go_on_from_recording_to_recording(workspace, tmp_path):
    path = export(workspace, tmp_path / "all.txt", "raven", tables="one")
    table = pandas.read_csv(path, sep="\t", quoting=csv.QUOTE_NONE)
    assert list(table) == ["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)",
                           "High Freq (Hz)", "Begin File", "File Offset (s)", "Begin Path", "Annotation"]
    assert table["Selection"].tolist() == list(range(1, 9))
    assert set(table["View"]) == {"Spectrogram 1"}
    assert table["Begin Path"].tolist() == [PATHS[file] for file in FILES]
    assert np.allclose(table["Begin Time (s)"], 3.0 * np.array(FILES) + ONSETS_S, atol=1e-8)
    assert np.allclose(table["File Offset (s)"], ONSETS_S, atol=1e-9)


def test_raven_tables_of_silent_recordings_have_a_heading_alone(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "raven")
    table = pandas.read_csv(folder / "day-2" / "quiet.Table.1.selections.txt", sep="\t")
    assert (len(table), len(table.columns)) == (0, 10)


def test_crowsetta_reads_audacity_tracks(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "audacity")
    read = crowsetta.formats.seq.AudSeq.from_file(folder / "day-1" / "song.txt")
    assert (read.start_times.tolist(), read.end_times.tolist()) == (ONSETS_S[:4], OFFSETS_S[:4])
    assert list(read.labels) == TEXTS[:4]
    assert (folder / "day-2" / "quiet.txt").read_bytes() == b""


def test_crowsetta_reads_simple_seq(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "simple_seq")
    read = crowsetta.formats.seq.SimpleSeq.from_file(folder / "day-1" / "song.csv")
    assert (read.onsets_s.tolist(), read.offsets_s.tolist()) == (ONSETS_S[:4], OFFSETS_S[:4])
    assert list(read.labels) == TEXTS[:4]
    assert len(crowsetta.formats.seq.SimpleSeq.from_file(folder / "day-2" / "quiet.csv").labels) == 0


def test_crowsetta_reads_generic_seq_and_finds_no_column_too_many(workspace, tmp_path):
    path = export(workspace, tmp_path / "all.csv", "generic_seq")
    annotations = crowsetta.formats.seq.GenericSeq.from_file(path).annots
    assert [str(one.notated_path) for one in annotations] == PATHS[:4]
    assert {str(one.annot_path) for one in annotations} == {"all.csv"}
    segments = [segment for one in annotations for segment in one.seq.segments]
    assert [segment.label for segment in segments] == TEXTS
    assert np.allclose([segment.onset_s for segment in segments], ONSETS_S, atol=1e-9)
    each = export(workspace, tmp_path / "each", "generic_seq", tables="each") / "day-2" / "song.wav.csv"
    assert [str(one.annot_path) for one in crowsetta.formats.seq.GenericSeq.from_file(each).annots] == [each.name]
    assert [segment.offset_sample for segment in segments] == [round(16_000 * offset) for offset in OFFSETS_S]


def test_crowsetta_reads_textgrids_and_intervals_tile_the_recording(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "textgrid")
    path = folder / "day-1" / "song.TextGrid"
    grid = crowsetta.formats.seq.TextGrid.from_file(path, keep_empty=True)
    assert grid.tier_names == ["sounds", "sounds 2"]
    for tier in grid.tiers:
        edges = [(interval.xmin, interval.xmax) for interval in tier.intervals]
        assert (edges[0][0], edges[-1][1]) == (0.0, 3.0)
        assert [left[1] for left in edges[:-1]] == [right[0] for right in edges[1:]]
        assert all(begin < end for begin, end in edges)
    filled = crowsetta.formats.seq.TextGrid.from_file(path).tiers
    assert [interval.text.replace('""', '"') for tier in filled for interval in tier.intervals] == [
        "trill", "C3", "ñandú 鳥", 'a "long" one']
    quiet = crowsetta.formats.seq.TextGrid.from_file(folder / "day-2" / "quiet.TextGrid", keep_empty=True)
    assert [(interval.xmin, interval.xmax, interval.text) for interval in quiet.tiers[0].intervals] == [(0, 3.0, "")]


def test_a_tier_has_as_many_intervals_as_it_says(tmp_path):
    rng = np.random.default_rng(3)
    n = 400
    onset = np.sort(rng.uniform(0, 30, n)).round(3)
    duration = rng.choice([0.0, 1e-10, 0.01, 0.2, 1.0], n)
    touching = rng.random(n) < 0.3
    duration[:-1][touching[:-1]] = np.diff(onset)[touching[:-1]]
    for name, lengths in (("overlapping", duration), ("apart", np.append(np.diff(onset), 0.1) * 0.9)):
        with store.create(tmp_path / f"{name}.h5", factory.PARAMETERS) as writer:
            writer.files(file_id=[0], filename=["a.wav"], path=["a.wav"], sr=[8000], duration_sec=[31.0],
                         recorded_at=[np.nan], status=["ok"], day=[""], note=[""])
            writer.segments(segment_id=np.arange(n), file_id=np.zeros(n), onset_sec=onset, duration_sec=lengths,
                            cluster_id=np.zeros(n))
            writer.clusters([], [], [], [])
        with Workspace.open(tmp_path / f"{name}.h5") as workspace:
            path = export(workspace, tmp_path / name, "textgrid") / "a.TextGrid"
        said = [int(text) for text in re.findall(r"intervals: size = (\d+)", path.read_text())]
        tiers = crowsetta.formats.seq.TextGrid.from_file(path, keep_empty=True).tiers
        assert said == [len(tier.intervals) for tier in tiers]
        assert sum(interval.text != "" for tier in tiers for interval in tier.intervals) == (lengths.round(9) > 0).sum()
        for tier in tiers:
            edges = [(interval.xmin, interval.xmax) for interval in tier.intervals]
            assert [left[1] for left in edges[:-1]] == [right[0] for right in edges[1:]]
            assert all(begin < end for begin, end in edges)


def test_praat_reads_textgrids(workspace, tmp_path):
    parselmouth = pytest.importorskip("parselmouth")
    folder = export(workspace, tmp_path / "out", "textgrid", label="truth")
    call = parselmouth.praat.call
    for name, texts in (("day-1/song", ["", "a", "", "tab here", "", "unassigned", ""]), ("day-2/quiet", [""])):
        grid = parselmouth.read(str(folder / f"{name}.TextGrid"))
        n = call(grid, "Get number of intervals", 1)
        assert [call(grid, "Get label of interval", 1, place) for place in range(1, n + 1)] == texts
        assert call(grid, "Get end time") == 3.0
    assert call(parselmouth.read(str(folder / "day-2" / "song.wav.TextGrid")), "Get label of interval", 1, 1) \
        == '"quoted"'


def test_a_sound_without_length_has_no_place_in_a_textgrid_and_is_told(tmp_path):
    with store.create(tmp_path / "bird.h5", factory.PARAMETERS) as writer:
        writer.files(file_id=[0], filename=["a.wav"], path=["a.wav"], sr=[0], duration_sec=[np.nan],
                     recorded_at=[np.nan], status=["ok"], day=[""], note=[""])
        writer.segments(segment_id=[0, 1], file_id=[0, 0], onset_sec=[0.5, 0.5], duration_sec=[0.0, 0.25],
                        cluster_id=[0, 0])
        writer.clusters([], [], [], [])
    with Workspace.open(tmp_path / "bird.h5") as workspace:
        path = export(workspace, tmp_path / "out", "textgrid") / "a.TextGrid"
        assert exporting.notes(workspace.dataset, workspace.labels, format="textgrid") == [
            "1 sound without length left out."]
        heading = export(workspace, tmp_path / "all.csv", "generic_seq").read_text().splitlines()[0]
    assert "_sample" not in heading                       # the rate is not known
    tier = crowsetta.formats.seq.TextGrid.from_file(path, keep_empty=True).tiers[0]
    assert [(one.xmin, one.xmax) for one in tier.intervals] == [(0, 0.5), (0.5, 0.75)]


def test_only_some_clusters_are_written_and_what_is_left_out_is_told(workspace, tmp_path):
    def ids(**values):
        path = export(workspace, tmp_path / "t.csv", "csv", **values)
        return pandas.read_csv(path).segment_id.tolist()

    assert ids(clusters="trill") == [0, 5]
    assert ids(clusters=NAMES[5]) == [6, 7]               # a name with a comma in it
    assert ids(clusters="C3, 0 ,trill") == [0, 2, 4, 5]
    assert ids(skip_unassigned=True) == [0, 1, 2, 3, 5, 6, 7]
    with pytest.raises(ParameterError, match=r"no cluster '9'; there are C1 “trill”, C2 .* and C5"):
        ids(clusters="1,9")
    told = exporting.notes(workspace.dataset, workspace.labels, format="csv", values={"clusters": "trill"})
    assert told == ["6 sounds were not asked for and are left out.", "3 recordings have no sound in the table."]


def test_sounds_are_called_by_number_or_what_unassigned_ones_are_to_be_called(workspace, tmp_path):
    def labels(**values):
        path = export(workspace, tmp_path / "t.csv", "generic_seq", **values)
        return pandas.read_csv(path, dtype=str).label.tolist()

    assert labels(label="number") == [str(number) for number in CLUSTERS]
    assert labels(unassigned="call\n2")[4] == "call 2"
    with pytest.raises(ParameterError, match="skip-unassigned"):
        labels(unassigned=" ")
    with pytest.raises(ParameterError, match="must be one of: name, number, truth"):
        labels(label="colour")


def test_a_table_with_true_labels_one_file_for_each_recording(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "csv", truth=True, map=True, tables="each")
    table = pandas.read_csv(folder / "day-1" / "song.csv", keep_default_na=False)
    assert table.label.tolist() == TRUTH[:4]
    assert table.cluster_name.tolist() == TEXTS[:4]
    assert "umap_x" in table
    assert len(pandas.read_csv(folder / "day-2" / "quiet.csv")) == 0


def add_labeling(project, name, **more):
    ids = np.array([0, 2, 3])
    with store.amend(project) as writer:
        writer.labeling(name, ids, np.array([1, -1, 0]), **more)


SOFT = np.array([[0.1, 0.7, 0.2], [0.25, 0.25, 0.5], [1, 0, 1e-7]], np.float32)


def test_labels_as_json(project, tmp_path):
    add_labeling(project, "hdbscan")
    with Workspace.open(project) as workspace:
        found = json.loads(export(workspace, tmp_path / "a.json", "json_hard").read_text(encoding="utf-8"))
        assert found == [{"id": str(row), "label": number or -1} for row, number in enumerate(CLUSTERS)]
        path = export(workspace, tmp_path / "b.json", "json_hard", labeling="hdbscan")
        expected = [{"id": "0", "label": 1}, {"id": "2", "label": -1}, {"id": "3", "label": 0}]
        assert path.read_text() == json.dumps(expected, indent=2) + "\n"
        assert exporting.notes(workspace.dataset, workspace.labels, format="json_hard",
                               values={"labeling": "hdbscan"}) == ["The labeling 'hdbscan' says nothing of 5 sounds, "
                                                                   "which are left out."]
        with pytest.raises(ExportError, match=r"no labeling 'x'; it has 'hdbscan'"):
            export(workspace, tmp_path / "c.json", "json_hard", labeling="x")
        with pytest.raises(ExportError, match="no soft values"):
            export(workspace, tmp_path / "c.json", "json_soft", labeling="hdbscan")
        with pytest.raises(ExportError, match="no labeling with soft values"):
            export(workspace, tmp_path / "c.json", "json_soft")


def test_soft_values_as_json_end_with_noise(project, tmp_path):
    add_labeling(project, "sure", probability=SOFT, attrs={"algorithm": "hdbscan", "noise_column": True})
    with Workspace.open(project) as workspace:
        path = export(workspace, tmp_path / "soft.json", "json_soft")
        told = exporting.notes(workspace.dataset, workspace.labels, format="json_soft")
    found = json.loads(path.read_text())
    assert [entry["id"] for entry in found] == ["0", "2", "3"]
    assert np.array_equal(np.array([entry["probs"] for entry in found], np.float32), SOFT)
    assert path.read_text() == json.dumps(found, indent=2) + "\n"
    assert told[-1] == "The labeling 'sure' was taken."


def test_vectors_in_one_array(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "npy")
    assert sorted(path.name for path in folder.iterdir()) == ["embedding.npy", "mapping.json"]
    values = np.load(folder / "embedding.npy", allow_pickle=False)
    assert np.array_equal(values, workspace.dataset.embedding())
    mapping = json.loads((folder / "mapping.json").read_text(encoding="utf-8"))
    assert [list(entry) for entry in mapping] == [["id", "path", "onset_sec", "duration_sec"]] * len(FILES)
    assert [entry["path"] for entry in mapping] == [PATHS[file] for file in FILES]
    assert [entry["onset_sec"] for entry in mapping] == ONSETS_S


def test_vectors_in_a_file_for_each_sound_are_found_with_their_sounds(workspace, tmp_path):
    folder = export(workspace, tmp_path / "out", "npy", file_per_sound=True, clusters="trill, C3")
    read = npy_folder.NpyReading().read(folder)
    assert read.ids == ("0", "2", "5")
    assert np.array_equal(read.values, workspace.dataset.embedding()[[0, 2, 5]])
    links = npy_links.find(read.ids, mapping=folder / "mapping.json")
    assert [links.by_id[key].recording for key in read.ids] == [PATHS[0], PATHS[0], PATHS[1]]
    assert links.problems == ()


def test_features_as_an_array_and_unknown_ones_are_told(project, tmp_path):
    values = np.arange(16, dtype=np.float32).reshape(8, 2)
    with store.amend(project) as writer:
        writer.feature("pitch", np.arange(8), values, columns=["low", "high"])
    with Workspace.open(project) as workspace:
        folder = export(workspace, tmp_path / "out", "npy", vectors="pitch")
        assert np.array_equal(np.load(folder / "pitch.npy"), values)
        with pytest.raises(ExportError, match="no features 'mood'; it has embedding and pitch"):
            export(workspace, tmp_path / "more", "npy", vectors="mood")


@pytest.mark.parametrize("format", sorted(set(exporting.formats()) - {"json_soft"}))
def test_a_project_without_sounds_gives_files_without_rows(tmp_path, format):
    with Workspace.open(make(tmp_path / "bird.h5", n=0)) as workspace:
        path = export(workspace, tmp_path / f"out{exporting.suffix(format)}", format)
        assert path.stat().st_size > 0
        if format == "json_hard":
            assert json.loads(path.read_text()) == []
        if format == "raven":
            folder = export(workspace, tmp_path / "folder", format)
            assert len(list(folder.rglob("*.txt"))) == len(PATHS)


def test_hostile_names_stay_inside_and_apart(tmp_path):
    paths = ["../../up.wav", "/etc/passwd.wav", "a/\x1b[2J\n.wav", "A/song.WAV", "a/song.wav", "a/..", "a\\b.wav",
             "x" * 240 + ".wav", "x" * 240 + "y.wav", "鳥" * 80 + ".wav", ".hidden", "con:1?.wav"]
    with Dataset.open(make(tmp_path / "bird.h5", paths=paths)) as dataset:
        names = [PurePosixPath(name) for name in names_like_recordings(dataset, ".TextGrid")]
    assert len({str(name).casefold() for name in names}) == len(paths)
    assert all(not name.is_absolute() and ".." not in name.parts and str(name).isprintable() for name in names)
    assert all(len(part.encode()) <= MOST_BYTES and not part.startswith(".") for name in names for part in name.parts)
    with Workspace.open(tmp_path / "bird.h5") as workspace:
        out = tmp_path / "deep" / "er" / "out"
        out.parent.mkdir(parents=True)
        export(workspace, out, "textgrid")
    assert len(list(out.rglob("*.TextGrid"))) == len(paths)
    assert not list(Path(tmp_path).glob("up*"))


def test_the_command_has_each_option_once_and_tells_what_is_left_out(project, tmp_path):
    shown = CliRunner().invoke(cli, ["export", "--help"]).output
    names = {spec.name for format in exporting.formats() for spec in params.specs(registry.load("exporters", format))}
    assert all(shown.count(f"--{name.replace('_', '-')} ") == 1 for name in names - {"unassigned"})
    out = tmp_path / "all.txt"
    done = CliRunner().invoke(cli, ["export", str(project), "--format", "raven", "-o", str(out), "--tables", "one",
                                    "--clusters", "trill", "--label", "number"])
    assert done.exit_code == 0, done.output
    assert "6 sounds were not asked for and are left out." in done.output
    assert pandas.read_csv(out, sep="\t").Annotation.tolist() == [1, 1]
    wrong = CliRunner().invoke(cli, ["export", str(project), "--format", "raven", "-o", str(out), "--tables", "two"])
    assert wrong.exit_code == 2


def test_the_page_names_every_format_in_a_few_words():
    from pages._ui import curate_export

    choices = {choice["value"]: choice["label"] for choice in curate_export.formats()}
    assert next(iter(choices)) == "hdf5"
    assert sorted(choices) == sorted(exporting.formats())
    assert choices["raven"] == "Raven selection tables (.zip)"
    assert all(len(label) < 48 and "`" not in exporting.describe(name) for name, label in choices.items())
