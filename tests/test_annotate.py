"""The simulated person of the benchmark: honest about what it knows and what it does."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import annotate
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from tests import factory


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=120, n_types=4)


@pytest.fixture
def truth(project, tmp_path):
    """The true labels as a table; two sounds that lie among others on the map are said to be of a fifth type."""
    with Dataset.open(project) as dataset:
        segments, files = dataset.segments, dataset.files
        labels = ["e" if row in (5, 6) else label for row, label in enumerate(segments.label)]
        lines = [f"{files.path[files.row_of(file_id)]},{onset_s},{onset_s + duration_s},{label}"
                 for file_id, onset_s, duration_s, label
                 in zip(segments.file_id, segments.onset_s, segments.duration_s, labels, strict=True)]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["filename,onset_sec,offset_sec,label", *lines]))
    return path


def test_a_project_is_labelled_from_nothing_to_the_end(project, truth):
    before = project.read_bytes()
    facts = annotate.run(project, truth)
    assert project.read_bytes() == before
    assert (facts["sounds"], facts["scored"]) == (120, 120)
    assert facts["acc"] >= 118 / 120
    actions = [n for n, _ in facts["curve"]]
    assert actions == sorted(actions)
    assert actions[-1] == facts["actions"]
    assert facts["curve"][-1][1] == facts["acc"]
    assert facts["actions"] < 40


def test_all_that_is_done_costs(project, truth):
    with Workspace.open(project, user="me") as workspace:
        person = annotate.Person(np.array(workspace.dataset.segments.label, object))
        page = annotate.Page(workspace, person, annotate.Screen())
        annotate.begin(page)
        rows, looked = page.click_blob(page.blobs()[0])
        assert (person.actions, len(person.seen)) == (4, len(looked))
        assert set(person.seen) <= set(rows.tolist())
        group = page.press_w(rows)
        page.press_threshold(-2)
        page.press_m(page.select_tiles(np.flatnonzero(page.ids == 0)[:3]), to=group)
        assert person.actions == 4 + 1 + 2 + 3 + 3


def test_what_was_not_on_the_screen_is_not_known(project):
    screen = annotate.Screen(viewer_px=100, viewer_rows=1, grid_px=100, grid_rows=1)
    with Workspace.open(project, user="me") as workspace:
        person = annotate.Person(np.array(workspace.dataset.segments.label, object))
        page = annotate.Page(workspace, person, screen)
        annotate.begin(page)
        rows, looked = page.click_blob(page.blobs()[0])
        assert 0 < len(looked) == len(person.seen) < len(rows)
        assert len(page.grid_page(0)[0]) <= 5


def test_a_project_with_clusters_is_begun_afresh(truth, tmp_path):
    project = factory.make_project(tmp_path / "again.h5", n_sounds=120, cluster_ids=[1, 2] * 60)
    facts = annotate.run(project, truth)
    assert facts["curve"][0][0] == 4
    assert facts["acc"] >= 118 / 120


def test_the_figures_are_one_json_document(project, truth):
    done = CliRunner().invoke(annotate.main, [str(project), "--truth", str(truth), "--json"])
    assert done.exit_code == 0, done.output
    facts = json.loads(done.output)
    assert {"actions", "sounds", "acc", "nmi", "curve", "actions_to_99"} <= set(facts)
    told = CliRunner().invoke(annotate.main, [str(project), "--truth", str(truth)])
    assert "actions_to_99" in told.output
