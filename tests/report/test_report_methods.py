"""The methods paragraph, its literature, and who did what: nothing is said that the project does not say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from factory import make_project

from pipeline import registry, store
from pipeline.curation import adopting, edits
from pipeline.curation.adopting import Proposal
from pipeline.curation.journal import Entry
from pipeline.curation.workspace import Workspace
from pipeline.report import curated, literature, methods, words
from pipeline.report.options import Options

ROOT = Path(__file__).resolve().parents[2]


def told(path, **options) -> methods.Account:
    with Workspace.open(path) as workspace:
        return methods.account(workspace.dataset, workspace.labels, workspace.history(), Options(**options))


def said(path, **options) -> str:
    return " ".join(told(path, **options).sentences).replace("\u202f", " ")


def test_a_project_is_told_from_recordings_to_clusters(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=40, n_files=2, parameters={
        "segmenter": "energy", "seg_min_freq": 500.0, "seg_max_freq": 8000.0, "seg_min_length": 0.01,
        "embedder": "logmel", "emb_bands": 48, "emb_frames": 32, "emb_floor": -40.0})
    text = said(path)
    assert text.startswith(f"We analysed 2 recordings (6.1 s in all, sampled at 16 kHz) with {store.SOFTWARE}.")
    assert "We found 40 sounds where the energy between 500 Hz and 8 kHz rose above an adaptive noise floor" in text
    assert "sounds shorter than 10 ms being dropped" in text
    assert "log-mel spectrogram of 48 bands and 32 frames" in text
    assert "levels down to −40 dB" in text
    assert "UMAP (McInnes, Healy & Melville 2018; seed = 0)" in text
    assert "No sound has been put into a cluster yet." in text
    assert "began no later than 500 ms after the end of that one" in text
    assert f"numpy {np.__version__}" in text
    assert "Fundamental" not in text


@pytest.mark.parametrize(("values", "sentence"), [
    ({"segmenter": "files"}, "Each recording was taken as one sound, which gave 4 sounds."),
    ({"segmenter": "table", "seg_segments_from": "/home/eve/secret/labels.csv"},
     "The onsets and offsets of 4 sounds were taken from a table (labels.csv)."),
    ({"segmenter": "whisperseg", "seg_model": "/models/zebra"},
     "were found by WhisperSeg (checkpoint zebra; Gu et al.)."),
    ({"segmenter": "mine"}, "In them, 4 sounds were found by the segmenter mine."),
    ({"segmenter": ""}, "In them, 4 sounds were found; the project does not say how."),
    ({"embedder": "whisper", "emb_model": "tiny.en", "emb_style": "first_timebin"},
     "the output of the encoder of a Whisper model (tiny.en, first timebin) (16 numbers)."),
    ({"embedder": ""}, "Each sound was described by a vector (16 numbers)."),
])
def test_each_way_has_its_sentence(tmp_path, values, sentence):
    text = said(make_project(tmp_path / "bird.h5", n_sounds=4, n_types=2, parameters=values))
    assert sentence in text
    assert "secret" not in text


def test_what_an_algorithm_found_and_what_a_person_made_of_it(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=12, n_types=3)
    with store.amend(path) as writer:
        writer.labeling("first try", np.arange(12), np.arange(12) % 3 - (np.arange(12) > 9), attrs={
            "algorithm": "kmeans", "n_clusters": 3, "on": "embedding", "reduce": "umap", "n_neighbors": 15,
            "random_state": 42})
    with Workspace.open(path, user="anna") as workspace:
        workspace.edit(adopting.adopt, **Proposal.read(path, "first try").choice())
        workspace.edit(edits.move, segment_ids=[0, 1], to=2)
        workspace.edit(edits.move, segment_ids=[2], to=2)
        workspace.undo()
    account = told(path)
    text = " ".join(account.sentences)
    assert "(Lloyd 1982; Arthur & Vassilvitskii 2007; n_clusters = 3, n_neighbors = 15, random_state = 42)" in text
    assert "by their vectors, reduced by UMAP, into 3 clusters" in text
    assert "The clusters were then curated by one person in 1 edit." in text      # what was undone does not hold
    assert "The result is 3 clusters with" in text
    assert any(reference.startswith("Lloyd SP (1982)") for reference in account.references)
    assert any(reference.startswith("McInnes L, Healy J, Melville J (2018)") for reference in account.references)
    assert not any("WhisperSeg" in reference or "Boersma" in reference for reference in account.references)


def test_a_labeling_that_is_gone_is_told_as_gone(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=4, n_types=2)
    with Workspace.open(path, user="anna") as workspace:
        workspace.edit(adopting.adopt, segment_ids=[0, 1], label=[0, 1], name="lost")
    assert "the labeling “lost”, which is no longer in the project" in said(path)


def test_clusters_without_a_history_came_with_the_project(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=4, n_types=2, cluster_ids=[1, 1, 2, 0])
    text = said(path)
    assert "The clusters came with the project" in text
    assert "The result is 2 clusters with 3 sounds; 1 sound (25 %) was left unassigned." in text


def test_damaged_versions_are_passed_over(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=4, parameters={
        "step_embed_versions": "{broken", "step_pitch_versions": '["a list"]'})
    assert "numpy" in said(path)


@pytest.mark.parametrize("method", sorted(literature.OF_METHODS))
def test_the_literature_is_what_the_method_s_file_names(method):
    source = (ROOT / "pipeline" / f"{method}.py").read_text(encoding="utf-8")
    for key in literature.OF_METHODS[method]:
        assert literature.REFERENCES[key].short in source


def test_every_reference_belongs_to_a_method():
    used = {key for keys in literature.OF_METHODS.values() for key in keys}
    assert used == set(literature.REFERENCES)
    for folder, _slash, name in (method.partition("/") for method in literature.OF_METHODS if "/" in method):
        assert name in registry.names(folder)


def entry(seq, user, title, *, n=1, undone=False, undoes=None):
    return Entry(seq, 1000.0 * seq, user, "labels", title, {}, n, undoes, undone)


def test_the_history_is_summed_up_by_person_and_kind():
    works = curated.summary([
        entry(1, "ben", "Rename C1 to “x”"), entry(2, "anna", "Move 3 sounds to C1", n=3),
        entry(3, "anna", "Move 2 sounds to C2", n=2, undone=True), entry(4, "anna", "Undo: Move 2 sounds to C2", n=2,
                                                                         undoes=3),
        entry(5, "anna", "Something quite new")])
    rows = [(work.user, work.kind, work.n_edits, work.n_sounds, work.n_undone) for work in works]
    assert rows == [("anna", "moved", 2, 5, 1), ("anna", "other", 1, 1, 0), ("anna", "undo", 1, 2, 0),
                    ("ben", "named", 1, 1, 0)]
    assert (works[0].first_s, works[0].last_s) == (2000.0, 3000.0)


def test_every_edit_of_curation_has_a_kind(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=12, cluster_ids=[1] * 6 + [2] * 4 + [0] * 2)
    with Workspace.open(path, user="anna") as workspace:
        workspace.edit(edits.assign, segment_ids=[10])
        workspace.edit(edits.move, segment_ids=[0], to=2)
        workspace.edit(edits.split, segment_ids=[1, 2])
        workspace.edit(edits.merge, clusters=[1, 2])
        workspace.edit(edits.unassign, segment_ids=[3])
        workspace.edit(edits.rename, cluster=1, name="x")
        workspace.edit(edits.rename, cluster=1, name="")
        workspace.edit(edits.recolour, cluster=1, colour="#112233")
        workspace.edit(edits.note, cluster=1, text="x")
        workspace.edit(edits.describe, cluster=1, name="y", colour="#445566", text="z")
        first = workspace.edit(edits.reset)
        workspace.undo()
        workspace.redo()
        workspace.go_back(first.revision - 1)
        kinds = {curated.kind_of(line.title) for line in workspace.history()}
    assert curated.OTHER not in kinds
    assert len(kinds) == 13


@pytest.mark.parametrize(("share", "text"), [(0, "0 %"), (1, "100 %"), (0.00002, "< 0.1 %"), (0.9999, "> 99.9 %"),
                                             (0.5, "50 %"), (0.0123, "1.2 %"), (0.02, "2 %")])
def test_shares_never_say_nothing_of_something(share, text):
    assert words.percent(share).replace("\u202f", " ") == text


@pytest.mark.parametrize(("path", "shown"), [
    ("/home/eve/birds/a.csv", "…/a.csv"), ("C:\\birds\\a.csv", "…/a.csv"), ("~/birds/", "…/birds"),
    ("a/b.csv", "a/b.csv"), ("hdbscan", "hdbscan"), ("0.5", "0.5")])
def test_of_full_paths_the_last_part_is_told(path, shown):
    assert words.without_folders(path) == shown


def test_labels_that_were_all_given_anew_leave_nothing_to_tell_of_those_before(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=12, n_types=3)
    facts = json.dumps({"min_cluster_size": 5, "tree": "exact"})
    with store.amend(path) as writer:
        writer.labeling("old", np.arange(12), np.arange(12) % 2, attrs={"algorithm": "dbscan", "on": "umap"})
        writer.labeling("parts", np.arange(0, 12, 3), np.array([0, 0, 1, 1]), attrs={"algorithm": "kmeans"})
        writer.labeling("new", np.arange(12), np.arange(12) % 3, attrs={
            "algorithm": "hdbscan", "on": "embedding", "min_cluster_size": "", "facts": facts})
    with Workspace.open(path, user="anna") as workspace:
        workspace.edit(adopting.adopt, **Proposal.read(path, "old").choice())
        workspace.edit(edits.move, segment_ids=[0, 1], to=2)
        workspace.edit(adopting.adopt, **Proposal.read(path, "new").choice())
        largest = max(workspace.labels.counts(), key=workspace.labels.counts().get)
        workspace.edit(adopting.split_by, cluster=workspace.labels.ids[0].item() or largest,
                       **Proposal.read(path, "parts").choice())
    text = said(path)
    assert "DBSCAN (Campello" in text
    assert "DBSCAN (Ester" not in text
    assert "min_cluster_size = 5" in text
    assert "k-means" in text or "Lloyd 1982" in text
    assert "curated" not in text                                           # an algorithm's split is nobody's
