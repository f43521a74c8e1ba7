"""The routes: tiles, sound, coordinates, labels; and what they refuse."""

from __future__ import annotations

import gzip
import io
import struct

import numpy as np
import pytest
import soundfile
from factory import make_project
from PIL import Image
from web import client_of, own_memory

from pages._ui import media, workspaces
from pipeline import store
from pipeline.curation import edits

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    with own_memory(folder):
        yield filled(folder)
        workspaces.close_all()


def filled(folder):
    make_project(folder / "birds.h5", n_sounds=30, with_audio_dir=folder / "audio")
    make_project(folder / "silent.h5", n_sounds=5)
    (folder / "secret.txt").write_text("nobody may read this")
    return folder


@pytest.fixture(scope="module")
def client(folder):
    return client_of(folder)


def test_a_tile_is_a_picture_that_is_kept_for_ever(client):
    answer = client.get("/media/birds/tile/3.png?h=40&px=0.5")
    picture = Image.open(io.BytesIO(answer.data))
    assert answer.mimetype == "image/png"
    assert picture.height == 40
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_strip_is_its_tiles_side_by_side(client):
    widths = [Image.open(io.BytesIO(client.get(f"/media/birds/tile/{i}.png?h=40&px=0.5").data)).width for i in (3, 9)]
    strip = Image.open(io.BytesIO(client.get("/media/birds/strip.png?ids=3,9&h=40&px=0.5").data))
    assert strip.width == sum(widths) + 2


@pytest.mark.parametrize("query", [
    "h=41", "px=0", "px=nan", "px=-1", "px=1e9", "map=rainbow", "ids=", "ids=1,", "ids=-1", "ids=1;2", "ids=1.5",
    "ids=" + ",".join(["1"] * (media.MAX_STRIP_TILES + 1)),
])
def test_what_cannot_be_drawn_is_refused_with_a_sentence(client, query):
    asked = query if "ids" in query else f"ids=1&{query}"
    answer = client.get(f"/media/birds/strip.png?{asked}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert answer.text.endswith(".")


@pytest.mark.parametrize("path", [
    "/media/nobody/points.bin", "/media/nobody/tile/1.png", "/media/birds/tile/30.png",
    "/media/birds/tile/99999999999999999999.png",
    "/media/birds/strip.png?ids=1,999", "/media/birds/sound/999.wav", "/media/birds.h5/points.bin",
    "/media/secret/points.bin",
])
def test_unknown_projects_and_sounds_are_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("slug", [
    "..%2fsecret.txt", "..", "%2fetc%2fpasswd", "birds%2f..%2fsecret.txt", "birds%00", ".",
])
@pytest.mark.parametrize("end", ["points.bin", "sound/1.wav", "tile/1.png"])
def test_no_address_reaches_the_file_system(client, slug, end):
    answer = client.get(f"/media/{slug}/{end}")
    assert b"nobody may read this" not in answer.data
    assert answer.status_code == 404 or answer.mimetype == "text/html"   # an address of no route is the 404 page


def test_coordinates_are_two_floats_a_sound(client):
    answer = client.get("/media/birds/points.bin", headers=GZIP)
    points = np.frombuffer(gzip.decompress(answer.data), "<f4").reshape(-1, 2)
    expected = workspaces.open_project("birds").scene.points
    assert (points == expected).all()
    assert client.get("/media/birds/points.bin").data == expected.tobytes()


def test_labels_are_kept_only_under_their_own_revision(folder):
    make_project(folder / "edited.h5", n_sounds=10)
    client = client_of(folder)
    before = client.get("/media/edited/labels.bin?rev=0")
    assert struct.unpack("<10i", before.data) == (0,) * 10
    assert "immutable" in before.headers["Cache-Control"]
    revision = workspaces.open_workspace("edited").edit(edits.assign, segment_ids=[4, 5], name="a<b>").revision
    stale = client.get("/media/edited/labels.bin?rev=0")
    assert stale.headers["Cache-Control"] == "no-store"
    assert struct.unpack("<10i", stale.data) == (0, 0, 0, 0, 1, 1, 0, 0, 0, 0)
    assert stale.headers["X-Revision"] == str(revision)
    clusters = {c["cluster"]: c for c in client.get(f"/media/edited/clusters.json?rev={revision}").json["clusters"]}
    assert clusters[1]["title"] == "C1 “a<b>”"
    assert (clusters[0]["count"], clusters[1]["count"]) == (8, 2)


def test_the_state_tells_of_edits_that_another_process_made(folder):
    from pipeline.curation.workspace import Workspace

    make_project(folder / "shared.h5", n_sounds=10)
    client = client_of(folder)
    before = client.get("/media/shared/state.json")
    assert before.headers["Cache-Control"] == "no-store"
    assert not before.json["can_undo"]
    with Workspace.open(folder / "shared.h5", user="somebody else") as other:
        other.edit(edits.assign, segment_ids=[1])
    after = client.get("/media/shared/state.json").json
    assert after["revision"] > before.json["revision"]
    assert not after["can_undo"]   # it is not this person's edit


def test_a_sound_is_what_the_recording_holds_there(client):
    answer = client.get("/media/birds/sound/1.wav")
    samples, rate_hz = soundfile.read(io.BytesIO(answer.data))
    dataset = workspaces.open_workspace("birds").dataset
    assert rate_hz == 16_000
    assert len(samples) == pytest.approx(dataset.segments.duration_s[1] * rate_hz, abs=2)
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_part_of_a_sound_is_that_part(client):
    whole = client.get("/media/birds/sound/1.wav").data
    part = client.get("/media/birds/sound/1.wav", headers={"Range": "bytes=100-299"})
    assert part.status_code == 206
    assert part.data == whole[100:300]
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole)}"
    beyond = client.get("/media/birds/sound/1.wav", headers={"Range": "bytes=9999999-"})
    assert beyond.status_code == 416


def test_half_speed_lasts_twice_as_long(client):
    lengths = []
    for speed in ("1", "0.5"):
        samples, rate_hz = soundfile.read(io.BytesIO(client.get(f"/media/birds/sound/1.wav?speed={speed}").data))
        lengths.append(len(samples) / rate_hz)
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.02)


@pytest.mark.parametrize("query", ["speed=0", "speed=99", "speed=nan", "margin=-1", "margin=1e9"])
def test_impossible_sounds_are_refused(client, query):
    assert client.get(f"/media/birds/sound/1.wav?{query}").status_code == 400


def test_a_missing_recording_is_named(client):
    answer = client.get("/media/silent/sound/0.wav")
    assert answer.status_code == 404
    assert "song_000.wav is not there" in answer.text


def test_ids_that_are_not_positions_can_be_asked_for(client):
    assert struct.unpack("<30i", client.get("/media/birds/ids.bin").data) == tuple(range(30))


def test_colours_of_a_labeling_that_was_made_anew_are_new(client, folder):
    """Made once more under the same name, it must not show the colours that the browser has kept."""
    def made(label):
        with store.amend(folder / "birds.h5") as writer:
            writer.labeling("again", np.arange(30), np.asarray(label, np.int32))
        return client.get("/media/birds/colours.bin?by=labeling:again")

    first = made([0] * 15 + [1] * 15)
    kept = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/media/birds/colours.bin?by=labeling:again", headers=kept).status_code == 304
    again = made([0] * 10 + [1] * 20)
    assert again.data != first.data
    assert client.get("/media/birds/colours.bin?by=labeling:again", headers=kept).status_code == 200
    assert "no-cache" in again.headers["Cache-Control"]
