"""Reading projects: ours, and those of older and other tools."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from factory import make_project

from pipeline import store
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError


def foreign(path: Path, tables: dict[str, object], *, attrs: dict[str, object] | None = None) -> Path:
    """A file as another tool writes it: data sets by path, parameters as attributes."""
    with h5py.File(path, "w") as file:
        for place, values in tables.items():
            file.create_dataset(place, data=values)
        file.require_group("parameters").attrs.update(attrs or {})
    return path


def bare(**columns: object) -> dict[str, object]:
    """The least that a table of three sounds holds; a column given as None is left out."""
    given = {"segment_id": np.array([7, 3, 5]), "file_id": np.array([0, 0, 1]), "onset_sec": np.array([0.0, 1.0, 0.5]),
             "duration_sec": np.array([0.1, 0.1, 0.2])} | columns
    return {f"segments/{name}": values for name, values in given.items() if values is not None}


def damaged(tmp_path: Path, change) -> Path:
    """One of our projects, after ``change(file)``."""
    path = make_project(tmp_path / "bird.h5", n_sounds=6)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


# ---- our own files ---------------------------------------------------------------------------------------------------

def test_a_project_reads_back_as_it_was_written(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=6, n_files=2, cluster_ids=[0, 1, 1, 2, 2, 2],
                        clusters=[(1, "trill", "#ff0000", "first"), (2, "Ruf ü", "#00ff00", "")])
    with Dataset.open(path) as dataset:
        assert dataset.n_segments == 6
        assert dataset.segments.segment_id.dtype == np.int32
        assert dataset.segments.file_id.tolist() == [0, 0, 0, 1, 1, 1]
        assert dataset.segments.umap.shape == (6, 2)
        assert dataset.segments.pca.shape == (6, 4)
        assert dataset.segments.label == ("a", "b", "c", "d", "a", "b")
        assert dataset.cluster_ids().tolist() == [0, 1, 1, 2, 2, 2]
        assert [(c.cluster_id, c.name, c.colour, c.note) for c in dataset.clusters()] == [
            (1, "trill", "#ff0000", "first"), (2, "Ruf ü", "#00ff00", "")]
        assert dataset.files.path == ("day-1/song_000.wav", "day-2/song_001.wav")
        assert dataset.files.day == ("day-1", "day-2")
        assert dataset.names("projections") == ["umap"]


def test_sounds_are_found_by_their_ids(tmp_path):
    with Dataset.open(foreign(tmp_path / "x.h5", bare())) as dataset:
        assert dataset.rows_of([5, 7, 7]).tolist() == [2, 0, 0]
        assert dataset.rows_of([]).tolist() == []
        with pytest.raises(ProjectError, match="no sound with the id 4"):
            dataset.rows_of([3, 4])


def test_sets_are_joined_by_id_never_by_position(tmp_path):
    path = foreign(tmp_path / "x.h5", bare() | {
        "embeddings/segment_id": [3, 5, 7], "embeddings/raw": [[3.0], [5.0], [7.0]],
        "features/pitch/segment_id": [5, 7], "features/pitch/values": [[5.0], [7.0]],
        "projections/umap/segment_id": [3, 7, 5], "projections/umap/values": [[3.0, 3], [7, 7], [5, 5]],
        "labelings/hdbscan/segment_id": [5, 3], "labelings/hdbscan/label": [1, 2],
        "labelings/hdbscan/probability": [[0.5], [0.3]],
    })
    with Dataset.open(path) as dataset:
        assert dataset.embedding().tolist() == [[7], [3], [5]]
        assert np.array_equal(dataset.feature("pitch").values, [[7], [np.nan], [5]], equal_nan=True)
        assert dataset.projection("umap")[:, 0].tolist() == [7, 3, 5]
        assert dataset.labeling("hdbscan").label.tolist() == [-1, 2, 1]
        assert np.isnan(dataset.labeling("hdbscan").probability[0, 0])


@pytest.mark.parametrize(("tables", "complaint"), [
    ({"embeddings/raw": np.zeros((3, 2))}, "has no segment_id"),
    ({"embeddings/raw": np.zeros((3, 2)), "embeddings/segment_id": [3, 5, 6]}, "sounds that the project does not have"),
    ({"embeddings/raw": np.zeros((3, 2)), "embeddings/segment_id": [3, 5, 5]}, "ids that repeat"),
    ({"embeddings/raw": np.zeros((3, 2)), "embeddings/segment_id": [3, 5]}, "3 rows but 2 ids"),
    ({"embeddings/raw": np.zeros((2, 2)), "embeddings/segment_id": [3, 5]}, "2 of 3 sounds"),
    ({"embeddings/raw": [[0], [np.nan], [0]], "embeddings/segment_id": [3, 5, 7]}, "not finite"),
    ({}, "no embedding"),
])
def test_an_embedding_that_cannot_be_matched_is_an_error(tmp_path, tables, complaint):
    with Dataset.open(foreign(tmp_path / "x.h5", bare() | tables)) as dataset, \
            pytest.raises(ProjectError, match=complaint):
        dataset.embedding()


def test_a_set_that_is_not_there_is_named(tmp_path):
    with Dataset.open(make_project(tmp_path / "bird.h5")) as dataset:
        with pytest.raises(ProjectError, match="no 'mfcc' among its features"):
            dataset.feature("mfcc")
        with pytest.raises(ProjectError, match="no recording with the id 99"):
            dataset.audio_path(99)


def test_a_tile_shows_its_sound(tmp_path):
    with Dataset.open(make_project(tmp_path / "bird.h5", n_sounds=6, n_files=2)) as dataset:
        sounds, scale = dataset.segments, dataset.spectrogram_scale(0)
        tile = dataset.spectrogram(0, sounds.onset_s[1], sounds.onset_s[1] + sounds.duration_s[1])
        assert (tile.dtype, tile.shape[0]) == (np.int8, 48)
        assert abs(tile.shape[1] * scale.hop_s - sounds.duration_s[1]) < 3 * scale.hop_s
        assert tile.max() == -10
        assert (scale.freq_hz, scale.db_per_step) == ((312.0, 7000.0), 80 / 127)


@pytest.mark.parametrize("span", [(-1.0, 0.01), (1e6, 2e6), (0.2, 0.1)])
def test_a_tile_beyond_the_recording_is_clipped_to_it(tmp_path, span):
    with Dataset.open(make_project(tmp_path / "bird.h5")) as dataset:
        assert dataset.spectrogram(0, *span).shape[1] >= 1


def test_a_project_without_spectrograms_says_so(tmp_path):
    with Dataset.open(make_project(tmp_path / "bird.h5", with_spectrograms=False)) as dataset:
        assert dataset.spectrogram(0, 0, 1) is None
        assert dataset.pitch(0) is None
        assert dataset.level_range() == (-127.0, 0.0)
        with pytest.raises(ProjectError, match="no spectrogram of recording 0"):
            dataset.spectrogram_scale(0)


def test_all_tiles_share_one_range_of_levels(tmp_path):
    path = make_project(tmp_path / "bird.h5")
    with Dataset.open(path) as one, Dataset.open(path) as other:
        low, high = one.level_range()
        assert (low, high) == other.level_range()
        assert -127 <= low < high <= 0


def test_many_threads_read_the_same_tiles(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=90, n_files=70)
    with Dataset.open(path) as dataset:
        sounds = dataset.segments

        def tile(row: int) -> bytes:
            return dataset.spectrogram(sounds.file_id[row], sounds.onset_s[row], sounds.onset_s[row] + 0.1).tobytes()

        alone = [tile(row) for row in range(90)]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(tile, list(range(90)) * 5)) == alone * 5


def test_labels_overwritten_by_another_program_are_seen_at_once(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=6)
    with Dataset.open(path) as dataset:
        assert dataset.cluster_ids().tolist() == [0] * 6
        with h5py.File(path, locking=False) as file:
            offset = file["segments/cluster_id"].id.get_offset()
        with path.open("r+b") as raw:
            raw.seek(offset)
            raw.write(np.arange(6, dtype="<i4").tobytes())
        assert dataset.cluster_ids().tolist() == [0, 1, 2, 3, 4, 5]


def test_another_project_under_the_same_name_is_noticed(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=6)
    with Dataset.open(path) as dataset:
        make_project(path, n_sounds=6, seed=1)
        with pytest.raises(ProjectError, match="replaced by another project"):
            dataset.cluster_ids()


def test_a_closed_project_says_so_and_may_be_closed_twice(tmp_path):
    dataset = Dataset.open(make_project(tmp_path / "bird.h5"))
    dataset.close()
    dataset.close()
    with pytest.raises(ProjectError, match="was closed"):
        dataset.spectrogram(0, 0, 1)


def test_other_programs_can_open_the_file_for_writing_meanwhile(tmp_path):
    path = make_project(tmp_path / "bird.h5")
    with Dataset.open(path):
        opened = subprocess.run([sys.executable, "-c", "import h5py, sys; h5py.File(sys.argv[1], 'r+').close()", path])
    assert opened.returncode == 0


def test_an_audio_folder_given_relative_starts_at_the_project(tmp_path):
    path = make_project(tmp_path / "bird.h5", with_audio_dir=tmp_path / "audio", parameters={"subject": "x"})
    with h5py.File(path, "r+") as file:
        file["parameters"].attrs["data_dir"] = "audio"
    with Dataset.open(path) as dataset:
        assert dataset.audio_path(0) == tmp_path / "audio/day-1/song_000.wav"
        assert dataset.audio_path(0).is_file()


# ---- what others wrote -----------------------------------------------------------------------------------------------

def test_the_least_that_can_be_a_project(tmp_path):
    """No clusters, no map, no files, no spectrograms, no embeddings, no parameters."""
    with Dataset.open(foreign(tmp_path / "x.h5", bare())) as dataset:
        assert dataset.format_version == 0
        assert dataset.cluster_ids().tolist() == [0, 0, 0]
        assert dataset.clusters() == []
        assert dataset.files.file_id.tolist() == [0, 1]
        assert (dataset.segments.umap, dataset.segments.pca, dataset.segments.label) == (None, None, None)
        assert dataset.embedding_shape() is None
        assert dataset.spectrogram(0, 0, 1) is None
        assert any("no table of recordings" in note for note in dataset.notes)


def test_compressed_cluster_ids(tmp_path):
    path = foreign(tmp_path / "x.h5", bare())
    with h5py.File(path, "r+") as file:
        file["segments"].create_dataset("cluster_id", data=np.array([2, 0, 1]), compression="gzip", chunks=(2,))
    with Dataset.open(path) as dataset:
        assert dataset.cluster_ids().tolist() == [2, 0, 1]
        assert dataset.cluster_ids().dtype == np.int32


def test_map_and_components_as_single_columns(tmp_path):
    columns = {"umap_x": [1.0, 2, 3], "umap_y": [4.0, 5, 6]} | {f"pc_{k}": np.full(3, float(k)) for k in range(11)}
    with Dataset.open(foreign(tmp_path / "x.h5", bare(**columns))) as dataset:
        assert dataset.segments.umap.tolist() == [[1, 4], [2, 5], [3, 6]]
        assert dataset.segments.pca[0].tolist() == list(range(11))


def test_components_beside_the_embeddings(tmp_path):
    tables = {"embeddings/segment_id": [3, 5, 7], "embeddings/pca": [[3.0, 0], [5, 0], [7, 0]]}
    with Dataset.open(foreign(tmp_path / "x.h5", bare() | tables)) as dataset:
        assert dataset.segments.pca[:, 0].tolist() == [7, 3, 5]


def test_components_without_ids_are_left_out_with_a_note(tmp_path):
    with Dataset.open(foreign(tmp_path / "x.h5", bare() | {"embeddings/pca": np.zeros((3, 2))})) as dataset:
        assert dataset.segments.pca is None
        assert any("embeddings/pca" in note for note in dataset.notes)


@pytest.mark.parametrize("as_bytes", [True, False])
def test_names_as_bytes_or_as_text(tmp_path, as_bytes):
    names = ["Ä 1.wav", "b.wav"]
    column = np.array([name.encode() for name in names]) if as_bytes else np.array(names, h5py.string_dtype())
    tables = bare() | {"files/file_id": [0, 1], "files/filename": column}
    with Dataset.open(foreign(tmp_path / "x.h5", tables)) as dataset:
        assert dataset.files.filename == dataset.files.path == ("Ä 1.wav", "b.wav")
        assert dataset.files.status == ("ok", "ok")
        assert np.isnan(dataset.files.duration_s).all()


def test_labels_as_whole_numbers_and_columns_we_do_not_know(tmp_path):
    tables = bare(label=[4, 1, 4], loudness=[0.1, 0.2, 0.3])
    with Dataset.open(foreign(tmp_path / "x.h5", tables)) as dataset:
        assert dataset.segments.label == ("4", "1", "4")


@pytest.mark.parametrize("where", ["parameters", "root", "data sets"])
def test_sample_rate_and_hop_by_their_older_names(tmp_path, where):
    tables = bare(onset_sec=np.array([0, 1, 0.5], np.float32)) | {"spectrograms/file_0001": np.zeros((4, 50), np.int8)}
    old = {"scanrate": 32000, "nonoverlap": 320, "n_neighbors": 15}
    path = foreign(tmp_path / "x.h5", tables, attrs=old if where == "parameters" else {"n_neighbors": 15})
    with h5py.File(path, "r+") as file:
        if where == "root":
            file.attrs.update(old)
        if where == "data sets":
            file["scanrate"], file["nonoverlap"] = [[32000]], 320
    with Dataset.open(path) as dataset:
        assert dataset.files.sr.tolist() == [32000, 32000]
        assert dataset.spectrogram_scale(1).hop_s == 0.01
        assert dataset.spectrogram(1, 0.1, 0.2).shape == (4, 11)
        assert dataset.parameters["umap_n_neighbors"] == 15
        assert dataset.segments.onset_s.dtype == np.float64


def test_the_hop_of_the_older_tool(tmp_path):
    tables = bare() | {"spectrograms/0": np.zeros((4, 50), np.int8), "files/file_id": [0, 1],
                       "files/scanrate": [8000.0] * 2}
    with Dataset.open(foreign(tmp_path / "x.h5", tables, attrs={"hop_length": 80})) as dataset:
        assert dataset.spectrogram_scale(0).hop_s == 0.01
        assert dataset.spectrogram_scale(0).freq_hz == (0.0, 4000.0)


def test_a_file_without_an_id_is_always_recognised(tmp_path):
    first, second = foreign(tmp_path / "x.h5", bare()), foreign(tmp_path / "y.h5", bare(file_id=[0, 1, 1]))
    shutil.copy(first, tmp_path / "copy.h5")
    ids = [Dataset.open(path).project_id for path in (first, tmp_path / "copy.h5", second)]
    assert ids[0] == ids[1] != ids[2]


def test_reading_changes_nothing(tmp_path):
    path = foreign(tmp_path / "x.h5", bare(umap_x=[1.0, 2, 3], umap_y=[1.0, 2, 3]))
    before = path.read_bytes()
    with Dataset.open(path) as dataset:
        dataset.cluster_ids()
    assert path.read_bytes() == before


# ---- what is refused -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("tables", "complaint"), [
    ({"spectrograms/0": np.zeros((2, 2), np.int8)}, "no group 'segments'"),
    (bare(segment_id=None), "no segments/segment_id"),
    (bare(onset_sec=None), "no segments/onset_sec"),
    (bare(onset_sec=[0.0, 1.0]), "segments/onset_sec has the shape"),
    (bare(umap=np.zeros((2, 2))), "segments/umap has the shape"),
    (bare(cluster_id=[1, 2]), "segments/cluster_id has the shape"),
    (bare(pc_0=[1.0, 2], pc_1=[1.0, 2, 3]), "different lengths"),
    (bare(note=np.zeros(4)), "segments/note has the shape"),
    (bare(segment_id=[7, 3, 7]), "id 7 occurs more than once"),
    (bare(segment_id=[7, 3, 2**40]), "do not fit"),
    (bare(segment_id=[7, 3, 2.5]), "whole numbers"),
    (bare(umap=[[0, 0], [0, np.nan], [0, 0]]), "segments/umap of sound 3 is not a finite"),
    (bare(umap_x=[0, 0, np.inf], umap_y=[0.0, 0, 0]), "segments/umap of sound 5 is not a finite"),
    (bare(onset_sec=[0, 0, np.nan]), "segments/onset_sec of sound 5"),
    (bare(umap=np.zeros(3)), "axes"),
    (bare(label=np.zeros(3)), "measured numbers where texts belong"),
    (bare() | {"files/file_id": [0, 0], "files/filename": [b"a", b"b"]}, "id 0 occurs more than once"),
    (bare() | {"files/file_id": [0, 1], "files/filename": [b"a"]}, "files/filename has the shape"),
    (bare() | {"embeddings/pca": np.zeros((3, 2)), "embeddings/segment_id": [3, 5, 6]}, "cannot be matched"),
])
def test_tables_that_do_not_hold_together(tmp_path, tables, complaint):
    path = foreign(tmp_path / "x.h5", tables)
    with pytest.raises(ProjectError, match=complaint) as error:
        Dataset.open(path)
    assert "x.h5" in str(error.value)


def test_a_newer_version_is_refused(tmp_path):
    path = damaged(tmp_path, lambda file: file.attrs.update(format_version=2))
    with pytest.raises(ProjectError, match=r"version 2.*Update Syllabary"):
        Dataset.open(path)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_truncated_file(tmp_path, share):
    path = make_project(tmp_path / "bird.h5")
    whole = path.read_bytes()
    path.write_bytes(whole[:int(len(whole) * share)])
    with pytest.raises(ProjectError, match=r"bird\.h5 is truncated"):
        Dataset.open(path)


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"\0" * 5000])
def test_not_hdf5_at_all(tmp_path, content):
    (tmp_path / "x.h5").write_bytes(content)
    with pytest.raises(ProjectError, match=r"x\.h5 is not an HDF5 file"):
        Dataset.open(tmp_path / "x.h5")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(ProjectError, match="There is no project file"):
        Dataset.open(tmp_path / "nothing.h5")
    with pytest.raises(ProjectError, match="is a folder"):
        Dataset.open(tmp_path)


def test_a_damaged_spectrogram_is_told_when_it_is_read(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_files=1)
    with h5py.File(path) as file:
        chunk = file["spectrograms/0"].id.get_chunk_info(0)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(b"\x5a" * (chunk.size // 2))
    with Dataset.open(path) as dataset, pytest.raises(ProjectError, match=r"bird\.h5 is damaged: the spectrogram of"):
        dataset.spectrogram(0, 0, 0.05)


# ---- crafted files ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("link", [h5py.ExternalLink("secret.h5", "/segments"), h5py.SoftLink("/elsewhere")])
@pytest.mark.parametrize("place", ["segments", "segments/umap", "files", "spectrograms"])
def test_links_are_not_followed(tmp_path, link, place):
    make_project(tmp_path / "secret.h5")

    def replace(file: h5py.File) -> None:
        del file[place]
        file[place] = link

    with pytest.raises(ProjectError, match="link to another place"):
        Dataset.open(damaged(tmp_path, replace))


def test_a_spectrogram_that_is_a_link_is_not_followed(tmp_path):
    def replace(file: h5py.File) -> None:
        del file["spectrograms/0"]
        file["spectrograms/0"] = h5py.ExternalLink("secret.h5", "/spectrograms/0")

    with Dataset.open(damaged(tmp_path, replace)) as dataset, pytest.raises(ProjectError, match="link to another"):
        dataset.spectrogram(0, 0, 1)


def test_values_kept_in_other_files_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"x" * 24)

    def outside(file: h5py.File) -> None:
        del file["segments/onset_sec"]
        file["segments"].create_dataset("onset_sec", shape=(6,), dtype="f4",
                                        external=[(str(tmp_path / "secret"), 0, 24)])

    with pytest.raises(ProjectError, match="lie in another file"):
        Dataset.open(damaged(tmp_path, outside))


def test_virtual_data_sets_are_refused(tmp_path):
    layout = h5py.VirtualLayout(shape=(6,), dtype="f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "segments/onset_sec", shape=(6,))

    def outside(file: h5py.File) -> None:
        del file["segments/onset_sec"]
        file["segments"].create_virtual_dataset("onset_sec", layout)

    with pytest.raises(ProjectError, match="lie in another file"):
        Dataset.open(damaged(tmp_path, outside))


@pytest.mark.parametrize("place", ["segments/umap", "segments/onset_sec", "segments/extra"])
def test_absurd_sizes_are_refused_without_being_held(tmp_path, place):
    def inflate(file: h5py.File) -> None:
        file.pop(place, None)
        shape = (2**40, 2) if place.endswith("umap") else (2**40,)
        file.create_dataset(place, shape=shape, dtype="f8", chunks=(1024, *shape[1:]))

    with pytest.raises(ProjectError, match=r"claims .* GB"):
        Dataset.open(damaged(tmp_path, inflate))


def test_an_absurd_spectrogram_is_refused_when_asked_for(tmp_path):
    def inflate(file: h5py.File) -> None:
        del file["spectrograms/0"]
        file.create_dataset("spectrograms/0", shape=(2**30, 2**20), dtype="i1", chunks=(2**20, 16))

    with Dataset.open(damaged(tmp_path, inflate)) as dataset, pytest.raises(ProjectError, match=r"claims .* GB"):
        dataset.spectrogram(0, 0, 1e9)


def test_a_project_that_was_amended_keeps_its_identity(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=4)
    with Dataset.open(path) as dataset:
        with store.amend(path) as writer:
            writer.feature("summary", [0, 1, 2, 3], np.zeros((4, 2)), columns=["rms", "zcr"])
        assert dataset.cluster_ids().tolist() == [0] * 4
        with Dataset.open(path) as again:
            assert again.project_id == dataset.project_id
            assert again.feature("summary").columns == ("rms", "zcr")
