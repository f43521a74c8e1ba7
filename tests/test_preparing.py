"""What a form for preprocessing becomes: a task, a command line that does the same, warnings."""

from __future__ import annotations

import shlex

import click
import pytest
from factory import make_project
from sounds import write_songs

from pipeline import discover, options, preparing, registry
from pipeline.commands import preprocess as command
from pipeline.errors import ParameterError
from pipeline.roots import Roots

METHODS = [(segmenter, embedder) for segmenter in registry.names("segmenters")
           for embedder in registry.names("embedders")]


def made(own: dict, **how) -> preparing.Preprocess:
    return preparing.task(own, **{"data_dir": "/d", "output_dir": "/o", **how})


def test_what_was_typed_becomes_a_task_of_the_right_types():
    own = {"subject": "bird 17", "seg_min_length": "0.02", "seg_whiten": True, "workers": "2", "label_folder": True,
           "segmenter": "energy", "sr": ""}
    task = made(own, preset="canary", chosen=("segment", "spectrogram"))
    assert (task.subject, task.workers, task.label_folder, task.segmenter) == ("bird 17", 2, True, "energy")
    assert task.values == {"seg_min_length": 0.02, "seg_whiten": True}
    assert task.steps == ("spectrogram", "segment")
    assert task.preset == "canary"


def test_all_steps_are_none_named():
    assert made({}).steps == ()
    with pytest.raises(ParameterError, match="at least one step"):
        made({}, chosen=())


@pytest.mark.parametrize("own", [{"seg_min_length": "-1"}, {"segmenter": "none"}, {"workers": "0"}, {"sr": "fast"}])
def test_what_cannot_be_is_refused(own):
    with pytest.raises(ParameterError):
        made(own)


def test_values_of_a_method_that_was_not_chosen_are_passed_over():
    assert made({"segmenter": "files", "seg_min_length": "0.02"}).values == {}


@pytest.mark.parametrize(("segmenter", "embedder"), METHODS)
def test_every_parameter_that_has_an_effect_is_shown_once(segmenter, embedder):
    shown = [name for name, _spec in preparing.parameters(segmenter, embedder)]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= set(options.flags())
    own = {f"seg_{spec}" for spec in registry.load("segmenters", segmenter).__dataclass_fields__}
    assert {name for name in shown if name.startswith("seg_")} <= own


def test_the_command_line_says_the_same():
    own = {"subject": "a 'quoted' bird", "seg_min_length": "0.02", "seg_whiten": True, "workers": "3", "restart": True,
           "replace": True, "label_regex": "([a-z]+)_", "seed": "7", "embedder": "logmel"}
    task = made(own, preset="mouse-usv", chosen=("segment", "embed"), data_dir="/data/my birds")
    words = shlex.split(preparing.command_line(task))
    assert words[:4] == ["python", "-m", "pipeline", "preprocess"]
    context = command.command.make_context("preprocess", words[4:])
    again = command._task(context.params)
    given = {name: value for name, value in again.values.items() if value is not None}
    assert given == task.values
    for name in ("data_dir", "output_dir", "subject", "preset", "embedder", "steps", "label_regex", "workers",
                 "restart", "replace"):
        assert getattr(again, name) == getattr(task, name), name


def test_every_value_of_a_form_is_an_option_of_the_command():
    known = {flag for option in command.command.params if isinstance(option, click.Option)
             for flag in (*option.opts, *option.secondary_opts)}
    fixed = {f"--{spec.flag or name.replace('_', '-')}" for cls in (preparing.Naming, preparing.Labels, preparing.Work)
             for name, spec in preparing._named(cls)}
    assert fixed <= known
    assert {"--segmenter", "--embedder", "--preset"} <= known
    asked = {"--all", "--data-dir", "--output-dir", "--help", "--resume", "--preset", "--segmenter", "--embedder"}
    steps = {option for option in known if option.startswith(("--compute-", "--export-"))}
    assert known - asked - steps - {"-h"} == fixed | set(options.flags().values())


