"""Every format read back by readers that are not ours: the table in ``docs/exporting.md``, row for row."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import crowsetta
import h5py
import numpy as np
import pandas
import pytest
import soundfile

from pipeline import exporting, store
from pipeline.curation.workspace import Workspace
from tests import factory

NAMES = {0: "unassigned", 1: 'a "long" one, with 鳥', 2: "trill; =1+1"}
CLUSTERS = [1, 2, 0, 2, 1, 0] * 2
SOFT = np.linspace(0, 1, 36, dtype=np.float32).reshape(12, 3)
RAVEN, TEXTGRID = ".Table.1.selections.txt", ".TextGrid"
READERS: dict[tuple[str, str], Callable] = {}


@pytest.fixture
def workspace(tmp_path):
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=12, with_audio_dir=tmp_path / "audio",
                                cluster_ids=CLUSTERS, clusters=[(1, NAMES[1], "#112233", ""), (2, NAMES[2], "#1", "")])
    with store.amend(path) as writer:
        writer.labeling("sure", np.arange(12), np.zeros(12), probability=SOFT, attrs={"algorithm": "fcm"})
        writer.feature("pitch", np.arange(12), np.arange(24, dtype=np.float32).reshape(12, 2))
    with Workspace.open(path) as workspace:
        yield workspace


@pytest.fixture
def export(workspace, tmp_path):
    """``export("raven", tables="one")`` → the file, or the folder."""
    def write(format: str, **values) -> Path:
        ending = "" if exporting.makes_folder(format, values) else exporting.suffix(format, values)
        return exporting.export(workspace.dataset, workspace.labels, tmp_path / f"out{ending}", format=format,
                                values=values)
    return write


@pytest.fixture
def sounds(workspace):
    """What each reader of annotations has to find: (recording without its extension, onset, offset, label), sorted."""
    segments, files = workspace.dataset.segments, workspace.dataset.files
    paths = [files.path[row].removesuffix(".wav") for row in files.rows_of(segments.file_id)]
    texts = [NAMES[number] for number in CLUSTERS]
    return sorted(zip(paths, segments.onset_s, segments.onset_s + segments.duration_s, texts, strict=True))


def reader(format: str, name: str) -> Callable:
    """Register a test of one format with one reader."""
    def register(test: Callable) -> Callable:
        READERS[format, name] = test
        return test
    return register


def same(found, sounds) -> None:
    found = sorted(found)
    assert [(row[0], row[3]) for row in found] == [(row[0], row[3]) for row in sounds]
    assert np.allclose([row[1:3] for row in found], [row[1:3] for row in sounds], rtol=0, atol=1e-6)


def by_file(folder: Path, ending: str):
    """(recording without its extension, path) of every file of a folder."""
    return [(str(path.relative_to(folder)).removesuffix(ending), path) for path in folder.rglob(f"*{ending}")]


@reader("csv", "pandas")
def csv_by_pandas(export, sounds, workspace):
    table = pandas.read_csv(export("csv", map=True, features="pitch", truth=True))
    same([(row.path.removesuffix(".wav"), row.onset_sec, row.onset_sec + row.duration_sec, row.cluster_name)
          for row in table.itertuples()], sounds)
    assert np.array_equal(np.float32(table[["umap_x", "umap_y"]]), workspace.dataset.segments.umap)
    assert table.pitch_0.tolist() == list(range(0, 24, 2))
    assert table.label.tolist() == list(workspace.dataset.segments.label)


@reader("csv", "csv (Python)")
def csv_by_the_standard_library(export, sounds):
    found = []
    for _name, path in by_file(export("csv", tables="each"), ".csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found += [(row["path"].removesuffix(".wav"), float(row["onset_sec"]),
                       float(row["onset_sec"]) + float(row["duration_sec"]), row["cluster_name"])
                      for row in csv.DictReader(file)]
    same(found, sounds)


@reader("raven", "crowsetta")
def raven_by_crowsetta(export, sounds):
    same([(name, box.onset, box.offset, box.label) for name, path in by_file(export("raven"), RAVEN)
          for box in crowsetta.formats.bbox.Raven.from_file(path).to_annot().bboxes], sounds)


@reader("raven", "pandas")
def raven_by_pandas(export, sounds):
    table = pandas.read_csv(export("raven", tables="one"), sep="\t", quoting=csv.QUOTE_NONE)
    length_s = table["End Time (s)"] - table["Begin Time (s)"]
    same(list(zip(table["Begin Path"].str.removesuffix(".wav"), table["File Offset (s)"],
                  table["File Offset (s)"] + length_s, table["Annotation"], strict=True)), sounds)


@reader("audacity", "crowsetta")
def audacity_by_crowsetta(export, sounds):
    found = []
    for name, path in by_file(export("audacity"), ".txt"):
        read = crowsetta.formats.seq.AudSeq.from_file(path)
        found += [(name, *row) for row in zip(read.start_times, read.end_times, read.labels, strict=True)]
    same(found, sounds)


@reader("audacity", "pandas")
def audacity_by_pandas(export, sounds):
    found = []
    for name, path in by_file(export("audacity"), ".txt"):
        table = pandas.read_csv(path, sep="\t", header=None, quoting=csv.QUOTE_NONE)
        found += [(name, *row) for row in table.itertuples(index=False)]
    same(found, sounds)


@reader("textgrid", "crowsetta")
def textgrid_by_crowsetta(export, sounds):
    same([(name, one.xmin, one.xmax, one.text.replace('""', '"'))
          for name, path in by_file(export("textgrid"), TEXTGRID)
          for tier in crowsetta.formats.seq.TextGrid.from_file(path).tiers for one in tier.intervals], sounds)


@reader("textgrid", "parselmouth (Praat)")
def textgrid_by_praat(export, sounds):
    parselmouth = pytest.importorskip("parselmouth")
    found = []
    for name, path in by_file(export("textgrid"), TEXTGRID):
        table = parselmouth.praat.call(parselmouth.read(str(path)), "Down to Table", False, 9, False, False)
        for row in parselmouth.praat.call(table, "List", False).splitlines()[1:]:
            onset, text, offset = row.split("\t")
            found.append((name, float(onset), float(offset), text))
    same(found, sounds)


@reader("generic_seq", "crowsetta")
def generic_seq_by_crowsetta(export, sounds):
    same([(str(one.notated_path).removesuffix(".wav"), segment.onset_s, segment.offset_s, segment.label)
          for one in crowsetta.formats.seq.GenericSeq.from_file(export("generic_seq")).annots
          for segment in one.seq.segments], sounds)


@reader("generic_seq", "pandas")
def generic_seq_by_pandas(export, sounds):
    table = pandas.read_csv(export("generic_seq"))
    assert list(table) == ["label", "onset_s", "offset_s", "onset_sample", "offset_sample", "notated_path",
                           "annot_path", "sequence", "annotation"]
    assert (table.onset_sample == (table.onset_s * factory.RATE_HZ).round()).all()
    names = table.notated_path.str.removesuffix(".wav")
    same(list(zip(names, table.onset_s, table.offset_s, table.label, strict=True)), sounds)


@reader("simple_seq", "crowsetta")
def simple_seq_by_crowsetta(export, sounds):
    found = []
    for name, path in by_file(export("simple_seq"), ".csv"):
        read = crowsetta.formats.seq.SimpleSeq.from_file(path)
        found += [(name, *row) for row in zip(read.onsets_s, read.offsets_s, read.labels, strict=True)]
    same(found, sounds)


@reader("simple_seq", "pandas")
def simple_seq_by_pandas(export, sounds):
    same([(name, *row) for name, path in by_file(export("simple_seq"), ".csv")
          for row in pandas.read_csv(path).itertuples(index=False)], sounds)


@reader("json_hard", "json (Python)")
def json_hard_by_the_standard_library(export):
    assert json.loads(export("json_hard").read_text(encoding="utf-8")) == [
        {"id": str(row), "label": number or -1} for row, number in enumerate(CLUSTERS)]


@reader("json_hard", "pandas")
def json_hard_by_pandas(export):
    assert pandas.read_json(export("json_hard")).label.tolist() == [number or -1 for number in CLUSTERS]


@reader("json_soft", "json (Python)")
def json_soft_by_the_standard_library(export):
    found = json.loads(export("json_soft").read_text(encoding="utf-8"))
    assert [entry["id"] for entry in found] == list(map(str, range(12)))
    assert np.array_equal(np.array([entry["probs"] for entry in found], np.float32), SOFT)


@reader("json_soft", "pandas")
def json_soft_by_pandas(export):
    assert np.allclose(pandas.read_json(export("json_soft")).probs.tolist(), SOFT, rtol=1e-7)


@reader("npy", "numpy and json (Python)")
def npy_by_numpy(export, workspace):
    folder = export("npy")
    assert np.array_equal(np.load(folder / "embedding.npy", allow_pickle=False), workspace.dataset.embedding())
    mapping = json.loads((folder / "mapping.json").read_text(encoding="utf-8"))
    assert [one["onset_sec"] for one in mapping] == workspace.dataset.segments.onset_s.tolist()
    each = exporting.export(workspace.dataset, workspace.labels, folder.with_name("each"), format="npy",
                            values={"file_per_sound": True})
    assert np.array_equal(np.stack([np.load(each / f"{one['id']}.npy") for one in mapping]),
                          workspace.dataset.embedding())


@reader("whisperseg", "pandas and soundfile")
def whisperseg_by_pandas(export, sounds, tmp_path):
    folder, found = export("whisperseg"), []
    for name, path in by_file(folder, ".csv"):
        original = next((tmp_path / "audio").rglob(f"{name}.wav"))
        recording = str(original.relative_to(tmp_path / "audio")).removesuffix(".wav")
        found += [(recording, *row) for row in pandas.read_csv(path).itertuples(index=False)]
        assert np.array_equal(soundfile.read(path.with_suffix(".wav"))[0], soundfile.read(original)[0])
    same([(*row[:3], "unassigned" if row[3] == "Vocal" else row[3]) for row in found], sounds)


@reader("copies", "soundfile and pandas")
def copies_by_soundfile(export, sounds, tmp_path):
    folder = export("copies")
    table = pandas.read_csv(folder / "original_filenames.txt", sep="\t", quoting=csv.QUOTE_NONE)
    same(list(zip(table.recording.str.removesuffix(".wav"), table.onset_s, table.onset_s + table.duration_s,
                  table.cluster, strict=True)), sounds)
    for row in table.itertuples():
        whole, rate_hz = soundfile.read(tmp_path / "audio" / row.recording, dtype="int16")
        first, last = round(row.onset_s * rate_hz), round((row.onset_s + row.duration_s) * rate_hz)
        assert np.array_equal(soundfile.read(folder / row.name, dtype="int16")[0], whole[first:last])


@reader("hdf5", "h5py")
def hdf5_by_h5py(export, workspace):
    with h5py.File(export("hdf5")) as file:
        assert file["segments/cluster_id"][:].tolist() == CLUSTERS
        assert [name.decode() for name in file["clusters/name"][:2]] == [NAMES[1], NAMES[2]]
        assert np.array_equal(file["embeddings/raw"][:], workspace.dataset.embedding())
        assert len(file["spectrograms"]) == 4          # three recordings and the list of their ids


@pytest.mark.parametrize(("format", "name"), READERS, ids=[" by ".join(both) for both in READERS])
def test_what_was_exported_is_what_another_reader_finds(format, name, request):
    test = READERS[format, name]
    known = test.__code__.co_varnames[:test.__code__.co_argcount]
    test(**{fixture: request.getfixturevalue(fixture) for fixture in known})


def test_every_format_has_a_reader_and_the_documentation_names_them(root):
    told = re.findall(r"^\| `(\w+)` \| read by (.*?) \|", (root / "docs" / "exporting.md").read_text(), re.MULTILINE)
    expected = {format: ", ".join(name for one, name in READERS if one == format) for format in exporting.formats()}
    assert dict(told) == expected
    assert all(expected.values())
