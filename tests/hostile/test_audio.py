"""Crafted recordings: told in a sentence, read in another process before a server reads them, within bounds."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import soundfile

from pipeline import audio, audio_sources, sandbox, vetting
from pipeline.errors import AudioError

RATE_HZ = 32_000


def wav(*, channels=1, rate_hz=RATE_HZ, bits=16, riff=None, data=None, tag=1, n_bytes=6_400, head=b"RIFF"):
    """A WAV file whose header says what it likes."""
    width = channels * bits // 8 & 0xFFFF
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * width & 0xFFFFFFFF, width, bits)
    body = np.random.default_rng(0).integers(0, 256, n_bytes, np.uint8).tobytes()
    riff, data = (36 + n_bytes if riff is None else riff), (n_bytes if data is None else data)
    return (head + struct.pack("<I", riff) + b"WAVE" + b"fmt " + struct.pack("<I", 16) + fmt + b"data"
            + struct.pack("<I", data) + body)


def flac(tmp_path, total):
    """A FLAC file whose header says how many samples it has."""
    path = tmp_path / "true.flac"
    soundfile.write(path, np.zeros(3_200, np.float32), RATE_HZ)
    raw = bytearray(path.read_bytes())
    raw[21] = raw[21] & 0xF0 | total >> 32 & 0xF
    raw[22:26] = (total & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(raw)


CRAFTED = {
    "no channels": lambda _: wav(channels=0), "65535 channels": lambda _: wav(channels=65_535),
    "1000 channels": lambda _: wav(channels=1000), "no rate": lambda _: wav(rate_hz=0),
    "a rate of 4 GHz": lambda _: wav(rate_hz=0xFFFFFFFF), "no bits": lambda _: wav(bits=0),
    "sizes of 4 GB": lambda _: wav(riff=0xFFFFFFFF, data=0xFFFFFFF0), "sizes of nothing": lambda _: wav(riff=0, data=0),
    "RF64 without its chunk": lambda _: wav(head=b"RF64", riff=0xFFFFFFFF, data=0xFFFFFFFF),
    "ADPCM": lambda _: wav(tag=2, bits=4), "an unknown codec": lambda _: wav(tag=0x7777),
    "FLAC of 68 billion samples": lambda tmp_path: flac(tmp_path, (1 << 36) - 1),
    "FLAC of no samples": lambda tmp_path: flac(tmp_path, 0),
    "MP3 garbage": lambda _: b"\xff\xfb\x90\x00" * 4_000, "noise": lambda _: np.random.default_rng(1).bytes(20_000),
    "only a name": lambda _: b"RIFF", "nothing": lambda _: b"",
}


@pytest.fixture
def shielded():
    sandbox.shield(True)
    yield
    sandbox.shield(False)


@pytest.mark.parametrize("kind", CRAFTED)
def test_a_crafted_recording_is_read_as_it_is_or_refused_in_a_sentence(tmp_path, shielded, kind):
    path = tmp_path / "song.wav"
    path.write_bytes(CRAFTED[kind](tmp_path))
    try:
        heard = audio.decode(path, rate_hz=RATE_HZ)
    except AudioError as error:
        said = str(error)
    else:
        assert 0 < heard.samples.nbytes < 1 << 24
        return
    assert "song.wav" in said


def test_flipped_bits_end_no_server(tmp_path, shielded):
    soundfile.write(tmp_path / "good.flac", np.random.default_rng(0).normal(0, 0.1, 8_000), RATE_HZ)
    soundfile.write(tmp_path / "good.ogg", np.random.default_rng(0).normal(0, 0.1, 8_000), RATE_HZ)
    rng, said = np.random.default_rng(3), []
    for number in range(100):
        good = (tmp_path / ("good.flac", "good.ogg")[number % 2]).read_bytes()
        data = np.frombuffer(good, np.uint8).copy()
        data[rng.integers(0, min(400, len(data)), 6)] ^= (1 << rng.integers(0, 8, 6)).astype(np.uint8)
        path = tmp_path / f"{number}.wav"
        path.write_bytes(data.tobytes())
        try:
            vetting.vet(path, "recording")
        except AudioError as error:
            said.append(str(error))
    assert said
    assert all(".wav" in text for text in said)


def test_many_channels_are_read_in_smaller_blocks(tmp_path, monkeypatch):
    path = tmp_path / "array.wav"
    soundfile.write(path, np.zeros((40_000, 64), np.float32), RATE_HZ, subtype="PCM_U8")
    monkeypatch.setattr(audio_sources, "BLOCK_SAMPLES", 1 << 18)
    with audio_sources.open_source(path) as source:
        blocks = [block.shape for block in source.blocks()]
    assert max(n_frames for n_frames, _channels in blocks) == 4_096
    assert sum(n_frames for n_frames, _channels in blocks) == 40_000
