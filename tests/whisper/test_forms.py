"""Both forms of one checkpoint say the same."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest

from pipeline.errors import CheckpointError, ParameterError
from pipeline.whisper import features, loading
from tests.sounds import song
from tests.whisper import checkpoint


@pytest.fixture(scope="module")
def heard():
    """Features of clips that differ: songs, noise, silence, nothing."""
    clips = [song([0.2 * k + 0.1 * seed for k in range(8)], seed=seed, freq_hz=900 + 400 * seed) for seed in range(4)]
    clips += [np.random.default_rng(1).normal(size=80_000).astype(np.float32), np.zeros(0, np.float32)]
    return features.log_mel(clips, rate_hz=32_000, time_step_s=0.0025)


def told(folder, heard, *, num_beams, precision="float32"):
    """The texts, without what only one form repeats: the prompt, and the end."""
    model = loading.load(loading.find(str(folder)), device="cpu", precision=precision)
    texts = model.generate(heard, num_beams=num_beams)
    return [text.removeprefix("<|startoftranscript|><|en|><|notimestamps|>").replace("<|endoftext|>", "")
            for text in texts]


def test_the_model_hears_a_row_of_sounds_that_depends_on_the_clip(hf_folder, heard):
    texts = told(hf_folder, heard, num_beams=1)
    assert len(set(texts)) > len(texts) / 2
    assert {text.count("<|") for text in texts} == {2 * checkpoint.N_SOUNDS}


@pytest.mark.parametrize("num_beams", [1, 4])
def test_both_forms_say_the_same(folders, heard, num_beams):
    texts = {form: told(folder, heard, num_beams=num_beams) for form, folder in folders.items()}
    assert texts["hf"] == texts["ct2"]


def test_a_text_may_be_as_long_in_one_form_as_in_the_other(tmp_path, heard):
    pytest.importorskip("ctranslate2")
    endless = checkpoint.make(tmp_path / "hf", n_sounds=1_000)
    texts = [told(folder, heard[:1], num_beams=1) for folder in
             (endless, checkpoint.convert(endless, tmp_path / "ct2"))]
    assert texts[0] == texts[1]
    assert texts[0][0].count("<|") == 2 * (448 - 3) // 3 + 1      # of three tokens two are times; the last is one


def test_other_clips_in_a_batch_change_nothing(hf_folder, heard):
    assert told(hf_folder, heard[:1], num_beams=4) == told(hf_folder, heard, num_beams=4)[:1]


def test_whole_numbers_of_8_bits_are_what_ctranslate2_takes_on_a_cpu(ct2_folder, heard):
    assert told(ct2_folder, heard, num_beams=1, precision="auto") == told(ct2_folder, heard, num_beams=1,
                                                                          precision="int8")


def test_a_checkpoint_is_loaded_once_and_again_when_its_files_change(hf_folder, tmp_path):
    folder = shutil.copytree(hf_folder, tmp_path / "copy")
    found = loading.find(str(folder))
    first = loading.load(found, device="cpu", precision="auto")
    assert loading.load(found, device="cpu", precision="float32") is first
    (folder / "generation_config.json").touch()
    assert loading.load(found, device="cpu", precision="auto") is not first


def test_eight_bits_are_not_for_hugging_face_s_form(hf_folder):
    with pytest.raises(ParameterError, match="--seg-precision int8 is for checkpoints in CTranslate2's form"):
        loading.load(loading.find(str(hf_folder)), device="cpu", precision="int8")


def test_a_gpu_that_is_not_there_is_told(hf_folder):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ParameterError, match="torch finds no CUDA device"):
        loading.load(loading.find(str(hf_folder)), device="cuda", precision="auto")


def test_without_the_library_ctranslate2_it_says_how_to_get_it(ct2_folder, monkeypatch):
    loading._loaded.cache_clear()
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(CheckpointError, match=r"pip install -r requirements-ct2\.txt"):
        loading.load(loading.find(str(ct2_folder)), device="cpu", precision="auto")


def test_a_tokenizer_without_whisperseg_s_words_is_told(hf_folder, tmp_path):
    folder = shutil.copytree(hf_folder, tmp_path / "copy")
    kept = {word: number for word, number in checkpoint.special_words().items() if number < checkpoint.FIRST_TIME}
    (folder / "added_tokens.json").write_text(json.dumps(kept))
    (folder / "tokenizer_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"lacks <\|0\|> and <\|500\|>, so it is not that of a WhisperSeg model"):
        loading.load(loading.find(str(folder)), device="cpu", precision="auto")
