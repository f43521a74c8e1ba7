"""Checkpoints are told without being loaded: what they are, how large, what is missing, and where they can be had."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import checkpoint_files, checkpoints
from pipeline.checkpoints import AUDIO, CT2, HF, WHISPER, WHISPERSEG
from pipeline.commands import checkpoints as command
from pipeline.errors import CheckpointError
from tests.embedders import models
from tests.whisper import checkpoint as whisperseg


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """A folder of checkpoints of three kinds and two forms, and one of text."""
    pytest.importorskip("ctranslate2")
    folder = tmp_path_factory.mktemp("shelf")
    models.whisper(folder / "whisper", n_mels=128)
    models.converted(folder / "whisper", folder / "whisper-ct2")
    whisperseg.convert(whisperseg.make(folder / "seg"), folder / "deep" / "seg-ct2")
    models.hubert(folder / "hubert")
    models.clap(folder / "clap")
    models.bert(folder / "bert")
    return folder


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch) -> Path:
    """An empty cache of the hub, and no way to it."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def into_cache(hub: Path, model: str, folder: Path) -> Path:
    """A checkpoint as the hub's cache keeps one: links in a snapshot, a reference to it."""
    place = hub / f"models--{model.replace('/', '--')}"
    snapshot = place / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    (place / "blobs").mkdir()
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc123")
    for number, path in enumerate(sorted(path for path in folder.iterdir() if path.is_file())):
        shutil.copy(path, place / "blobs" / str(number))
        (snapshot / path.name).symlink_to(Path("..") / ".." / "blobs" / str(number))
    return snapshot


@pytest.mark.parametrize(("name", "kind", "form", "n_mels", "n_dims", "n_columns"), [
    ("whisper", WHISPER, HF, 128, models.N_DIMS, models.N_COLUMNS),
    ("whisper-ct2", WHISPER, CT2, 128, models.N_DIMS, models.N_COLUMNS),
    ("seg", WHISPERSEG, HF, 80, 32, 1000),
    ("deep/seg-ct2", WHISPERSEG, CT2, 80, 32, 1000),
    ("hubert", AUDIO, HF, 0, 24, 0),
    ("clap", AUDIO, HF, 64, 64, 0),
])
def test_what_a_checkpoint_is_comes_from_its_configuration(shelf, name, kind, form, n_mels, n_dims, n_columns):
    found = checkpoints.check(shelf / name)
    assert found.problems == ()
    assert (found.kind, found.form, found.n_mels, found.n_dims, found.n_columns) == (
        kind, form, n_mels, n_dims, n_columns)
    files = [path for path in (shelf / name).rglob("*") if path.is_file()]
    assert found.n_bytes == sum(path.stat().st_size for path in files)


def test_those_in_folders_and_in_the_hub_s_cache_are_found_and_text_models_are_not(shelf, hub):
    into_cache(hub, "lab/seg-base", shelf / "seg")
    names = [Path(one.name).name if one.name.startswith("/") else one.name for one in checkpoints.find([shelf])]
    assert names[:3] == ["seg-ct2", "seg", "lab/seg-base"]
    assert sorted(names) == ["clap", "hubert", "lab/seg-base", "seg", "seg-ct2", "whisper", "whisper-ct2"]


def test_a_hub_id_is_found_in_the_cache_without_a_network(shelf, hub):
    snapshot = into_cache(hub, "lab/whisper", shelf / "whisper")
    found = checkpoints.locate("lab/whisper", kinds=(WHISPER,))
    assert found.folder == snapshot
    assert found.name == "lab/whisper"
    assert all(path.stat().st_size for path in checkpoints.inputs(found))


def test_only_a_hub_id_that_is_not_in_the_cache_has_to_be_fetched(shelf, hub):
    into_cache(hub, "lab/whisper", shelf / "whisper")
    asked = ("", "lab/whisper", "lab/other", str(shelf / "seg"), "/nowhere/at/all")
    assert [checkpoints.to_fetch(model) for model in asked] == ["", "", "lab/other", "", ""]


@pytest.mark.parametrize(("model", "words"), [
    ("lab/unheard-of", "cannot be fetched from the hub"),
    ("/no/such/folder", "does not exist"),
    ("no\x1bsense", "does not exist"),
])
def test_what_cannot_be_had_says_what_to_do(model, words):
    with pytest.raises(CheckpointError, match=words):
        checkpoints.locate(model, kinds=(WHISPER,))


