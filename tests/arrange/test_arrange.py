"""``arrange``: no file is lost, overwritten or passed over silently, and like stands beside like."""

from __future__ import annotations

import csv
import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from PIL import Image

from pipeline.__main__ import cli
from pipeline.arrange import arrange, pictures, placing, tree
from pipeline.errors import ExportError, ParameterError, RunError, TableError
from pipeline.measures import label_scores
from pipeline.shelf import Shelf
from tests import sounds

RATE_HZ = 16_000


def write(path, samples, *, rate_hz=RATE_HZ):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz)
    return path


@pytest.fixture
def library(tmp_path):
    """Low and high tones and noise, in folders whose files have the same names; one shouts its extension."""
    rng, folder = np.random.default_rng(0), tmp_path / "library"
    for number in range(4):
        write(folder / "low" / f"hit {number}.wav", sounds.tone(200 + 5 * number, 0.2, rate_hz=RATE_HZ))
        write(folder / "high" / f"hit {number}.wav", sounds.tone(3_000 + 40 * number, 0.15, rate_hz=RATE_HZ))
        write(folder / "noise" / f"hit {number}.wav", rng.normal(0, 0.1, 3_000 + 100 * number))
    (folder / "low" / "hit 0.wav").rename(folder / "low" / "hit 0.WAV")
    return folder


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def contents(folder):
    return [path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")]


def test_like_stands_beside_like_and_every_file_is_there(library, tmp_path):
    made = arrange([library], tmp_path / "out", n_clusters=3, workers=1)
    assert made.runs == {"low": 1, "high": 1, "noise": 1}
    copies = sorted(path.name for path in (tmp_path / "out/sorted").glob("[0-9]*"))
    assert len(copies) == 12
    assert [name[:6] for name in copies] == [f"{number:05d}_" for number in range(12)]
    originals = (tmp_path / "out/original_filenames.txt").read_text().splitlines()
    assert contents(tmp_path / "out/sorted") == [Path(name).read_bytes() for name in originals]
    assert sorted(originals) == sorted(str(path) for path in library.rglob("hit*"))
    assert sum(name.endswith("_low_hit 0.WAV") for name in copies) == 1
    clusters = [sorted(path.name for path in folder.iterdir()) for folder in
                sorted((tmp_path / "out/clusters").glob("cluster_*"))]
    assert [len(names) for names in clusters] == [4, 4, 4]
    assert [name for names in clusters for name in names] == copies


def test_the_tables_and_the_tree_say_the_same(library, tmp_path):
    made = arrange([library], tmp_path / "out", n_clusters=2, workers=1)
    index, status = table(tmp_path / "out/index.csv"), table(tmp_path / "out/files.csv")
    features = table(tmp_path / "out/features.csv")
    assert [row["file"] for row in index] == [row["file"] for row in features]
    assert {row["file"]: row["number"] for row in status} == {row["file"]: row["number"] for row in index}
    assert {row["category"] for row in index} == {"low", "high", "noise"}
    assert index[3]["tidal"] == 's "sorted:3"'
    with np.load(tmp_path / "out/linkage.npz", allow_pickle=False) as file:
        assert [file["files"][row] for row in file["order"]] == [row["file"] for row in index]
        assert [str(file["cluster"][row]) for row in file["order"]] == [row["cluster"] for row in index]
        assert (file["linkage"] == made.linkage).all()
    assert len(features[0]) == 137
    first = made.order[0]
    assert float(features[0]["frame_1_zcr"]) == made.features[first, 0]
    about = json.loads((tmp_path / "out/arrange.json").read_text())
    assert about["parameters"]["frames"] == 2
    assert about["arranged"] == 12


def test_columns_are_scaled_and_constant_ones_dropped_but_not_as_published(library, tmp_path):
    made = arrange([library], tmp_path / "out", copies="list", workers=1)
    np.testing.assert_allclose(made.points.std(axis=0), 1)
    assert not any(name.startswith("frame_1_delta") for name in made.kept_columns)
    published = arrange([library], tmp_path / "out", copies="list", compat=True, workers=1)
    assert published.points.shape == (12, 136)
    assert (published.points == published.features).all()


def test_what_cannot_be_read_is_told_and_what_is_short_is_kept(library, tmp_path):
    (library / "broken.wav").write_bytes(b"RIFFnothing")
    (library / "empty.wav").write_bytes(b"")
    write(library / "click.wav", np.array([0.5, -0.5]))
    write(library / "nothing.wav", np.zeros(0))
    made = arrange([library], tmp_path / "out", workers=1)
    status = {Path(row["file"]).name: row for row in table(tmp_path / "out/files.csv")}
    assert len(made.statuses) == 16
    assert len(made.files) == 13
    assert status["click.wav"]["number"] != ""
    assert "shorter than one window" in status["click.wav"]["status"]
    for name, why in [("broken.wav", "not audio"), ("empty.wav", "empty"), ("nothing.wav", "no samples")]:
        assert status[name]["number"] == ""
        assert why in status[name]["status"]
    assert len(contents(tmp_path / "out/sorted")) == 13


def test_links_are_the_files_themselves_and_a_list_makes_no_files(library, tmp_path):
    arrange([library], tmp_path / "out", copies="link", workers=1)
    originals = (tmp_path / "out/original_filenames.txt").read_text().splitlines()
    links = sorted((tmp_path / "out/sorted").glob("[0-9]*"))
    assert all(link.samefile(original) for link, original in zip(links, originals, strict=True))
    arrange([library], tmp_path / "out", copies="list", workers=1)
    assert not (tmp_path / "out/sorted").exists()
    assert all(Path(name).exists() for name in originals)


def test_where_nothing_can_be_linked_copies_are_made_and_told(library, tmp_path, monkeypatch):
    def refused(*_paths):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    made = arrange([library], tmp_path / "out", copies="link", workers=1)
    assert made.notes == ["12 files could not be linked from here and were copied."]
    assert len(contents(tmp_path / "out/sorted")) == 12


def test_another_run_replaces_its_own_copies_and_nothing_else(library, tmp_path):
    out = tmp_path / "out"
    arrange([library], out, n_clusters=3, workers=1)
    arrange([library / "low"], out, workers=1)
    assert len(contents(out / "sorted")) == 4
    assert not (out / "clusters").exists()
    (out / "sorted" / "mine.wav").write_bytes(b"mine")
    with pytest.raises(ExportError, match=r"mine\.wav was not put there"):
        arrange([library], out, workers=1)
    assert (out / "sorted" / "mine.wav").read_bytes() == b"mine"
    assert len(contents(out / "sorted")) == 5


def test_its_own_copies_are_not_arranged_again(library):
    for _time in range(2):
        made = arrange([library], library / "out", workers=1)
        assert len(made.files) == 12


def test_what_is_done_is_not_done_again(library, tmp_path, monkeypatch):
    arrange([library], tmp_path / "out", workers=1)
    monkeypatch.setattr(Shelf, "put", lambda *_: pytest.fail("read again"))
    assert int(arrange([library], tmp_path / "out", n_clusters=2, order="plain", workers=1).cluster.max()) == 2


def test_a_file_that_changed_is_read_again(library, tmp_path):
    before = arrange([library], tmp_path / "out", copies="list", workers=1)
    write(library / "low" / "hit 1.wav", sounds.tone(900, 0.3, rate_hz=RATE_HZ))
    after = arrange([library], tmp_path / "out", copies="list", workers=1)
    changed = (before.features != after.features).any(axis=1)
    assert [after.files[row] for row in np.flatnonzero(changed)] == [str(library / "low" / "hit 1.wav")]


def test_workers_give_the_same(library, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.arrange.FILES_PER_JOB", 4)
    one = arrange([library], tmp_path / "one", copies="list", workers=1)
    two = arrange([library], tmp_path / "two", copies="list", workers=2)
    assert (one.features == two.features).all()
    assert one.rows == two.rows


def test_kinds_come_from_a_table_or_from_names(library, tmp_path):
    labels = tmp_path / "kinds.csv"
    labels.write_text("filename,kind\nlow/hit 0.WAV,boom\nnoise/hit 3.wav,hiss\n")
    made = arrange([library], tmp_path / "out", copies="list", labels=labels, label_column="kind", workers=1)
    assert {Path(name).parent.name: kind for name, kind in zip(made.files, made.categories, strict=True) if kind} == {
        "low": "boom", "noise": "hiss"}
    for values, expected in [({"categories": "prefix"}, {"hit"}), ({"categories": "none"}, {""}),
                             ({"prefix_length": 5}, {f"hit {n}" for n in range(4)})]:
        made = arrange([library], tmp_path / "out", copies="list", workers=1, **values)
        assert set(made.categories) == expected
    with pytest.raises(TableError, match="columns are: filename, kind"):
        arrange([library], tmp_path / "out", labels=labels, workers=1)


def test_names_are_different_and_fit_any_disk():
    long = Path("/a") / ("ö" * 100) / ("ü" * 110 + ".wav")
    made = placing.names([Path("/a/b/x.wav"), Path("/c/b/x.wav"), long], parent_dir=True)
    assert made[:2] == ["00000_b_x.wav", "00001_b_x.wav"]
    assert len(os.fsencode(made[2])) <= 240
    assert made[2].endswith(".wav")
    assert placing.names([Path("/a/b/x.wav")], parent_dir=False) == ["00000_x.wav"]
    many = placing.names([Path("/a/x.wav")] * 100_001, parent_dir=True)
    assert many == sorted(many)
    assert len(set(many)) == 100_001


def test_a_name_with_any_bytes_is_copied(tmp_path):
    odd = os.fsdecode(b"odd\xff\nname.wav")
    write(tmp_path / "in" / "a.wav", sounds.tone(300, 0.1, rate_hz=RATE_HZ)).rename(tmp_path / "in" / odd)
    made = arrange([tmp_path / "in"], tmp_path / "out", workers=1)
    assert (tmp_path / "out/sorted" / made.names[0]).is_file()
    assert len((tmp_path / "out/original_filenames.txt").read_text().splitlines()) == 1


def test_nothing_to_arrange_is_said(tmp_path):
    with pytest.raises(ParameterError, match="no sound to arrange"):
        arrange([], tmp_path / "out")
    with pytest.raises(RunError, match=r"None of 1 file could be used"):
        arrange([tmp_path / "missing.wav"], tmp_path / "out", workers=1)


def test_a_large_tree_and_table_are_folded_to_what_can_be_read():
    n = 2_000
    points = np.random.default_rng(0).normal(size=(n, 6))
    joined = tree.ward(points)
    order, kinds = tree.order(points, joined, how="plain"), [f"kind {row % 40}" for row in range(n)]
    canvas = pictures.dendrogram(joined, order, [f"<{row}>.wav" for row in range(n)], kinds)
    assert canvas.height_mm < 900
    texts = [element.text for element in ET.fromstring(canvas.svg()).iter("{http://www.w3.org/2000/svg}text")]
    counts = [int(text.partition(":")[0].replace(",", "")) if ": <" in text else 1
              for text in texts if ".wav" in text]
    assert len(counts) == pictures.MOST_LINES
    assert sum(counts) == n
    assert "and 10 more" in texts
    heat = pictures.heat_map(points, joined, order, list("abcdef"), kinds)
    assert heat.height_mm < 400
    assert len(heat.svg()) < 2_000_000


def test_the_pictures_show_the_kinds_colours(library, tmp_path):
    arrange([library], tmp_path / "out", copies="list", workers=1)
    for name in ("dendrogram", "heatmap"):
        with Image.open(tmp_path / "out" / f"{name}.png") as picture:
            colours = {colour for _count, colour in picture.convert("RGB").getcolors(1 << 24)}
        assert {tuple(bytes.fromhex(colour[1:])) for colour in pictures.colours_of(["high", "low", "noise"]).values()} \
            <= colours
        ET.parse(tmp_path / "out" / f"{name}.svg")


def test_the_command(library, tmp_path):
    (library / "broken.wav").write_bytes(b"RIFFnothing")
    words = ["arrange", str(library), "--frames", "1", "--output-dir", str(tmp_path / "out"), "--parent-dir",
             "--n-clusters", "3", "--copies", "list", "--workers", "1"]
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert "Arranged 12 of 13 files in 3 clusters" in result.stderr
    assert "broken.wav is not audio" in result.stderr
    assert len(table(tmp_path / "out/features.csv")[0]) == 69
    assert CliRunner().invoke(cli, [*words, "--order", "best"]).exit_code == 2


def test_the_909s_kinds_stand_together(data_set, tmp_path):
    folder = data_set("drums_tr909")
    made = arrange([folder], tmp_path / "out", copies="list", labels=folder / "labels.csv", workers=1)
    assert len(made.files) == 74
    assert {kind for kind, n in made.runs.items() if n == 1} >= {"bd", "sd", "cp", "rim", "oh", "hh"}
    wider = {"bd": "kick", "sd": "snare", "rim": "rim", "lt": "tom", "mt": "tom", "ht": "tom"}
    kinds = [wider.get(kind, "cymbals and claps") for kind in made.categories]
    scores = label_scores(kinds, tree.cut(made.linkage, made.order, 5))
    assert (scores["acc"], scores["nmi"]) == (pytest.approx(0.905, abs=0.02), pytest.approx(0.891, abs=0.02))
