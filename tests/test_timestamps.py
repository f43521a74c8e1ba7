"""When a recording was made, as its name, its path or its header says."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ParameterError
from pipeline.timestamps import recorded_at


def utc(*numbers: int) -> float:
    return datetime(*numbers, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(("name", "when"), [
    ("llb16_0602_2018_05_07_14_23_49.wav", utc(2018, 5, 7, 14, 23, 49)),
    ("lbr3009_0005_2017_04_27_06_14_46.wav", utc(2017, 4, 27, 6, 14, 46)),
    ("PS_20130625111709_ch3.wav", utc(2013, 6, 25, 11, 17, 9)),
    ("2021-03-04T05-06-07.wav", utc(2021, 3, 4, 5, 6, 7)),
    ("2021-03-04T05:06:07Z.wav", utc(2021, 3, 4, 5, 6, 7)),
    ("2021-03-04T05:06:07+02:00.wav", utc(2021, 3, 4, 3, 6, 7)),
    ("20210304_050607.WAV", utc(2021, 3, 4, 5, 6, 7)),
    ("20210304_050607.250.wav", utc(2021, 3, 4, 5, 6, 7, 250_000)),
    ("20210304050607250.wav", utc(2021, 3, 4, 5, 6, 7, 250_000)),
    ("2018_05_07_14_23_49_125.wav", utc(2018, 5, 7, 14, 23, 49, 125_000)),
    ("2018_5_7_4_3_9.wav", utc(2018, 5, 7, 4, 3, 9)),
    ("2021-03-04 050607.wav", utc(2021, 3, 4, 5, 6, 7)),
    ("bird/2021-03-04/05-06-07.wav", utc(2021, 3, 4, 5, 6, 7)),
    ("20210101_000000/20210304_050607.wav", utc(2021, 3, 4, 5, 6, 7)),
    ("20210304_050607/song.wav", utc(2021, 3, 4, 5, 6, 7)),
    ("bird\n<b>20210304_050607.wav", utc(2021, 3, 4, 5, 6, 7)),
])
def test_stamps_like_iso(name, when):
    assert recorded_at(name) == when


@pytest.mark.parametrize(("name", "when"), [
    ("gy6or6_baseline_230312_0808.138.wav", utc(2012, 3, 23, 8, 8)),
    ("bl26lb16_190412_0721.20144.cbin", utc(2012, 4, 19, 7, 21)),
    ("old_010299_2359.1.wav", utc(1999, 2, 1, 23, 59)),
])
def test_evsonganaly_writes_day_month_year(name, when):
    assert recorded_at(name) == when


@pytest.mark.parametrize(("name", "when"), [
    ("R3428_40932.29996086_1_24_8_19_56.flac", utc(2012, 1, 24, 8, 19, 56, 86_000)),
    ("G402_43362.23449387_9_19_6_30_49.flac", utc(2018, 9, 19, 6, 30, 49, 387_000)),
    ("G402_43362.86399999_9_19_6_30_49.flac", utc(2018, 9, 19, 6, 30, 49)),    # ms that contradict the time
])
def test_sound_analysis_pro_counts_days_since_1899(name, when):
    assert recorded_at(name) == pytest.approx(when, abs=1e-3)


@pytest.mark.parametrize("name", [
    "", "bird.wav", "0_jackson_0.wav", "ZIP040_2022_ML_01.wav", "WhiLbl0010_110411-DC-01.wav",
    "2021-13-04T05-06-07.wav",          # a thirteenth month
    "2021-02-30T05-06-07.wav",          # a 30th of February
    "2021-03-04T25-06-07.wav",          # a 25th hour
    "1949-12-31T05-06-07.wav", "21010304_050607.wav",
    "120210304_050607.wav", "20210304_0506071234.wav",     # longer numbers that only contain one
    "40932.29996086_6_24_8_19_56.wav",  # the serial is a day in January
    "99999999999999.wav", "x_991399_9999.wav",
])
def test_no_stamp_no_time(name):
    assert math.isnan(recorded_at(name))


@given(st.text(max_size=60))
def test_any_name_is_answered(name):
    answer = recorded_at(name)
    assert math.isnan(answer) or utc(1949, 12, 31) <= answer <= utc(2101, 1, 2)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 12, 31)))
def test_every_time_is_read_as_it_was_written(when):
    whole = when.replace(microsecond=0, tzinfo=UTC)
    assert recorded_at(f"bird_{whole:%Y%m%d_%H%M%S}.wav") == whole.timestamp()
    assert recorded_at(f"bird_{whole:%Y-%m-%d}T{whole:%H-%M-%S}.wav") == whole.timestamp()


@pytest.mark.parametrize(("name", "time_format", "when"), [
    ("bird 7.3.2021 5h06.wav", "%d.%m.%Y %Hh%M", utc(2021, 3, 7, 5, 6)),
    ("20210304_050607.wav", "%Y%d%m", utc(2021, 4, 3)),
    ("day 2021-03-04/a_0506.wav", "%Y-%m-%d/a_%H%M", utc(2021, 3, 4, 5, 6)),
    ("Mar 4 2021 05-06 PM.wav", "%b %d %Y %I-%M %p", utc(2021, 3, 4, 17, 6)),
    ("a_100%_2021-063.wav", "100%%_%Y-%j", utc(2021, 3, 4)),
])
def test_a_format_that_is_given_is_found_within_the_name(name, time_format, when):
    assert recorded_at(name, time_format=time_format) == when


def test_a_given_format_is_all_that_counts():
    assert math.isnan(recorded_at("20210304_050607.wav", time_format="%Y-%m-%d"))


@pytest.mark.parametrize("time_format", ["%Q", "no directive", "%Y%"])
def test_a_format_that_makes_no_sense_is_refused(time_format):
    with pytest.raises(ParameterError, match="cannot be used"):
        recorded_at("a.wav", time_format=time_format)


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def audiomoth(path: Path, comment: bytes, *, data_first: bool = False) -> Path:
    """A WAV file with a comment as an AudioMoth writes it."""
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
    info, data = chunk(b"LIST", b"INFO" + chunk(b"ICMT", comment)), chunk(b"data", bytes(16))
    body = b"WAVE" + form + (data + info if data_first else info + data)
    path.write_bytes(chunk(b"RIFF", body))
    return path


@pytest.mark.parametrize(("zone", "ahead"), [("UTC", 0), ("UTC+1", 60), ("UTC-3:30", -210), ("UTC+10:30", 630)])
@pytest.mark.parametrize("data_first", [False, True])
def test_an_audiomoth_says_it_in_its_header_and_knows_its_zone(tmp_path, zone, ahead, data_first):
    comment = f"Recorded at 19:10:00 13/03/2020 ({zone}) by AudioMoth 243B1F02 at medium gain".encode()
    path = audiomoth(tmp_path / "20200313_191000.WAV", comment, data_first=data_first)
    expected = datetime(2020, 3, 13, 19, 10, tzinfo=timezone(timedelta(minutes=ahead))).timestamp()
    assert recorded_at(path.name, path) == expected


def test_a_header_with_an_impossible_date_counts_for_nothing(tmp_path):
    path = audiomoth(tmp_path / "a.wav", b"Recorded at 19:10:00 31/02/2020 (UTC) by AudioMoth")
    assert math.isnan(recorded_at(path.name, path))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\xff", b"text"])
def test_a_broken_header_leaves_the_name(tmp_path, content):
    path = tmp_path / "20210304_050607.wav"
    path.write_bytes(content)
    assert recorded_at(path.name, path) == utc(2021, 3, 4, 5, 6, 7)


def test_a_file_that_is_gone_leaves_the_name(tmp_path):
    assert recorded_at("20210304_050607.wav", tmp_path / "gone.wav") == utc(2021, 3, 4, 5, 6, 7)


def test_a_real_audiomoth(data_set):
    path = data_set("formats_edge") / "audiomoth_gps.wav"
    assert recorded_at(path.name, path) == utc(2024, 5, 28, 10, 0, 0)
