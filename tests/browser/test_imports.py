"""From the list of projects: import after a look, extend, what a project's menu does."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import soundfile
from factory import make_project

from pipeline import run
from pipeline.plan import make_plan
from tests.sounds import song, write_songs

pytestmark = pytest.mark.browser
RUN_MS = 180_000          # a run's process has to load its libraries


@pytest.fixture
def lab(tmp_path):
    """A folder of projects, served; beside it what is to be imported."""
    folder = tmp_path / "lab"
    folder.mkdir()
    return folder


def foreign(path, n=12):
    """A file of another tool."""
    with h5py.File(path, "w") as file:
        columns = {"segment_id": np.arange(n), "file_id": np.zeros(n), "onset_sec": np.arange(n) * 0.5,
                   "duration_sec": np.full(n, 0.1), "umap_x": np.arange(n) * 1.0, "umap_y": np.arange(n) % 3 * 1.0,
                   "cluster_id": np.arange(n) % 2}
        for name, values in columns.items():
            file[f"segments/{name}"] = values
    return path


def test_a_file_of_another_tool_is_looked_at_imported_and_opened(serve, open_page, lab):
    old = foreign(lab / "old.dat")
    before = old.read_bytes()
    page = open_page(serve(lab).address)
    page.get_by_role("button", name="Import").click()
    page.get_by_role("textbox", name="The file").fill(str(lab / "nothing.h5"))
    page.keyboard.press("Enter")
    page.locator("#import-found .trouble").wait_for()
    assert page.locator("#import-start").is_disabled()
    page.get_by_role("textbox", name="The file").fill(str(old))
    page.keyboard.press("Enter")
    page.locator("#import-found .fact", has_text="12 sounds, in another tool's layout").wait_for()
    page.locator("#import-found .remark", has_text="Missing: spectrograms").wait_for()
    page.wait_for_function("document.getElementById('import-name').value === 'old'")
    page.locator("#import-folder").fill(str(lab))
    page.locator("#import-name").fill("taken")
    page.keyboard.press("Tab")
    page.locator("#import-start").click()
    page.locator("#import-dialog").wait_for(state="hidden")
    page.locator(".run-open").wait_for(timeout=RUN_MS)
    page.locator("table.projects tr", has_text="taken.h5").wait_for()
    assert old.read_bytes() == before
    page.locator(".run-open").click()
    page.wait_for_selector("#curate-map[data-ready]")
    page.locator(".row-head", has_text="C1").wait_for()


def test_a_project_is_extended_and_the_old_labels_stay(serve, open_page, lab):
    songs = write_songs(lab / "songs", n_files=2)
    run.run(make_plan(songs, lab, subject="bird", values={"n_neighbors": 5}), workers=1)
    soundfile.write(songs / "new.wav", song([0.3, 0.8]), 32_000)
    page = open_page(serve(lab).address)
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Extend with new recordings").click()
    page.locator("#extend-title", has_text="Extend bird with new recordings").wait_for()
    page.locator("#extend-folder").fill(str(songs))
    page.keyboard.press("Enter")
    page.locator("#extend-found .fact", has_text="1 new recording: new.wav.").wait_for()
    page.locator("#extend-found .remark", has_text="2 recordings are in the project already").wait_for()
    page.locator("#extend-start").click()
    page.locator(".run", has_text="1 new recording gave 2 sounds").wait_for(timeout=RUN_MS)
    page.locator("tr", has_text="bird.h5").locator("td.number", has_text="14").wait_for()
    with h5py.File(lab / "bird.h5") as file:
        assert file["projections/umap/placed"][()].tolist() == [0] * 12 + [1] * 2


def test_a_project_is_taken_off_the_list_and_its_file_stays(serve, open_page, lab, tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=30)
    dashboard = serve(project)
    page = open_page(dashboard.address)
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Remove from the list").click()
    page.locator(".notice-box", has_text="no longer among the projects").wait_for()
    page.locator(".empty").wait_for()
    assert project.exists()


def test_a_dialog_is_left_with_the_keyboard_and_the_folder_chosen_with_it(serve, open_page, lab):
    (lab / "arrays").mkdir()
    np.save(lab / "arrays/a.npy", np.zeros(4))
    np.save(lab / "arrays/b.npy", np.ones(4))
    page = open_page(serve(lab, SYLLABARY_DATA_ROOT=str(lab)).address)
    page.get_by_role("button", name="Import").click()
    page.get_by_label("A folder of arrays").check()
    page.get_by_role("button", name="The folder of arrays").click()
    page.locator(".place-dialog .choice", has_text="arrays").wait_for()
    page.keyboard.type("arr")
    page.keyboard.press("Enter")
    page.locator(".place-dialog .crumbs", has_text="arrays").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("#import-found .fact", has_text="2 arrays.").wait_for()
    page.keyboard.press("Escape")
    page.locator("#import-dialog").wait_for(state="hidden")
