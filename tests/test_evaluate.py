"""`evaluate`: a project against a table of the truth, at the command line as a person would."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from factory import make_project

from pipeline import store
from pipeline.commands.evaluate import command
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, ProjectError, TableError

HEADING = "filename,onset_sec,offset_sec,label,ignore_for_type\n"


@pytest.fixture
def bird(tmp_path: Path) -> Path:
    """Two recordings of one base name and one of another; five sounds, in clusters 1, 1, 2, 0, 2."""
    path = tmp_path / "bird.h5"
    with store.create(path, {"subject": "bird"}, data_dir=tmp_path) as writer:
        writer.files(
            file_id=[0, 1, 2], filename=["a.wav", "a.wav", "b.wav"], path=["day-1/a.wav", "day-2/a.wav", "day-2/b.wav"],
            sr=[32_000] * 3, duration_sec=[10.0] * 3, recorded_at=[np.nan] * 3, status=["ok"] * 3, day=[""] * 3,
            note=[""] * 3,
        )
        writer.segments(
            segment_id=np.arange(5), file_id=[0, 0, 0, 2, 2], onset_sec=[1.0, 2.0, 3.0, 1.0, 2.0],
            duration_sec=[0.1] * 5, cluster_id=[1, 1, 2, 0, 2],
        )
        writer.labeling("model", np.arange(5), np.array([5, 5, 6, -1, 6]))
        writer.clusters([1, 2], ["one", "two"], ["#ff0000", "#00ff00"], ["", ""])
    return path


def truth(bird: Path, *rows: str) -> Path:
    path = bird.with_name("truth.csv")
    path.write_text(HEADING + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def evaluate(*arguments: object):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def scores(*arguments: object) -> dict:
    result = evaluate(*arguments, "--json")
    assert result.exception is None, result.exception
    return json.loads(result.stdout)


# ---- segments --------------------------------------------------------------------------------------------------------

def test_segments_are_summed_over_recordings(bird):
    table = truth(bird, "day-1/a.wav,1.005,1.105,x,0", "day-1/a.wav,2.02,2.12,x,0", "b.wav,1.0,1.1,y,1")
    facts = scores("segments", bird, "--truth", table)
    assert facts["segment"]["precision"] == pytest.approx(2 / 5)
    assert facts["segment"]["recall"] == pytest.approx(2 / 3)
    assert facts["segment"]["f1"] == pytest.approx(2 * 2 / 8)
    assert facts["frame"]["precision"] == pytest.approx((95 + 80 + 100) / 500)
    assert facts["frame"]["recall"] == pytest.approx((95 + 80 + 100) / 300)
    wider = scores("segments", bird, "--truth", table, "--tolerance", 0.02)
    assert wider["segment"]["recall"] == 1


def test_a_recording_without_a_row_has_no_sounds(bird):
    facts = scores("segments", bird, "--truth", truth(bird, "b.wav,1.0,1.1,y,0", "b.wav,2.0,2.1,y,0"))
    assert facts == {"segment": {"precision": 0.4, "recall": 1.0, "f1": pytest.approx(4 / 7)},
                     "frame": {"precision": 0.4, "recall": 1.0, "f1": pytest.approx(4 / 7)}}


def test_labels_of_noise_count_neither_as_hit_nor_as_error(bird):
    rows = ("day-1/a.wav,1.0,1.1,x,0", "day-1/a.wav,2.0,2.1,n,0", "day-1/a.wav,3.0,3.1,x,0", "b.wav,1.0,2.5,c,0")
    arguments = ("segments", bird, "--truth", truth(bird, *rows), "--ignore-labels", "n, c")
    facts = scores(*arguments)
    assert facts["segment"]["f1"] == facts["frame"]["f1"] == 1
    assert "│ segment │ 1.000     │ 1.000  │ 1.000 │ 2    │ 2     │" in evaluate(*arguments).stdout


def test_what_names_no_single_recording_is_told_on_stderr_and_left_out(bird):
    table = truth(bird, "a.wav,1.0,1.1,x,0", "b.wav,1.0,1.1,x,0", "owl.wav,1.0,1.1,x,0")
    result = evaluate("segments", bird, "--truth", table, "--json")
    assert json.loads(result.stdout)["segment"]["recall"] == 1
    assert "2 recordings" in result.stderr
    assert "'a.wav': 2 recordings have that name" in result.stderr


def test_a_truth_of_other_recordings_is_refused(bird):
    result = evaluate("segments", bird, "--truth", truth(bird, "owl.wav,1.0,1.1,x,0"))
    assert isinstance(result.exception, TableError)
    assert "No row of" in str(result.exception)


def test_an_empty_truth_means_silence(bird):
    facts = scores("segments", bird, "--truth", truth(bird))
    assert facts["segment"]["f1"] == 0
    assert "│ 0    │ 5     │" in evaluate("segments", bird, "--truth", truth(bird)).stdout


def test_a_table_for_people(bird):
    result = evaluate("segments", bird, "--truth", truth(bird, "b.wav,1.0,1.1,y,0"))
    assert result.exit_code == 0
    assert "segment" in result.stdout
    assert "0.200" in result.stdout      # precision: 1 of 5


# ---- labels ----------------------------------------------------------------------------------------------------------

def test_clusters_that_agree_but_for_the_unassigned(bird):
    rows = ("day-1/a.wav,1.0,1.1,x,0", "day-1/a.wav,2.0,2.1,x,0", "day-1/a.wav,3.0,3.1,y,0", "b.wav,1.0,1.1,y,0",
            "b.wav,2.0,2.1,y,0")
    facts = scores("labels", bird, "--truth", truth(bird, *rows))
    assert facts["acc"] == pytest.approx(4 / 5)
    assert facts["homogeneity"] == pytest.approx(1)
    assert facts["completeness"] < 1
    assert facts["n"] == 5
    assert facts["unmatched"] == {"found": 0, "true": 0}
    assert {"nmi", "acc", "ari", "homogeneity", "completeness", "v", "n"} <= facts.keys()


def test_a_named_labeling_with_noise(bird):
    rows = ("day-1/a.wav,1.0,1.1,x,0", "day-1/a.wav,2.0,2.1,x,0", "day-1/a.wav,3.0,3.1,y,0", "b.wav,1.0,1.1,z,0")
    facts = scores("labels", bird, "--truth", truth(bird, *rows), "--labeling", "model")
    assert facts["nmi"] == pytest.approx(1)
    assert facts["n"] == 4
    with pytest.raises(ProjectError):
        raise evaluate("labels", bird, "--truth", bird.with_name("truth.csv"), "--labeling", "none").exception


def test_ignored_sounds_and_their_partners_are_left_out_and_the_unmatched_printed(bird):
    rows = ("day-1/a.wav,1.0,1.1,x,0", "day-1/a.wav,2.0,2.1,-,1", "day-1/a.wav,3.0,3.1,n,0", "day-1/a.wav,7.0,7.1,q,0",
            "day-1/a.wav,8.0,8.1,r,1", "b.wav,1.0,1.3,y,0", "b.wav,2.02,2.12,y,0")
    result = evaluate("labels", bird, "--truth", truth(bird, *rows), "--ignore-labels", "n", "--json")
    facts = json.loads(result.stdout)
    assert facts["n"] == 2                                     # x and the last y; the other shares only a third
    assert facts["acc"] == 1
    assert facts["unmatched"] == {"found": 1, "true": 2}       # what was marked as ignored is not among them
    assert "7.000" in result.stderr
    assert "8.000" not in result.stderr


def test_no_pair_at_all_is_an_error_and_no_score(bird):
    result = evaluate("labels", bird, "--truth", truth(bird, "b.wav,5.0,5.1,y,0"), "--json")
    assert isinstance(result.exception, TableError)
    assert result.stdout == ""


def test_without_a_table_labels_are_held_against_the_project_s_own(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=40, n_types=4, cluster_ids=[1 + i % 4 for i in range(40)])
    facts = scores("labels", path)
    assert (facts["nmi"], facts["acc"], facts["n"]) == (pytest.approx(1), 1, 40)
    assert scores("labels", path, "--ignore-labels", "a,b")["n"] == 20
    bare = make_project(tmp_path / "bare.h5", n_sounds=8, n_types=2, with_labels=False)
    assert isinstance(evaluate("labels", bare).exception, TableError)
    assert isinstance(evaluate("segments", path).exception, ParameterError)


def test_the_truth_that_a_project_was_made_from_scores_one(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=40, n_types=4, cluster_ids=[1 + i % 4 for i in range(40)])
    with Dataset.open(path) as dataset:
        names = [dataset.files.path[dataset.files.row_of(file_id)] for file_id in dataset.segments.file_id]
        sounds = zip(names, dataset.segments.onset_s, dataset.segments.duration_s, dataset.segments.label, strict=True)
        rows = [f"{name},{onset_s:.6f},{onset_s + length_s:.6f},{label},0" for name, onset_s, length_s, label in sounds]
    table = truth(path, *rows)
    assert scores("segments", path, "--truth", table)["segment"]["f1"] == 1
    facts = scores("labels", path, "--truth", table)
    assert (facts["nmi"], facts["acc"], facts["n"]) == (pytest.approx(1), 1, 40)
