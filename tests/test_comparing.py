"""A grid of ways to cluster, each scored: what is kept, gone on with, and read back."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import comparing, comparison_rows, comparison_tables, feature_sets, point_sets, published, store
from pipeline.__main__ import cli
from pipeline.comparing import Grid
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from tests import factory

PLAIN = Grid(features=("embedding",), reductions=("none",), algorithms=("ward", "kmeans"), n_seeds=2)


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=40, with_audio_dir=tmp_path / "audio")


def test_types_that_lie_apart_are_found_by_each_way(project):
    rows = comparing.compare(project, PLAIN, workers=1)
    assert [(row.feature, row.algorithm, row.n_clusters) for row in rows] == [
        ("embedding", "ward", 4), ("embedding", "kmeans", 4)]
    assert all(row.nmi == row.acc == row.acc_purity_assignment == 1 for row in rows)
    assert [row.n_seeds for row in rows] == [1, 2]
    assert rows[1].spread["nmi"] == 0


def test_features_that_are_missing_are_made(project):
    grid = Grid(features=("mfcc", "mfcc+embedding"), vectors=("mean",), reductions=("none",), algorithms=("ward",))
    rows = comparing.compare(project, grid, workers=1)
    assert [(row.feature, row.vector, row.scaling) for row in rows] == [
        ("mfcc", "mean", "minmax"), ("mfcc+embedding", "mean", "balanced")]
    with Dataset.open(project) as dataset:
        assert "mfcc_mean" in dataset.names("features")


def test_features_made_otherwise_are_made_anew(project):
    preparation = feature_sets.Preparation(sr=11_025)
    grid = Grid(features=("mfcc",), reductions=("none",), algorithms=("ward",))
    comparing.compare(project, grid, workers=1)
    comparing.compare(project, Grid(**{**vars(grid), "preparation": preparation}), workers=1)
    with Dataset.open(project) as dataset:
        assert dataset.feature("mfcc_mean_std").attrs["sr"] == 11_025


def test_what_is_done_is_not_done_again(project, monkeypatch):
    first = comparing.compare(project, PLAIN, workers=1)
    monkeypatch.setattr(comparing, "_tried", lambda *_: pytest.fail("was done again"))
    again = comparing.compare(project, PLAIN, workers=1)
    assert [vars(row) for row in again] == [vars(row) for row in first]


def test_other_vectors_are_another_comparison(project):
    comparing.compare(project, PLAIN, workers=1)
    with Dataset.open(project) as dataset:
        ids, values = dataset.segments.segment_id, dataset.embedding()
    with store.amend(project) as writer:
        writer.embeddings(ids, np.zeros_like(values))
    assert comparing.compare(project, PLAIN, workers=1)[0].nmi < 0.5


def test_what_a_row_found_can_be_had_by_id(project):
    row = comparing.compare(project, PLAIN, workers=1)[0]
    ids, label = comparison_rows.found_labels(project, row)
    with Dataset.open(project) as dataset:
        np.testing.assert_array_equal(ids, dataset.segments.segment_id)
        truth = dataset.segments.label
    assert len({(a, int(b)) for a, b in zip(truth, label, strict=True)}) == 4


def test_all_comparisons_of_a_project_are_kept(project):
    comparing.compare(project, PLAIN, workers=1)
    comparing.compare(project, Grid(**{**vars(PLAIN), "algorithms": ("average",)}), workers=1)
    assert [row.algorithm for row in comparison_rows.kept(project)] == ["ward", "kmeans", "average"]


def test_without_true_labels_there_are_the_measures_that_need_none(tmp_path):
    project = factory.make_project(tmp_path / "bird.h5", n_sounds=40, with_labels=False)
    row = comparing.compare(project, Grid(**{**vars(PLAIN), "n_clusters": 4}), workers=1)[0]
    assert row.nmi is None
    assert row.silhouette > 0.5


def test_a_search_keeps_the_best_by_silhouette(project):
    grid = Grid(features=("embedding",), reductions=("none",), algorithms=("agglomerative", "fcm"), search=True,
                n_seeds=1)
    ward, fcm = comparing.compare(project, grid, workers=1)
    assert ward.nmi == 1
    assert fcm.parameters["m"] in (1.1, 1.25, 1.5, 2.0)


@pytest.mark.parametrize(("change", "why"), [
    ({"features": ("loudness",)}, "no embedding or features named 'loudness'"),
    ({"algorithms": ("magic",)}, "no algorithm 'magic'"),
    ({"reductions": ("tsne",)}, "no reduction 'tsne'"),
    ({"algorithms": ()}, "nothing to compare"),
])
def test_what_is_not_there_is_refused(project, change, why):
    with pytest.raises(ParameterError, match=why):
        comparing.compare(project, Grid(**{**vars(PLAIN), **change}), workers=1)


def test_sets_put_together_weigh_the_same():
    random = np.random.default_rng(0)
    loud, soft = 1_000 * random.standard_normal((200, 5)), 0.001 * random.standard_normal((200, 50))
    for values in (loud, soft):
        for by_column in (True, False):
            made = point_sets.balanced(values.astype(np.float32), by_column=by_column)
            assert (made.astype(float) ** 2).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)


def test_tables_for_people_and_programs(project):
    rows = comparing.compare(project, PLAIN, workers=1)
    lines = list(csv.DictReader(io.StringIO(comparison_tables.as_csv(rows))))
    assert [line["algorithm"] for line in lines] == ["ward", "kmeans"]
    assert float(lines[0]["nmi"]) == 1
    table = comparison_tables.as_markdown(rows).splitlines()
    assert table[2].startswith("| embedding | – | none | none | ward | 4 | 1.000 | 1.000 |")
    assert "1.000 ± 0.000" in table[3]


def test_the_command_prints_one_json_list(project, tmp_path):
    result = CliRunner().invoke(cli, [
        "compare", str(project), "--features", "embedding", "--reduction", "none", "--algorithms", "kmeans,dbscan",
        "--n-clusters", "3", "--csv", str(tmp_path / "rows.csv"), "--json", "--workers", "1"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert [row["algorithm"] for row in rows] == ["kmeans", "dbscan"]
    assert set(comparison_tables.FIRST) <= set(rows[0])
    assert rows[0]["n_clusters"] == 3
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 3


def test_published_scores_stand_beside_a_set_of_that_name():
    assert {line.way for line in published.on("tess_full")} == {"MFCC, ward", "autoencoder on spectrograms"}
    assert published.on("bird-17") == []


def test_rows_can_be_forgotten(project):
    ward, kmeans = comparing.compare(project, PLAIN, workers=1)
    before = comparison_rows.revision(project)
    comparison_rows.forget(project, [ward.key])
    assert [row.key for row in comparison_rows.kept(project)] == [kmeans.key]
    assert comparison_rows.revision(project) != before
    comparison_rows.found_labels(project, kmeans)
    with pytest.raises(ParameterError, match="not kept any more"):
        comparison_rows.found_labels(project, ward)
    comparison_rows.forget(project)
    assert comparison_rows.kept(project) == []


@pytest.mark.parametrize("text", ["[", "7", '[{"notes": [], "of_a_later_version": 1}]', '[{"feature": "mel"}]', "[3]"])
def test_a_table_of_another_version_is_told_in_a_sentence(project, text):
    folder = comparison_rows.folder_of(project)
    folder.mkdir()
    (folder / "rows.json").write_text(text)
    with pytest.raises(ParameterError, match="Remove it, then compare again"):
        comparison_rows.kept(project)
