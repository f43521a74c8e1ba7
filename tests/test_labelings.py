"""The labelings of a project: listed, coded for the map, held against others, removed; k, estimated as a run."""

from __future__ import annotations

import numpy as np
import pytest
from factory import make_project

from pipeline import labelings, project_clustering, store
from pipeline.autoencoder import progress, reports
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.tasks import make as make_task
from pipeline.watcher import Watcher

KMEANS = {"n_clusters": 4, "reduce": "none"}


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=40, n_types=4)


def put(project, name, ids, label, **how):
    with store.amend(project) as writer:
        writer.labeling(name, np.asarray(ids, np.int32), np.asarray(label, np.int32), **how)


def test_labelings_are_listed_the_newest_first_with_what_they_found(project):
    put(project, "by hand", range(40), [0] * 30 + [-1] * 10)
    for name in ("older", "newer"):
        make_task("cluster", {"project": str(project), "algorithm": "kmeans", "values": KMEANS,
                              "name": name}).perform(Watcher())
    with Dataset.open(project) as dataset:
        newest, older, by_hand = labelings.stored(dataset)
        assert (newest.name, older.name, by_hand.name) == ("newer", "older", "by hand")
        assert (newest.algorithm, newest.n, newest.n_clusters, newest.n_noise) == ("kmeans", 40, 4, 0)
        assert newest.parameters["n_clusters"] == 4
        assert newest.measures["silhouette"] > 0.5
        assert newest.fingerprint != older.fingerprint
        assert (by_hand.algorithm, by_hand.n_clusters, by_hand.n_noise, by_hand.made) == ("", 1, 10, "")


def test_codes_tell_noise_from_what_a_labeling_does_not_speak_of(project):
    soft = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]], np.float32)
    put(project, "few", [7, 3, 5], [0, 1, -1], probability=soft)
    with Dataset.open(project) as dataset:
        codes, sure = labelings.codes(dataset, "few"), labelings.confidence(dataset, "few")
    assert codes[[7, 3, 5, 0]].tolist() == [0, 1, labelings.NOISE_CODE, labelings.NO_LABEL]
    assert sure[[7, 3, 5, 0]].tolist() == [230, 153, 255, 255]
    assert codes.dtype == np.uint16
    assert (codes == labelings.NO_LABEL).sum() == 37


def test_one_cluster_of_a_labeling_is_clustered_again(project):
    put(project, "two", range(40), [0] * 20 + [1] * 15 + [-1] * 5)
    make_task("cluster", {"project": str(project), "algorithm": "kmeans", "values": KMEANS | {"n_clusters": 2},
                          "name": "part", "within": "two", "number": 1}).perform(Watcher())
    with Dataset.open(project) as dataset:
        assert sorted(dataset.labeling_rows("part")[0].tolist()) == list(range(20, 35))
        assert labelings.members(dataset, "two", -1) == list(range(35, 40))
        with pytest.raises(ParameterError, match="has no sounds in cluster 7"):
            labelings.members(dataset, "two", 7)


def test_sets_are_clustered_together(project):
    with store.amend(project) as writer:
        writer.feature("mine", np.arange(40), np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32))
    with Dataset.open(project) as dataset:
        assert project_clustering.vectors_width(dataset, "embedding+mine") == 19
        assert project_clustering.vectors_of(dataset, "embedding+mine").shape == (40, 19)
    made = make_task("cluster", {"project": str(project), "algorithm": "kmeans", "values": KMEANS,
                                 "on": "embedding+mine"})
    made.check()
    assert made.perform(Watcher())["n_clusters"] == 4


def test_a_labeling_is_held_against_truth_clusters_and_another(project):
    put(project, "types", range(40), np.arange(40) % 4)
    put(project, "halves", range(30), [0] * 15 + [11] * 15)
    with Dataset.open(project) as dataset:
        labels = Labels.of(dataset.segments.segment_id, [0] * 20 + [3] * 20)
        truth = labelings.against(dataset, labels, "types", labelings.TRUTH)
        assert (truth.scores["nmi"], truth.scores["acc"], truth.n_only) == (1.0, 1.0, 0)
        assert truth.table.labels == ("a", "b", "c", "d")
        curated = labelings.against(dataset, labels, "types", labelings.CLUSTERS)
        assert (curated.table.labels, curated.n_only) == (("C3",), 20)
        other = labelings.against(dataset, labels, "types", "labeling:halves")
        assert ([label.strip() for label in other.table.labels], other.n_only) == (["0", "11"], 10)
        assert [key for key, _title in labelings.others(dataset, labels, "types")] == [
            "truth", "clusters", "labeling:halves"]
        with pytest.raises(ParameterError, match="no labeling 'none'"):
            labelings.against(dataset, labels, "none", labelings.TRUTH)


def test_a_labeling_is_removed_and_nothing_else(project):
    put(project, "kept", range(40), [0] * 40)
    put(project, "gone", range(40), [0] * 40)
    task = make_task("remove_labeling", {"project": str(project), "name": "gone"})
    task.check()
    assert "'gone' is gone" in task.perform(Watcher())["summary"]
    with Dataset.open(project) as dataset:
        assert dataset.names("labelings") == ["kept"]
    with pytest.raises(ParameterError, match="no labeling 'gone'"):
        task.check()


def test_the_number_of_clusters_is_estimated_by_a_run(project):
    task = make_task("estimate_k", {"project": str(project), "values": {"reduce": "none"}})
    task.check()
    result = task.perform(Watcher())
    assert result["curves"]["suggestion"] == 4
    assert len(result["curves"]["k"]) == len(result["curves"]["silhouette"]) == 14
    assert "4 clusters are suggested" in result["summary"]


def test_losses_are_read_from_a_log_and_from_the_report(tmp_path):
    lines = ["training: begun.", "Epoch 1: loss 20.5, validation 21.0.", "Epoch 2: loss 10.0, validation 12.5."]
    assert progress.told_losses(lines) == [(1, 20.5, 21.0), (2, 10.0, 12.5)]
    assert progress.kept_losses(tmp_path) == []
    (tmp_path / reports.LOSSES).write_text("epoch,training,validation\n1,3.5,4.25\n", encoding="utf-8")
    assert progress.kept_losses(tmp_path) == [(1, 3.5, 4.25)]
    with pytest.raises(ParameterError, match="no pictures 'nearest'"):
        progress.sheet(tmp_path, "nearest")
    with pytest.raises(ParameterError, match="no pictures"):
        progress.sheet(tmp_path, "../secret")
