"""``cluster`` and ``adopt`` at the command line: a project gets labelings, a folder of arrays gives files."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from PIL import Image

from pipeline import cluster_summary, project_clustering
from pipeline.__main__ import cli
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, ProjectError, TableError
from pipeline.tasks import make as make_task
from pipeline.watcher import Watcher
from tests.factory import make_project


def run(*words, ok=True):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    if ok and result.exception is not None:
        raise result.exception
    return result


def told(*words) -> dict:
    return json.loads(run(*words, "--json").stdout)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=80, n_types=4)


@pytest.fixture
def folder(tmp_path):
    """Forty arrays of four kinds, and one that is none."""
    rng, folder = np.random.default_rng(0), tmp_path / "arrays"
    folder.mkdir()
    for number in range(40):
        np.save(folder / f"s{number:02d}.npy", rng.normal(0, 0.1, (5, 8)) + 5 * np.eye(4, 8)[number % 4])
    (folder / "empty.npy").write_bytes(b"")
    return folder


def types_agree(project, name) -> bool:
    with Dataset.open(project) as dataset:
        label, truth = dataset.labeling(name).label, dataset.segments.label
    return len(set(zip(label.tolist(), truth, strict=True))) == len(set(truth)) and label.min() >= 0


# ---- projects --------------------------------------------------------------------------------------------------------

def test_the_sounds_of_a_project_get_a_labeling_with_all_that_is_known_of_it(project):
    facts = told("cluster", project, "--algorithm", "kmeans", "--n-clusters", 4, "--reduce", "none")
    assert facts["labeling"] == "KMeans"
    assert (facts["n"], facts["n_clusters"], facts["n_noise"]) == (80, 4, 0)
    assert types_agree(project, "KMeans")
    with Dataset.open(project) as dataset:
        labeling, groups = dataset.labeling("KMeans"), cluster_summary.groups(dataset, "KMeans")
        assert labeling.attrs["algorithm"] == "kmeans"
        assert labeling.attrs["n_clusters"] == 4
        assert labeling.attrs["on"] == "embedding"
        assert labeling.probability.shape == (80, 4)
        assert dataset.cluster_ids().tolist() == [0] * 80
        assert [group.n for group in groups] == [20] * 4
        assert all(group.silhouette > 0.8 and group.confidence > 0.9 and len(group.exemplars) == 12 for group in groups)
        for group in groups:
            assert (labeling.label[dataset.rows_of(group.exemplars)] == group.number).all()


def test_by_default_the_project_s_own_map_is_taken_if_it_was_made_that_way(tmp_path):
    made = {"umap_n_neighbors": 100, "umap_min_dist": 0.0, "pca_n_components": 100, "seed": 42}
    project = make_project(tmp_path / "bird.h5", n_sounds=80, n_types=4, parameters=made)
    facts = told("cluster", project, "--name", "mine")
    assert facts["labeling"] == "mine"
    assert facts["n_clusters"] == 4
    with Dataset.open(project) as dataset:
        points = project_clustering.points_of(project, "hdbscan", {})
        assert np.array_equal(points, dataset.segments.umap)
        soft = dataset.labeling("mine").probability
    assert soft.shape == (80, 5)
    assert np.allclose(soft.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("algorithm", "more"), [
    ("hdbscan", ("--min-cluster-size", 10)), ("blobs", ("--threshold", 0.0003)),
    ("dbscan", ("--eps", 2.0)), ("agglomerative", ("--linkage", "average")), ("fcm", ("--m", 1.2)), ("spectral", ())])
def test_every_algorithm_on_the_map(project, algorithm, more):
    facts = told("cluster", project, "--algorithm", algorithm, "--on", "umap", *more)
    assert facts["n_clusters"] == 4
    assert types_agree(project, facts["labeling"])


def test_only_some_of_the_sounds(project, tmp_path):
    with Workspace.open(project, user="me") as workspace:
        from pipeline.curation import edits

        workspace.edit(edits.assign, segment_ids=list(range(0, 80, 2)))
    facts = told("cluster", project, "--on", "umap", "--algorithm", "kmeans", "--n-clusters", 2, "--only-cluster", 1)
    assert facts["n"] == 40
    with Dataset.open(project) as dataset:
        assert dataset.labeling_rows("KMeans")[0].tolist() == list(range(0, 80, 2))
    ids = tmp_path / "ids.txt"
    ids.write_text("1, 3\n5 7 9 11\n")
    assert told("cluster", project, "--on", "umap", "--algorithm", "kmeans", "--n-clusters", 2, "--ids-file", ids,
                "--name", "few")["n"] == 6
    run("adopt", project, "KMeans", "--split", 1)
    with Workspace.open(project, user="me") as workspace:
        assert workspace.labels.counts() == {0: 40, 1: 20, 2: 20}
    ids.write_text("1 two 3")
    assert isinstance(run("cluster", project, "--ids-file", ids, ok=False).exception, TableError)
    ids.write_text("[1, 99999]")
    assert isinstance(run("cluster", project, "--ids-file", ids, ok=False).exception, ProjectError)


def test_a_labeling_becomes_the_clusters_or_a_draft(project):
    run("cluster", project, "--on", "umap", "--min-cluster-size", 10)
    assert "4 clusters" in run("adopt", project, "HDBSCAN").stderr
    with Workspace.open(project) as workspace:
        assert workspace.labels.counts() == {0: 0, 1: 20, 2: 20, 3: 20, 4: 20}
        workspace.undo()
    assert "draft of 4 groups" in run("adopt", project, "HDBSCAN", "--draft").stderr
    with Workspace.open(project) as workspace:
        assert workspace.drafting.mode == "proofreading"
    assert isinstance(run("adopt", project, "none", ok=False).exception, ProjectError)


def test_what_cannot_be_is_refused_in_words(project, folder):
    for words in (("--on", "nothing"), ("--name", "a/b"), ("--pooling", "mean"), ("--algorithm", "fcm", "--m", 0.5),
                  ("--algorithm", "blobs", "--reduce", "none"), ("--only-cluster", 7), ("--plot", "pca")):
        assert isinstance(run("cluster", project, *words, ok=False).exception, ParameterError), words
    assert isinstance(run("cluster", ok=False).exception, ParameterError)
    assert isinstance(run("cluster", folder, "--on", "umap", ok=False).exception, ParameterError)


def test_options_of_other_algorithms_are_told_to_have_no_effect(project):
    assert "linkage has no effect with kmeans" in run("cluster", project, "--on", "umap", "--algorithm", "kmeans",
                                                      "--n-clusters", 3, "--linkage", "ward").stderr


def test_sounds_without_a_vector_are_left_out_and_told(project):
    from pipeline import store

    with store.amend(project) as writer:
        writer.feature("pitch", np.arange(60), np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32))
    result = run("cluster", project, "--on", "pitch", "--algorithm", "kmeans", "--n-clusters", 2, "--reduce", "none")
    assert "20 sounds without a vector" in result.stderr
    with Dataset.open(project) as dataset:
        assert (dataset.labeling("KMeans").label[60:] == -1).all()


def test_the_run_of_the_page_does_the_same_and_notes_what_happens(project):
    class Notes(Watcher):
        def __init__(self):
            self.heard = []

        def begin(self, step, total, *, title=""):
            self.heard.append(step)

    notes = Notes()
    task = make_task("cluster", {"project": str(project), "algorithm": "kmeans", "values": {"n_clusters": 4},
                                 "on": "umap", "name": "from the page"})
    task.check()
    assert task.title() == "from the page of bird"
    done = task.perform(notes)
    assert done["labeling"] == "from the page"
    assert done["n_clusters"] == 4
    assert notes.heard[-1] == "cluster"
    with pytest.raises(ParameterError):
        make_task("cluster", {"project": str(project), "algorithm": "magic"}).check()


def test_how_many_clusters_four_curves_suggest(project, folder):
    assert told("cluster", project, "--on", "umap", "--suggest-k")["suggestion"] == 4
    assert "Suggested: 4" in run("cluster", folder, "--suggest-k").stdout


# ---- folders of arrays -----------------------------------------------------------------------------------------------

def test_a_folder_of_arrays_gives_labels_soft_values_and_how_they_were_made(folder, tmp_path):
    facts = told("cluster", folder, "--output-dir", tmp_path / "out", "--plot", "pca")
    assert (facts["n"], facts["n_clusters"]) == (40, 4)
    assert facts["refused"] == [{"id": "empty", "status": "is empty (0 bytes)"}]
    labels = json.loads((tmp_path / "out" / "HDBSCAN.json").read_text())
    soft = json.loads((tmp_path / "out" / "HDBSCAN_soft.json").read_text())
    about = json.loads((tmp_path / "out" / "run.json").read_text())
    assert [row["id"] for row in labels] == [row["id"] for row in soft] == [f"s{number:02d}" for number in range(40)]
    assert all(set(row) == {"id", "label"} for row in labels)
    assert len({row["label"] for row in labels}) == 4
    assert all(len(row["probs"]) == 5 and abs(sum(row["probs"]) - 1) < 1e-4 for row in soft)
    assert about["parameters"]["min_cluster_size"] == 5
    assert about["counts"]["n"] == 40
    assert about["refused"][0]["id"] == "empty"
    assert Image.open(tmp_path / "out" / "hdbscan_pca.png").size == (1600, 1200)


def test_labels_are_indented_by_two_as_other_programs_write_them(folder, tmp_path):
    run("cluster", folder, "--output-dir", tmp_path / "out")
    text = (tmp_path / "out" / "HDBSCAN.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(("algorithm", "name", "soft"), [
    ("spectral", "Spectral", True), ("kmeans", "KMeans", True), ("agglomerative", "Agglomerative", False)])
def test_files_are_called_after_the_algorithm(folder, tmp_path, algorithm, name, soft):
    run("cluster", "--embedding-dir", folder, "--algorithm", algorithm, "--n-clusters", 4, "--output-dir",
        tmp_path / "out")
    assert (tmp_path / "out" / f"{name}.json").exists()
    assert (tmp_path / "out" / f"{name}_soft.json").exists() == soft


def test_files_lie_beside_the_folder_and_never_among_the_arrays(folder):
    run("cluster", folder)
    assert (folder.parent / "arrays_clustered" / "HDBSCAN.json").exists()
    assert not list(folder.glob("*.json"))


@pytest.mark.parametrize("how", ["umap", "tsne"])
def test_other_pictures(folder, tmp_path, how):
    run("cluster", folder, "--plot", how, "--plot-path", tmp_path / "map.png", "--output-dir", tmp_path / "out")
    assert Image.open(tmp_path / "map.png").size == (1600, 1200)


def test_a_picture_is_what_its_name_says(folder, tmp_path):
    run("cluster", folder, "--plot", "pca", "--plot-path", tmp_path / "map.svg", "--output-dir", tmp_path / "out")
    texts = [element.text for element in ET.parse(tmp_path / "map.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert {"HDBSCAN · pca", "PC 1", "0", "10"} <= set(texts)
    refused = run("cluster", folder, "--plot", "pca", "--plot-path", tmp_path / "map.jpg", "--output-dir",
                  tmp_path / "none", ok=False)
    assert ".png, .svg or .pdf" in str(refused.exception)
    assert not (tmp_path / "none").exists()


def test_three_arrays_fewer_than_dimensions_and_none_that_is_alike(tmp_path):
    folder = tmp_path / "few"
    folder.mkdir()
    for number in range(3):
        np.save(folder / f"{number}.npy", np.random.default_rng(number).normal(size=40))
    facts = told("cluster", folder, "--reduce", "pca")
    assert facts["n_noise"] == 3
    assert any("principal components" in note for note in facts["notes"])
    assert any("fewer than a cluster must have" in note for note in facts["notes"])
    soft = json.loads((tmp_path / "few_clustered" / "HDBSCAN_soft.json").read_text())
    assert [row["probs"] for row in soft] == [[1.0]] * 3


def test_recordings_give_the_durations_that_masked_mean_needs(folder, tmp_path):
    (folder / "empty.npy").unlink()
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for number in range(40):
        soundfile.write(sounds / f"s{number:02d}.wav", np.zeros(800), 8000)
    run("cluster", folder, "--pooling", "masked_mean", "--window-s", 1, "--audio-dir", sounds,
        "--output-dir", tmp_path / "out")
    about = json.loads((tmp_path / "out" / "run.json").read_text())
    assert about["recordings"]["s03"] == {"recording": "s03.wav", "onset_s": 0.0, "duration_s": 0.1}
    assert about["counts"]["n_clusters"] == 4