@pytest.fixture
def place(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.csv").write_text("a")
    return tmp_path / "in", Roots([tmp_path / "in"])


def test_paths_must_lie_in_the_allowed_folders(place):
    folder, allowed = place
    task = made({"segmenter": "table", "seg_segments_from": f"{folder}//t.csv"}, data_dir=str(folder),
                output_dir=f"{folder}/out")
    inside = preparing.within(task, allowed)
    assert inside.values["seg_segments_from"] == f"{folder}/t.csv"
    assert inside.output_dir == f"{folder}/out"


@pytest.mark.parametrize("wrong", [
    {"data_dir": "/etc"}, {"output_dir": "/tmp"}, {"own": {"labels_file": "/etc/passwd"}},
    {"own": {"hdf5_output": "/tmp/x.h5"}}, {"own": {"segmenter": "table", "seg_segments_from": "/etc/passwd"}},
    {"own": {"segmenter": "table", "seg_segments_from": "secret.csv"}},
    {"own": {"segmenter": "whisperseg", "seg_model": "/etc"}},
    {"own": {"segmenter": "whisperseg", "seg_model": "a/../../etc"}},
    {"own": {"segmenter": "whisperseg", "seg_model": "~/model"}},
    {"own": {"segmenter": "whisperseg", "seg_model": "./model"}},
])
def test_no_path_of_a_form_leads_out(place, wrong):
    folder, allowed = place
    given = {"own": {}, "data_dir": str(folder), "output_dir": str(folder), **wrong}
    task = made(given.pop("own"), **given)
    with pytest.raises(ParameterError):
        preparing.within(task, allowed)


def test_a_hub_id_is_no_path(place):
    folder, allowed = place
    task = made({"segmenter": "whisperseg", "seg_model": "nccratliri/whisperseg-base"}, data_dir=str(folder),
                output_dir=str(folder))
    assert preparing.within(task, allowed).values["seg_model"] == "nccratliri/whisperseg-base"


def test_a_project_that_is_there_is_told_with_what_becomes_of_its_labels(tmp_path):
    write_songs(tmp_path / "songs", n_files=1)
    (tmp_path / "out").mkdir()
    make_project(tmp_path / "out" / "bird.h5", n_sounds=12, cluster_ids=[1, 2, 0] * 4)
    folders = {"data_dir": str(tmp_path / "songs"), "output_dir": str(tmp_path / "out")}
    for own, words in (({}, "unless you give --replace"), ({"replace": True}, "are lost (--replace)")):
        task = made({"subject": "bird", **own}, **folders)
        told, = preparing.warnings(task, *task.plan())
        assert "12 sounds in 2 clusters" in told
        assert words in told
    (tmp_path / "out" / "bird.h5").write_bytes(b"something else")
    with pytest.raises(ParameterError, match="choose another project file"):
        preparing.warnings(task, *task.plan())


def test_work_that_goes_on_is_told(tmp_path):
    write_songs(tmp_path / "songs", n_files=1)
    (tmp_path / "out" / "songs.work").mkdir(parents=True)
    task = made({}, data_dir=str(tmp_path / "songs"), output_dir=str(tmp_path / "out"))
    assert "is not made again" in preparing.warnings(task, *task.plan())[0]


def test_links_that_lead_out_stop_a_run(tmp_path):
    songs = write_songs(tmp_path / "songs", n_files=1)
    (tmp_path / "secret").mkdir()
    (songs / "link.wav").symlink_to(tmp_path / "secret" / "a.wav")
    (tmp_path / "secret" / "a.wav").write_bytes(b"x")

    found = discover.recordings(songs)
    preparing.refuse_links_out(found, Roots([tmp_path]))
    with pytest.raises(ParameterError, match="lead out"):
        preparing.refuse_links_out(found, Roots([songs]))


def test_the_usual_place_is_never_among_the_recordings(tmp_path):
    data, served = tmp_path / "data", tmp_path / "served"
    for folder in (data, served):
        folder.mkdir()
    everything = Roots([tmp_path])
    assert preparing.usual_output(data, everything, place=served) == str(served)
    assert preparing.usual_output(data, everything) == str(tmp_path / "syllabary")
    assert preparing.usual_output(data, Roots([data])) is None
    assert preparing.usual_output(data, Roots([data, served])) == str(served / "syllabary")
