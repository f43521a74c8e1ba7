"""A tiny WhisperSeg checkpoint in both forms, made once."""

from __future__ import annotations

import pytest

from tests.whisper import checkpoint


@pytest.fixture(scope="session")
def hf_folder(tmp_path_factory):
    """In Hugging Face's form."""
    return checkpoint.make(tmp_path_factory.mktemp("checkpoints") / "hf", seed=3)


@pytest.fixture(scope="session")
def ct2_folder(hf_folder):
    """The same in CTranslate2's form; tests are skipped without that library."""
    pytest.importorskip("ctranslate2")
    return checkpoint.convert(hf_folder, hf_folder.parent / "ct2")


@pytest.fixture(scope="session")
def folders(hf_folder, ct2_folder):
    """Both, by the names of the forms."""
    return {"hf": hf_folder, "ct2": ct2_folder}
