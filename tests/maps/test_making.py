"""Grids of maps: made once, kept in the project, scored; what is on none of them is told."""

from __future__ import annotations

import csv
import json

import h5py
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from pipeline import feature_sets, sample_folder, sound_maps, store
from pipeline.__main__ import cli
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.sound_maps import Grid, making, picture, scores, sources, tables
from pipeline.sound_maps.clips import Clips
from pipeline.tasks.maps import Maps
from pipeline.watcher import Watcher
from tests import factory, sounds

RATE_HZ = 16_000
QUICK = Grid(features=("mfcc30",), reducers=("pca", "tsne"), perplexity=(5.0,), iterations=(250,))


class Listener(Watcher):
    def __init__(self):
        self.steps, self.notes = {}, []

    def begin(self, step, total, *, title=""):
        self.steps[step] = total

    def note(self, sentence):
        self.notes.append(sentence)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_CACHE", str(tmp_path / "cache"))
    return factory.make_project(tmp_path / "bird.h5", n_sounds=24, with_spectrograms=False,
                                with_audio_dir=tmp_path / "audio")


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """Samples in a folder for each kind; one of them silent, one long, one no audio at all."""
    folder = tmp_path_factory.mktemp("kit") / "drums"
    for kind, freq_hz in (("kick", 300), ("bell", 3_000)):
        for take in range(6):
            write(folder / kind / f"{take}.wav", sounds.tone(freq_hz + 20 * take, 0.2, rate_hz=RATE_HZ))
    write(folder / "kick" / "nothing.wav", np.zeros(RATE_HZ // 4))
    write(folder / "bell" / "endless.wav", sounds.tone(3_000, 4.2, rate_hz=RATE_HZ))
    return folder


def write(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE_HZ)


def names(maps):
    return [info.name for info in maps]


def test_every_cell_of_a_grid_becomes_a_map(project):
    grid = Grid(features=("mfcc30", "mir6"), reducers=("pca", "tsne"), perplexity=(3.0, 5.0), iterations=(250, 300))
    made = sound_maps.make(project, grid, workers=1)
    assert made.n_new == 10
    assert names(made.maps)[:5] == ["mfcc30-pca", "mfcc30-tsne-3-250", "mfcc30-tsne-3-300", "mfcc30-tsne-5-250",
                                    "mfcc30-tsne-5-300"]
    with Dataset.open(project) as dataset:
        assert names(sound_maps.listing(dataset)) == ["umap", "pca", *names(made.maps)]
        places = sound_maps.places(dataset, "mir6-tsne-5-300")
        assert np.isfinite(places).all()
        info = next(info for info in sound_maps.listing(dataset) if info.name == "mir6-tsne-5-300")
        assert info.parameters == {"perplexity": 5.0, "iterations": 300}
        assert info.made_with["scaling"] == "zscore"
        assert {"stft32", "mfcc30", "mir6"} & set(dataset.names("features")) == {"mfcc30", "mir6"}


def test_umap_is_a_reducer(project):
    grid = Grid(features=("embedding",), reducers=("umap",), n_neighbors=(5,), min_dist=(0.0, 0.1))
    made = sound_maps.make(project, grid, workers=1)
    assert names(made.maps) == ["embedding-umap-5-0", "embedding-umap-5-0.1"]
    assert all(info.scores["overlap"] > 0.9 for info in made.maps)


def test_types_that_sound_different_lie_apart(project):
    grid = Grid(features=("stft32",), reducers=("pca", "tsne"), perplexity=(5.0,), iterations=(1000,))
    for info in sound_maps.make(project, grid, workers=1).maps:
        assert info.scored_by == "labels"
        assert set(info.scores) == set(scores.NAMES)
        assert info.scores["silhouette"] > 0.5
        assert info.scores["overlap"] > 0.95


def test_the_projects_own_maps_are_scored_too(project):
    sound_maps.make(project, QUICK, workers=1)
    with Dataset.open(project) as dataset:
        own = sound_maps.listing(dataset)[0]
    assert own.name == "umap"
    assert own.scores["overlap"] == pytest.approx(1)


def test_what_was_made_is_not_made_again(project, monkeypatch):
    first = sound_maps.make(project, QUICK, workers=1)
    before = project.read_bytes()
    for place, name in ((feature_sets, "compute"), (store, "amend"), (making, "_lay_out"), (making, "_score")):
        monkeypatch.setattr(place, name, lambda *_a, **_k: pytest.fail("was made again"))
    again = sound_maps.make(project, QUICK, workers=1)
    assert (again.n_new, again.maps) == (0, first.maps)
    assert project.read_bytes() == before


def test_a_grid_that_overlaps_makes_only_what_is_new(project):
    sound_maps.make(project, QUICK, workers=1)
    listener = Listener()
    more = Grid.of({"features": ["mfcc30"], "reducers": ["pca", "tsne"], "perplexity": ["5", "8"],
                    "iterations": [250]}, {})
    assert sound_maps.make(project, more, watcher=listener, workers=1).n_new == 1
    assert listener.steps == {"maps": 1, "scores": 1}


def test_another_seed_is_another_map_of_the_same_name(project):
    sound_maps.make(project, QUICK, workers=1)
    other = Grid(**{**vars(QUICK), "seed": 1})
    assert sound_maps.make(project, other, workers=1).n_new == 2


def test_a_run_that_was_stopped_goes_on_from_the_maps_that_it_had(project, monkeypatch):
    real = making._lay_out
    stopped = []

    def stop_at_the_second(job, *rest):
        if stopped:
            raise KeyboardInterrupt
        stopped.append(job)
        return real(job, *rest)

    monkeypatch.setattr(making, "_lay_out", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        sound_maps.make(project, QUICK, workers=1)
    laid_out = []
    monkeypatch.setattr("pipeline.projectors.pca.Pca.project", lambda *_: laid_out.append("pca"))
    monkeypatch.setattr(making, "_lay_out", real)
    assert sound_maps.make(project, QUICK, workers=1).n_new == 2
    assert laid_out == []


def test_restart_makes_all_anew(project):
    sound_maps.make(project, QUICK, workers=1)
    assert sound_maps.make(project, QUICK, workers=1, restart=True).n_new == 2


def test_other_labels_mean_other_scores_but_no_other_maps(project):
    first = sound_maps.make(project, QUICK, workers=1)
    with h5py.File(project, "r+") as file:
        file["segments/label"][:] = ["x"] * 24
    again = sound_maps.make(project, QUICK, workers=1)
    assert again.n_new == 0
    assert "silhouette" in first.maps[0].scores
    assert "silhouette" not in again.maps[0].scores
    assert again.notes == [scores.ONE_CLASS]


def test_a_project_without_labels_has_maps_without_scores(tmp_path):
    project = factory.make_project(tmp_path / "bare.h5", n_sounds=24, with_labels=False, with_spectrograms=False,
                                   with_audio_dir=tmp_path / "audio")
    listener = Listener()
    made = sound_maps.make(project, QUICK, watcher=listener, workers=1)
    assert all(not info.scores and info.scored_by == "" for info in made.maps)
    assert listener.notes == made.notes == [scores.NO_LABELS]


def test_long_and_silent_sounds_are_told_and_are_on_no_map(kit, tmp_path):
    project = sample_folder.as_project(kit, output_dir=tmp_path / "out", workers=1)
    made = sound_maps.make(project, QUICK, workers=1)
    assert {(sound.name, sound.reason) for sound in made.left_out} == {
        ("kick/nothing.wav", sources.SILENT), ("bell/endless.wav", sources.LONG)}
    assert any("too long: 1 sound: bell/endless.wav" in sentence and "4.20 s" in sentence for sentence in made.notes)
    assert any("silent at first: 1 sound: kick/nothing.wav" in sentence for sentence in made.notes)
    with Dataset.open(project) as dataset:
        places, labels = sound_maps.places(dataset, "mfcc30-pca"), np.array(dataset.segments.label)
        missing = dataset.segments.segment_id[~np.isfinite(places).all(axis=1)]
    assert set(missing) == {sound.segment_id for sound in made.left_out}
    assert made.maps[0].scores["knn_agreement"] > 0.3
    assert set(labels) == {"kick", "bell"}
    assert sound_maps.make(project, QUICK, workers=1).left_out == made.left_out


def test_recordings_that_are_gone_are_told(project, tmp_path):
    next((tmp_path / "audio").rglob("*.wav")).unlink()
    made = sound_maps.make(project, QUICK, workers=1)
    assert {sound.reason for sound in made.left_out} == {sources.UNREADABLE}
    assert len(made.left_out) == 8


def test_other_clips_are_made_anew(project):
    sound_maps.make(project, QUICK, workers=1)
    short = Grid(**{**vars(QUICK), "clips": Clips(sr=16_000)})
    assert sound_maps.make(project, short, workers=1).n_new == 2
    with Dataset.open(project) as dataset:
        assert dataset.feature("mfcc30").attrs["sr"] == 16_000


def test_stored_features_and_several_together_are_sources(project):
    feature_sets.compute(project, feature_sets.Wanted(("mfcc",)), workers=1)
    grid = Grid(features=("mfcc_mean_std", "mfcc30+embedding"), reducers=("pca",))
    made = sound_maps.make(project, grid, workers=1)
    assert names(made.maps) == ["mfcc_mean_std-pca", "mfcc30+embedding-pca"]
    assert [info.made_with["scaling"] for info in made.maps] == ["minmax", "none"]


def test_each_recording_is_read_once_for_all_features(project, monkeypatch):
    read = []
    real = Clips.recording
    monkeypatch.setattr(Clips, "recording", lambda self, path, **how: read.append(path) or real(self, path, **how))
    sound_maps.make(project, Grid(features=("stft32", "mfcc30", "mir6"), reducers=("pca",)), workers=1)
    assert len(read) == len(set(read)) == 3


@pytest.mark.parametrize(("lists", "values", "words"), [
    ({"reducers": ["isomap"]}, {}, "no reducer 'isomap'"),
    ({"features": []}, {}, "no map to make"),
    ({"perplexity": []}, {}, "no map to make"),
    ({"perplexity": ["many"]}, {}, "perplexity must be a number"),
    ({"n_neighbors": ["1"]}, {}, "n_neighbors is 1"),
    ({"iterations": [10]}, {}, "iterations is 10"),
    ({}, {"scaling": "huge"}, "scaling is 'huge'"),
    ({}, {"sr": 1}, "sr is 1"),
])
def test_grids_that_cannot_be_are_refused(lists, values, words):
    with pytest.raises(ParameterError, match=words):
        Grid.of(lists, values)


def test_features_that_are_not_there_are_refused(project):
    with pytest.raises(ParameterError, match="no features named 'whisper'"):
        sound_maps.make(project, Grid(features=("whisper",)), workers=1)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_few_sounds_have_maps_too(tmp_path, n):
    project = factory.make_project(tmp_path / "few.h5", n_sounds=n, n_files=1, with_spectrograms=False,
                                   with_audio_dir=tmp_path / "audio")
    grid = Grid(features=("mfcc30",), reducers=("pca", "tsne"), iterations=(250,), perplexity=(5.0,))
    sound_maps.make(project, grid, workers=1)
    with Dataset.open(project) as dataset:
        for info in sound_maps.listing(dataset):
            places = sound_maps.places(dataset, info.name)
            assert places.shape == (n, 2)
            assert np.isfinite(places).all()


def test_a_run_says_what_it_made(project):
    task = Maps(str(project), features=("mfcc30",), reducers=("pca",), workers=1)
    task.check()
    told = task.perform(Watcher())
    assert told["maps"] == ["mfcc30-pca"]
    assert told["summary"].startswith("1 map, 1 of them new. Best: mfcc30-pca, ")
    assert [step["step"] for step in task.planned()] == [feature_sets.STEP, making.MAPS, making.SCORES]
    with pytest.raises(ParameterError, match="no reducer"):
        Maps(str(project), reducers=("x",)).check()


def test_the_command_makes_maps_tables_and_a_picture_of_a_folder(kit, tmp_path):
    out = tmp_path / "out"
    result = CliRunner().invoke(cli, ["maps", str(kit), "--features", "stft32,mfcc30", "--reducers", "pca", "--json",
                                      "--output-dir", str(out), "--workers", "1"])
    assert result.exit_code == 0, result.stderr
    assert [row["name"] for row in json.loads(result.stdout)] == ["stft32-pca", "mfcc30-pca"]
    rows = list(csv.DictReader((out / "maps.csv").open(encoding="utf-8")))
    assert [row["reducer"] for row in rows] == ["pca", "pca"]
    assert float(rows[0]["sum"]) == pytest.approx(sum(float(rows[0][name]) for name in (
        "silhouette", "roundness", "overlap")))
    left_out = list(csv.DictReader((out / "left-out.csv").open(encoding="utf-8")))
    assert {row["recording"] for row in left_out} == {"kick/nothing.wav", "bell/endless.wav"}
    assert (out / "maps.png").read_bytes().startswith(b"\x89PNG")
    assert "endless.wav" in result.stderr


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_picture_is_of_the_kind_that_was_asked_for(project, tmp_path, suffix, start):
    result = CliRunner().invoke(cli, ["maps", str(project), "--features", "embedding", "--reducers", "pca",
                                      "--output-dir", str(tmp_path / "out"), "--picture", suffix, "--workers", "1"])
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "out" / f"maps.{suffix}").read_bytes().startswith(start)


def test_the_command_prints_the_best_first(project):
    result = CliRunner().invoke(cli, ["maps", str(project), "--features", "embedding,mir6", "--reducers", "pca",
                                      "--workers", "1"])
    assert result.exit_code == 0, result.stderr
    sums = [float(line.split("│")[2]) for line in result.stdout.splitlines() if line.startswith("│")]
    assert len(sums) == 2
    assert sums == sorted(sums, reverse=True)


def test_the_command_says_what_it_does_not_know(project):
    result = CliRunner().invoke(cli, ["maps", str(project), "--reducers", "isomap"], standalone_mode=False)
    assert isinstance(result.exception, ParameterError)


def test_a_picture_tells_scores_and_classes(project):
    made = sound_maps.make(project, QUICK, workers=1)
    with Dataset.open(project) as dataset:
        figure = picture.draw(dataset, made.maps)
    words = [text.get_text() for text in figure.texts]
    assert {"PCA", "t-SNE", "mfcc30", "a (6)", "d (6)"} <= set(words)
    assert any(f"sum {made.maps[0].scores['sum']:.2f}" in word for word in words)
    with Dataset.open(project) as dataset, pytest.raises(ParameterError, match="no map to draw"):
        picture.draw(dataset, [])


def test_a_table_has_a_column_for_everything(project):
    made = sound_maps.make(project, QUICK, workers=1)
    line = tables.plain(made.maps[1])
    assert (line["perplexity"], line["iterations"], line["n_neighbors"]) == (5.0, 250, None)
    assert names(tables.best_first(made.maps)) == names(
        sorted(made.maps, key=lambda info: info.scores["sum"], reverse=True))


def test_parameters_too_large_for_few_sounds_are_told(project):
    grid = Grid(features=("embedding",), reducers=("tsne", "pca"), perplexity=(5.0, 30.0), iterations=(250,))
    made = sound_maps.make(project, grid, workers=1)
    assert made.notes == ["There are 24 sounds, so perplexity is 7.66667 at most: maps of larger ones are the same."]
    assert sound_maps.make(project, QUICK, workers=1).notes == []


def test_a_map_of_another_program_that_cannot_be_read_is_told_and_passed_over(project):
    with h5py.File(project, "r+") as file:
        group = file.create_group("projections/broken")
        group["segment_id"], group["values"] = np.arange(24), np.full((24, 2), np.nan, np.float32)
    listener = Listener()
    made = sound_maps.make(project, QUICK, watcher=listener, workers=1)
    assert made.n_new == 2
    assert any("projections/broken holds places that are not finite" in sentence for sentence in listener.notes)
