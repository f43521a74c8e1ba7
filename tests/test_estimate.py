"""What a run will need is told before it, and a run without room for it is refused."""

from __future__ import annotations

import pytest
from sounds import write_songs

from pipeline import costs, estimate, presets, survey
from pipeline.costs import Material
from pipeline.errors import ParameterError, RunError
from pipeline.plan import make_plan
from pipeline.run import find_jobs, run
from pipeline.tasks.preprocess import Preprocess

NO_MAP = ("spectrogram", "pitch", "segment", "embed", "export")


def plan_of(data_dir, out, values=None):
    return make_plan(data_dir, out, subject="x", values=values or {})


def on_disk(folder) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_the_room_is_what_a_run_then_takes(tmp_path):
    plan = plan_of(write_songs(tmp_path / "songs", n_files=12), tmp_path / "out")
    jobs = find_jobs(plan)
    told = estimate.estimate(plan, estimate.material(jobs), chosen=NO_MAP)
    run(plan, chosen=NO_MAP, workers=1)
    assert told.n_sounds == 72
    assert told.duration_s == pytest.approx(24.0)
    assert told.n_bytes == pytest.approx(on_disk(tmp_path / "out"), rel=0.25)


@pytest.mark.parametrize(("name", "preset", "n_files"), [
    ("bengalese_finch_gy6or6", "bengalese-finch", 5), ("zebra_finch_G402_typed", "zebra-finch", 8),
    ("bats_whombat", "bat", 3), ("fsdd", "one-shot", 60),
])
def test_the_room_for_real_recordings(data_set, tmp_path, name, preset, n_files):
    folder = tmp_path / "some"
    folder.mkdir()
    for path in sorted(data_set(name).glob("*.[wf]*"))[:n_files]:
        (folder / path.name).symlink_to(path)
    plan = plan_of(folder, tmp_path / "out", presets.get(preset))
    told = estimate.estimate(plan, estimate.material(find_jobs(plan)), chosen=NO_MAP)
    run(plan, chosen=NO_MAP, workers=1)
    assert told.n_bytes == pytest.approx(on_disk(tmp_path / "out"), rel=0.25)


def test_what_earlier_runs_left_is_not_wanted_again(tmp_path):
    plan = plan_of(write_songs(tmp_path / "songs"), tmp_path / "out")
    of = estimate.material(find_jobs(plan))
    before = estimate.estimate(plan, of, chosen=NO_MAP)
    run(plan, chosen=["spectrogram", "pitch", "segment", "embed"], workers=1)
    after = estimate.estimate(plan, of, chosen=NO_MAP)
    assert before.kept_bytes == 0
    assert after.n_bytes == before.n_bytes
    assert after.wanted_bytes == after.n_bytes - after.kept_bytes < before.wanted_bytes - 300_000


def test_a_run_without_room_is_refused_before_any_work(tmp_path, monkeypatch):
    plan = plan_of(write_songs(tmp_path / "songs"), tmp_path / "out")
    monkeypatch.setattr(estimate, "free_bytes", lambda _folder: 51_000_000)
    with pytest.raises(RunError, match=r"not enough room in .*out: the run needs about .* MB, and 51 MB are free"):
        run(plan, chosen=NO_MAP)
    assert not list(tmp_path.glob("out/**/*.np*"))
    monkeypatch.setattr(estimate, "free_bytes", lambda _folder: 70_000_000)
    run(plan, chosen=NO_MAP, workers=1)
    assert plan.hdf5.exists()


def test_a_run_without_room_is_not_even_queued(tmp_path, monkeypatch):
    songs = write_songs(tmp_path / "songs")
    task = Preprocess(str(songs), str(tmp_path / "out"), steps=NO_MAP)
    task.check()
    monkeypatch.setattr(estimate, "free_bytes", lambda _folder: 51_000_000)
    with pytest.raises(RunError, match="not enough room"):
        task.check()


def test_where_there_is_plenty_of_room_nothing_is_decoded_to_find_out(tmp_path, monkeypatch):
    plan = plan_of(write_songs(tmp_path / "songs"), tmp_path / "out")
    monkeypatch.setattr(estimate, "sounds_per_s", lambda *_: pytest.fail("a recording was tried"))
    estimate.check_room(plan, find_jobs(plan))


def test_ten_thousand_recordings_are_known_by_some_of_their_headers(tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "MOST_PROBED", 5)
    plan = plan_of(write_songs(tmp_path / "songs", n_files=9), tmp_path / "out")
    of = estimate.material(find_jobs(plan))
    assert of.n_recordings == 9
    assert of.duration_s == pytest.approx(18.0, rel=0.01)
    assert of.rate_hz == pytest.approx(32_000)


