"""The maps that a project has: which, and where its sounds lie on them."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from pipeline import sound_maps, store
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError
from tests import factory


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=40, with_spectrograms=False)


def add_map(project, name, rows, values, **attrs):
    with Dataset.open(project) as dataset:
        ids = dataset.segments.segment_id[rows]
    with store.amend(project) as writer:
        writer.projection(name, ids, values, attrs=attrs)


def test_the_projects_own_maps_come_first(project):
    add_map(project, "a", np.arange(40), np.zeros((40, 2), np.float32))
    with Dataset.open(project) as dataset:
        assert [(info.name, info.features, info.reducer) for info in sound_maps.listing(dataset)] == [
            ("umap", "embedding", "umap"), ("pca", "embedding", "pca"), ("a", "", "a")]


def test_a_map_tells_what_it_was_made_of_and_its_scores(project):
    add_map(project, "mfcc30-tsne-5-1000", np.arange(40), np.zeros((40, 2), np.float32), features="mfcc30",
            reducer="tsne", perplexity=5.0, score_silhouette=0.5, scored_by="labels", fingerprint="0" * 32)
    with Dataset.open(project) as dataset:
        info = sound_maps.listing(dataset)[-1]
    assert (info.features, info.reducer, info.scored_by) == ("mfcc30", "tsne", "labels")
    assert info.parameters == {"perplexity": 5.0}
    assert info.scores == {"silhouette": 0.5}


def test_places_are_joined_by_id_and_missing_where_a_sound_is_not_on_the_map(project):
    rows = np.array([30, 2, 7, 11])
    add_map(project, "few", rows, np.array([[0, 0], [1, 4], [2, 8], [3, 12]], np.float32))
    with Dataset.open(project) as dataset:
        found = sound_maps.places(dataset, "few")
    assert found.shape == (40, 2)
    assert found.dtype == np.float32
    assert (np.diff(found[rows], axis=0) > 0).all()
    assert set(np.flatnonzero(np.isfinite(found).all(axis=1))) == set(rows)


def test_a_map_that_stands_beside_the_sounds_only_is_there_too(project):
    with h5py.File(project, "r+") as file:
        del file["projections"]
    with Dataset.open(project) as dataset:
        assert [info.name for info in sound_maps.listing(dataset)] == ["umap", "pca"]
        assert np.isfinite(sound_maps.places(dataset, "umap")).all()
        assert np.isfinite(sound_maps.places(dataset, "pca")).all()


def test_a_project_without_any_map(tmp_path):
    project = factory.make_project(tmp_path / "bird.h5", n_sounds=4, with_embeddings=False, with_spectrograms=False)
    with h5py.File(project, "r+") as file:
        del file["segments/umap"], file["segments/pca"]
    with Dataset.open(project) as dataset:
        assert sound_maps.listing(dataset) == []
        with pytest.raises(ProjectError, match="has no map named 'umap'"):
            sound_maps.places(dataset, "umap")


def test_one_outlier_does_not_collapse_the_map():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(0, 1, (400, 2)), [[1e6, -1e6]]])
    shares = sound_maps.robust(points)
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert (np.ptp(shares[:400], axis=0) > 0.85).all()
    assert shares[400, 0] == shares[:, 0].max()
    assert shares[400, 1] == shares[:, 1].min()


def test_scaling_keeps_the_order_and_what_is_missing():
    x = np.sort(np.random.default_rng(1).standard_cauchy(300))
    points = np.stack([x, -x], axis=1)
    points[5] = np.nan
    shares = sound_maps.robust(points)
    assert np.isnan(shares[5]).all()
    kept = np.delete(shares, 5, axis=0)
    assert (np.diff(kept[:, 0]) > 0).all()
    assert (np.diff(kept[:, 1]) < 0).all()


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((5, 2)), [[1, 2]], [[np.nan, 1]]])
def test_maps_without_any_width(points):
    shares = sound_maps.robust(np.array(points))
    assert shares.shape == np.shape(points)
    assert (shares[np.isfinite(shares)] == 0.5).all()


def test_two_groups_far_apart_are_both_seen():
    """Nearly all lie on one place, so the central part of an axis has no width."""
    points = np.concatenate([np.zeros((300, 2)), [[1.0, 1.0]]])
    shares = sound_maps.robust(points)
    assert (shares[300] - shares[0] > 0.5).all()


def test_what_other_programs_wrote_about_a_map_does_no_harm(project):
    add_map(project, "theirs", np.arange(40), np.ones((40, 2), np.float32), score_sum="high", perplexity="many",
            features="")
    with h5py.File(project, "r+") as file:
        group = file.create_group("projections/flat")
        group["segment_id"], group["values"] = np.arange(40), np.ones(40, np.float32)
    with Dataset.open(project) as dataset:
        assert [info.name for info in sound_maps.listing(dataset)] == ["umap", "pca", "flat", "theirs"]
        assert sound_maps.listing(dataset)[-1].scores == {}
        with pytest.raises(ProjectError, match="flat is no table of places"):
            sound_maps.places(dataset, "flat")
