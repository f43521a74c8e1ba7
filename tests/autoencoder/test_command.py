"""``train-autoencoder``, on sounds and on pictures from a file; and the embedder that comes of it."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from pipeline import registry
from pipeline.__main__ import cli
from pipeline.autoencoder import on_project, pictures_file, reports
from pipeline.autoencoder.training import Training
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from tests import factory
from tests.autoencoder.test_autoencoder import bars

QUICK = ["--epochs", "2", "--latent", "3", "--device", "cpu"]


def invoke(*arguments):
    return CliRunner().invoke(cli, ["train-autoencoder", *map(str, arguments), *QUICK])


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def test_every_sound_of_a_project_gets_a_code(tmp_path):
    project = factory.make_project(tmp_path / "bird.h5", n_sounds=24, with_audio_dir=tmp_path / "audio")
    result = invoke(project, "--output-dir", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "k-means on the codes, 4 clusters: NMI" in result.output
    with Dataset.open(project) as dataset:
        assert dataset.feature("autoencoder").values.shape == (24, 3)
        assert dataset.feature("autoencoder").attrs["feature"] == "mel"
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"bird.autoencoder.safetensors", reports.LOSSES, reports.CURVE, reports.RECONSTRUCTIONS,
                       reports.NEAREST}


def test_other_recordings_are_embedded_as_the_projects_own_were(tmp_path):
    project = factory.make_project(tmp_path / "bird.h5", n_sounds=24, with_audio_dir=tmp_path / "audio")
    trained = on_project.train(project, how=Training(latent=3, epochs=1, device="cpu"), workers=1)
    with Dataset.open(project) as dataset:
        samples, rate_hz = soundfile.read(dataset.audio_path(dataset.segments.file_id[0]), dtype="float32")
        clip = samples[:round((dataset.segments.onset_s[0] + dataset.segments.duration_s[0]) * rate_hz)]
        clip = clip[round(dataset.segments.onset_s[0] * rate_hz):]
    embedder = registry.load("embedders", "autoencoder")(network=str(trained.path))
    code = embedder.embed([(clip, rate_hz)])[0]
    spread = trained.codes.std(axis=0)
    assert (np.abs(code - trained.codes[0]) < 0.2 * spread + 0.05).all()


def test_the_embedder_says_where_a_network_comes_from():
    with pytest.raises(ParameterError, match="train-autoencoder"):
        registry.load("embedders", "autoencoder")().embed([(np.zeros(10, np.float32), 22_050)])


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_from_idx_files(tmp_path, packed):
    pictures, ending = (255 * bars(60)).astype(np.uint8), ".gz" if packed else ""
    label = np.arange(60) % 2
    for name, array in (("train-images-idx3-ubyte", pictures), ("train-labels-idx1-ubyte", label)):
        data = idx(array)
        (tmp_path / f"{name}{ending}").write_bytes(gzip.compress(data) if packed else data)
    path = tmp_path / f"train-images-idx3-ubyte{ending}"
    found = pictures_file.read(path)
    np.testing.assert_allclose(found.pictures, bars(60))
    np.testing.assert_array_equal(found.label, label)
    result = invoke(path, "--output-dir", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "2 clusters: NMI" in result.output


def test_pictures_from_an_npz(tmp_path):
    np.savez(tmp_path / "known.npz", x=(255 * bars(20)).astype(np.uint8), y=np.zeros(20, int))
    assert pictures_file.read(tmp_path / "known.npz").pictures.shape == (20, 28, 28)


@pytest.mark.parametrize(("name", "data", "why"), [
    ("a-idx3-ubyte", b"nothing", "no idx file"),
    ("b-idx3-ubyte", idx(np.zeros((2, 3, 3)))[:-1], "is cut off"),
    ("c-idx3-ubyte", idx(np.zeros(9)), "no idx file of bytes with 3 axes"),
    ("d.npz", b"nothing", "cannot be read as NumPy arrays"),
])
def test_files_that_are_no_pictures_are_refused(tmp_path, name, data, why):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ParameterError, match=why):
        pictures_file.read(tmp_path / name)


def test_an_npz_with_other_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ParameterError, match="has no array of pictures"):
        pictures_file.read(tmp_path / "other.npz")


def test_nearest_rows_begin_with_the_row_itself():
    codes = np.array([[0.0], [0.1], [5.0], [5.2]])
    assert reports.nearest_rows(codes, np.array([0, 3]), 1).tolist() == [[0, 1], [3, 2]]
