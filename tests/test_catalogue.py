"""The projects a person knows."""

from __future__ import annotations

import pytest
from factory import make_project

from pipeline import catalogue
from pipeline.curation import edits
from pipeline.curation.workspace import Workspace
from pipeline.errors import ProjectError


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def bird(tmp_path):
    (tmp_path / "a").mkdir()
    return make_project(tmp_path / "a" / "bird 17.h5", n_sounds=8, with_spectrograms=False)


def test_a_project_keeps_its_name_in_addresses(bird):
    assert catalogue.slug_of(bird) == catalogue.slug_of(bird) == "bird-17"
    assert catalogue.path_of("bird-17") == bird.resolve()


def test_two_of_one_name_are_told_apart_for_ever(bird, tmp_path):
    other = tmp_path / "b" / bird.name
    other.parent.mkdir()
    other.write_bytes(bird.read_bytes())
    first, second = catalogue.slug_of(bird), catalogue.slug_of(other)
    assert first == "bird-17"
    assert second.startswith("bird-17-")
    assert len(second) == len("bird-17-") + 6
    assert [catalogue.path_of(slug) for slug in (first, second)] == [bird.resolve(), other.resolve()]


def test_a_project_that_took_the_place_of_a_deleted_one_takes_its_name(bird, tmp_path):
    catalogue.slug_of(bird)
    moved = bird.rename(tmp_path / bird.name)
    assert catalogue.slug_of(moved) == "bird-17"


@pytest.mark.parametrize("name", ["...h5", "鳥.h5", "a&b?<i>.h5", ".h5"])
def test_odd_names_make_addresses_that_work(tmp_path, name):
    slug = catalogue.slug_of(tmp_path / name)
    assert slug
    assert not set(slug) & set("/?#&<>% ")
    assert not slug.startswith(".")


def test_unknown_names_are_refused():
    for slug in ("nothing", "../../etc/passwd", ""):
        with pytest.raises(ProjectError, match="Open it from the list"):
            catalogue.path_of(slug)


def test_the_latest_opened_comes_first_and_once(bird, tmp_path):
    other = make_project(tmp_path / "other.h5", n_sounds=3, with_spectrograms=False)
    for path in (bird, other, bird):
        catalogue.remember(path)
    assert [card.path for card in catalogue.recent()] == [bird.resolve(), other.resolve()]
    catalogue.forget(bird)
    assert [card.path for card in catalogue.recent()] == [other.resolve()]


def test_a_card_tells_sounds_clusters_and_the_last_edit(bird):
    assert (catalogue.card(bird).n_sounds, catalogue.card(bird).n_clusters, catalogue.card(bird).edited_at) == (8, 0, 0)
    with Workspace.open(bird, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[1, 2])
    card = catalogue.card(bird)
    assert card.n_clusters == 1
    assert card.edited_at > 0


def test_what_cannot_be_opened_says_why(tmp_path):
    (tmp_path / "broken.h5").write_bytes(b"not a project")
    catalogue.remember(tmp_path / "gone.h5")
    assert "broken.h5" in catalogue.card(tmp_path / "broken.h5").error
    assert "gone.h5" in catalogue.recent()[0].error


def test_a_folder_is_searched_for_projects_but_not_for_kept_originals(bird, tmp_path):
    for name in ("bird 17.before-syllabary.h5", ".hidden.h5", "notes.txt"):
        (bird.parent / name).write_bytes(b"")
    assert [card.path for card in catalogue.found(tmp_path)] == [bird]


def test_a_damaged_memory_is_forgotten_not_fatal(bird, state):
    catalogue.remember(bird)
    (state / "projects.json").write_text("{damaged")
    assert catalogue.recent() == []
    catalogue.remember(bird)
    assert len(catalogue.recent()) == 1
