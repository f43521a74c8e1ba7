"""What a model's text says, and which tokens a checkpoint's files tell."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import CheckpointError
from pipeline.whisper import tokens
from tests.whisper import checkpoint

TYPES = {0: "a", 1: "b", 12: "trill"}


def parsed(text, start_s=0.0):
    return tokens.parse(text, time_step_s=0.0025, start_s=start_s, types=TYPES)


@pytest.mark.parametrize(("text", "expected"), [
    ("<|startoftranscript|><|en|><|notimestamps|><|zebra_finch|><|2|>0<|10|><|20|>12<|30|><|endoftext|>",
     [(0.01, 0.05, "a"), (0.1, 0.15, "trill")]),
    ("<|2|>0<|10|><|10|>1<|12|>", [(0.01, 0.05, "a"), (0.05, 0.06, "b")]),
    ("<|2|>7<|10|><|20|>1<|30|>", [(0.1, 0.15, "b")]),                 # a type that the codebook does not have
    ("<|10|>0<|2|><|5|>0<|5|>", []),                                   # ends before it begins, or as it does
    ("<|2|>0<|10|><|500|>1<|600|>", [(0.01, 0.05, "a"), (2.5, 3.0, "b")]),   # beyond its clip: cut later, if at all
    ("<|2|> 0<|10|><|a|>0<|10|><|2|><|10|><|2|>x<|10|>", []),
    ("", []), ("no sound here", []),
])
def test_a_text_is_a_row_of_sounds(text, expected):
    assert [(round(onset, 9), round(offset, 9), kind) for onset, offset, kind in parsed(text)] == expected


def test_times_count_from_the_beginning_of_the_clip():
    onset, offset, kind = parsed("<|2|>1<|10|>", start_s=-0.01)[0]
    assert (round(onset, 9), round(offset, 9), kind) == (0, 0.04, "b")


def test_the_old_tokenizer_s_numbers_are_read_from_its_files(tmp_path):
    checkpoint.write_tokenizer(tmp_path)
    names = tokens.vocabulary(tmp_path)
    assert [names[number] for number in (15, 50_257, 50_258, 50_259, 50_363, 50_364, 51_364, 51_365, 51_371)] == [
        "0", "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|notimestamps|>", "<|0|>", "<|1000|>",
        "<|zebra_finch|>", "<|animal|>"]


def test_files_of_older_and_newer_tokenizers_tell_the_same(tmp_path):
    checkpoint.write_tokenizer(tmp_path / "usual")
    usual = tokens.vocabulary(tmp_path / "usual")
    checkpoint.write_tokenizer(tmp_path / "older")               # before version 4.34 of transformers
    (tmp_path / "older" / "tokenizer_config.json").write_text("{}")
    (tmp_path / "newer").mkdir()
    added = [{"id": number, "content": word} for number, word in usual.items() if number >= checkpoint.FIRST_SPECIAL]
    whole = {"model": {"vocab": checkpoint.words()}, "added_tokens": added}
    (tmp_path / "newer" / "tokenizer.json").write_text(json.dumps(whole))
    assert tokens.vocabulary(tmp_path / "older") == usual
    assert tokens.vocabulary(tmp_path / "newer") == usual


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("other.json", "{}", "has no tokenizer"), ("vocab.json", "{", "cannot be understood"),
    ("vocab.json", "[1]", "cannot be understood"), ("tokenizer.json", '{"added_tokens": [3]}', "cannot be understood"),
])
def test_a_folder_without_tokens_is_told(tmp_path, name, content, sentence):
    (tmp_path / name).write_text(content)
    with pytest.raises(CheckpointError, match=sentence):
        tokens.vocabulary(tmp_path)
