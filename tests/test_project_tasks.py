"""Runs on a project that exists: features, comparison, autoencoder."""

from __future__ import annotations

import pytest

from pipeline import comparison_rows, tasks
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.tasks.train_autoencoder import report_dir
from pipeline.watcher import Watcher
from tests import factory


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=24, with_audio_dir=tmp_path / "audio")


def performed(kind, **values):
    task = tasks.make(kind, values)
    task.check()
    assert "bird" in task.title()
    assert task.planned()
    return task.perform(Watcher())


def test_features_are_stored(project):
    result = performed("features", project=str(project), features=["mfcc"], vectors=["mean"], workers=1)
    assert result["summary"] == "mfcc_mean: 24 of 24 sounds."
    with Dataset.open(project) as dataset:
        assert "mfcc_mean" in dataset.names("features")


def test_a_comparison_is_kept_and_its_best_told(project):
    result = performed("compare", project=str(project), features=["embedding"], reductions=["none"],
                       algorithms=["ward"], workers=1)
    assert result["summary"] == "1 way compared. Best: embedding, none reduction, ward: NMI 1.000, ACC 1.000."
    assert len(comparison_rows.kept(project)) == 1


def test_an_autoencoder_is_trained_and_shows_how_well_it_does(project):
    result = performed("train_autoencoder", project=str(project), workers=1,
                       values={"epochs": 2, "latent": 3, "device": "cpu"})
    assert len(result["losses"]) == 2
    assert len(list(report_dir(project).iterdir())) == 4
    with Dataset.open(project) as dataset:
        assert dataset.feature("autoencoder").values.shape == (24, 3)


@pytest.mark.parametrize(("kind", "values"), [
    ("features", {"features": ["loudness"]}), ("compare", {"algorithms": ["magic"]}),
    ("compare", {"values": {"n_seeds": 0}}), ("train_autoencoder", {"feature": "loudness"}),
    ("train_autoencoder", {"values": {"latent": 0}}),
])
def test_what_cannot_be_is_refused_before_it_is_queued(project, kind, values):
    with pytest.raises(ParameterError):
        tasks.make(kind, {"project": str(project), **values}).check()