@pytest.mark.parametrize(("kinds", "example"), [
    ((WHISPERSEG,), "nccratliri/whisperseg-base-animal-vad"), ((WHISPER, WHISPERSEG), "openai/whisper-base"),
    ((AUDIO,), "facebook/hubert-base-ls960"),
])
def test_the_hub_id_that_is_suggested_is_of_the_wanted_kind(kinds, example):
    with pytest.raises(CheckpointError, match=f"such as {example}"):
        checkpoints.locate("/no/such/folder", kinds=kinds)


@pytest.mark.parametrize(("name", "gone", "words"), [
    ("whisper", "config.json", "config.json is missing"),
    ("whisper", "model.safetensors", "model.safetensors (the weights) is missing"),
    ("whisper-ct2", "vocabulary.json", "vocabulary.json is missing"),
    ("hubert", "preprocessor_config.json", "preprocessor_config.json is missing"),
])
def test_what_is_missing_is_named(shelf, tmp_path, name, gone, words):
    folder = shutil.copytree(shelf / name, tmp_path / "copy")
    (folder / gone).unlink()
    assert checkpoints.check(folder).problems == (words,)
    with pytest.raises(CheckpointError, match=r"cannot be used: .* is missing"):
        checkpoints.locate(str(folder), kinds=(WHISPER, AUDIO))


@pytest.mark.parametrize(("name", "weights"), [("whisper", "model.safetensors"), ("whisper-ct2", "model.bin")])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.9])
def test_weights_that_were_cut_short_are_noticed(shelf, tmp_path, name, weights, share):
    folder = shutil.copytree(shelf / name, tmp_path / "copy")
    whole = (folder / weights).read_bytes()
    (folder / weights).write_bytes(whole[:int(share * len(whole))])
    [problem] = checkpoints.check(folder).problems
    assert f"{weights} is cut short" in problem


def test_shards_are_looked_for_one_by_one(shelf, tmp_path):
    folder = shutil.copytree(shelf / "whisper", tmp_path / "copy")
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert checkpoints.check(folder).problems == ("model-2.safetensors (a part of the weights) is missing",)


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff", '{"model_type": 3, "audio_config": 5, "hidden_size": "x"}'])
def test_a_broken_configuration_is_a_problem_and_no_crash(tmp_path, text):
    (tmp_path / "config.json").write_bytes(text.encode("latin-1"))
    assert checkpoints.check(tmp_path).problems


def test_anything_may_stand_in_a_model_bin(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    for content in (b"", b"\x06", b"no model at all, but more than a few bytes", b"\xff" * 200):
        (tmp_path / "model.bin").write_bytes(content)
        assert checkpoints.check(tmp_path).problems


def test_a_pickle_is_told_and_not_opened(shelf, tmp_path):
    folder = shutil.copytree(shelf / "whisper", tmp_path / "copy")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"not even a pickle")
    found = checkpoints.check(folder)
    assert not found.problems
    assert "safetensors are to be preferred" in found.notes[0]


def test_telling_needs_neither_torch_nor_transformers(shelf):
    code = (f"import sys; from pathlib import Path; from pipeline import checkpoints; "
            f"n = len(checkpoints.find([Path({str(shelf)!r})])); "
            "assert n >= 6, n; assert not {'torch', 'transformers', 'ctranslate2'} & set(sys.modules)")
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_of_a_repository_s_weights_only_one_form_is_fetched():
    listed = ["config.json", "flax_model.msgpack", "model.safetensors", "model.fp32-00001-of-00002.safetensors",
              "pytorch_model.bin", "tf_model.h5"]
    assert checkpoints._weights_of(listed) == ["model.safetensors"]
    assert checkpoints._weights_of(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                                    "pytorch_model.bin"]) == ["model-00001-of-00002.safetensors",
                                                              "model-00002-of-00002.safetensors"]
    assert checkpoints._weights_of(["model.bin", "config.json"]) == ["model.bin"]
    assert checkpoint_files.PICKLED in checkpoints._weights_of(["pytorch_model.bin"])


def test_the_command_lists_checks_and_speaks_json(shelf, tmp_path):
    done = CliRunner().invoke(command.command, [str(shelf), "--json"])
    told = {Path(one["name"]).name: one for one in json.loads(done.stdout)}
    assert done.exit_code == 0
    assert told["seg"]["kind"] == WHISPERSEG
    assert told["whisper-ct2"]["form"] == CT2
    empty = CliRunner().invoke(command.command, [str(tmp_path)])
    assert empty.exit_code == command.NOT_USABLE
    assert "config.json is missing" in empty.stdout