def test_files_and_tables_tell_their_number_of_sounds(tmp_path):
    songs = write_songs(tmp_path / "songs")
    plan = plan_of(songs, tmp_path / "out", {"segmenter": "files"})
    assert estimate.estimate(plan, estimate.material(find_jobs(plan))).n_sounds == 4
    rows = "".join(f"day-1/bird_2024-03-01T06-00-00.wav,{k / 10},{k / 10 + 0.05}\n" for k in range(15))
    (tmp_path / "table.csv").write_text("filename,onset_sec,offset_sec\n" + rows, encoding="utf-8")
    plan = plan_of(songs, tmp_path / "out", {"seg_segments_from": str(tmp_path / "table.csv")})
    assert estimate.estimate(plan, estimate.material(find_jobs(plan))).n_sounds == 15


def test_recordings_that_cannot_be_read_are_left_to_the_run(tmp_path):
    songs = write_songs(tmp_path / "songs")
    (songs / "broken.wav").write_bytes(b"RIFF nothing of the kind")
    plan = plan_of(songs, tmp_path / "out")
    of = estimate.material(find_jobs(plan))
    assert of.n_recordings == 5
    assert of.duration_s == pytest.approx(8.0, rel=0.01)
    estimate.check_room(plan, find_jobs(plan))
    assert estimate.material([]) == Material(0, 0.0, 0.0)


def test_a_form_and_a_survey_give_the_same_as_the_recordings_themselves(tmp_path):
    songs = write_songs(tmp_path / "songs")
    form = {"data_dir": str(songs), "output_dir": str(tmp_path / "out"), "subject": "x", "preset": "zebra-finch",
            "values": {}}
    told = estimate.of_form(form, survey.survey(songs))
    plan = plan_of(songs, tmp_path / "out", presets.get("zebra-finch"))
    direct = estimate.estimate(plan, estimate.material(find_jobs(plan)))
    assert (told.n_bytes, told.n_sounds) == (direct.n_bytes, direct.n_sounds)
    with pytest.raises(ParameterError, match="between 2000"):
        estimate.of_form(form | {"values": {"sr": 1}}, survey.survey(songs))


def test_more_work_takes_longer_and_a_method_without_known_time_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "_crowding", lambda _n: 1.0)
    plan = plan_of(tmp_path, tmp_path / "out")

    def seconds(duration_s, n_sounds, *, workers=1, plan=plan, wanted=("spectrogram", "pitch", "segment", "embed")):
        of = Material(10, duration_s, 32_000.0)
        amount = costs.Amount(of, n_sounds, 0.05 * n_sounds, 0)
        return costs.seconds(plan, amount, wanted, workers=workers)

    assert seconds(36_000, 1000)[0][0] > 5 * seconds(3600, 1000)[0][0]
    assert seconds(36_000, 100_000)[0][1] > seconds(36_000, 1000)[0][1]
    assert seconds(36_000, 1000, workers=4)[0][1] < 0.5 * seconds(36_000, 1000)[0][1]
    assert seconds(3600, 1000, wanted=("spectrogram", "project"))[0][0] > seconds(3600, 1000)[0][0]
    assert seconds(3600, 1000)[1] == ""
    other = make_plan(tmp_path, tmp_path / "out", subject="x", values={})
    object.__setattr__(other, "embedder_name", "unheard")
    assert seconds(3600, 1000, plan=other)[1] == "unheard"


def test_it_is_told_in_words():
    told = estimate.Estimate(3, 60.0, 100, (170.0, 310.0), 210_000_000, 0, 48_000_000_000)
    assert told.words == "About 3–5 min, 210 MB; 48 GB free."
    assert told.is_enough
    besides = estimate.Estimate(3, 60.0, 100, (170.0, 310.0), 210_000_000, 0, 48_000_000_000, "whisperseg")
    assert besides.words == "About 3–5 min besides whisperseg, 210 MB; 48 GB free."
    assert not estimate.Estimate(3, 60.0, 100, (0, 0), 2_000_000_000, 0, 2_000_000_000).is_enough


@pytest.mark.parametrize(("low_s", "high_s", "text"), [
    (3, 8, "3–8 s"), (0.2, 0.4, "1 s"), (20, 55, "20–55 s"), (52, 110, "1–2 min"), (3600, 5200, "60–85 min"),
    (4000, 9000, "1–2 h"), (40_000, 90_000, "10–25 h"), (400_000, 900_000, "110–250 h"),
])
def test_spans_of_time_are_rounded(low_s, high_s, text):
    assert estimate.span_text(low_s, high_s) == text
