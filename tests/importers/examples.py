"""One small file in each format, all of the same three sounds, and files that are broken in some way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.io

ONSETS_S, OFFSETS_S, LABELS = (0.5, 1.25, 2.0), (0.75, 1.5, 2.5), ("a", "b b", "ñ")
ROWS = list(zip(ONSETS_S, OFFSETS_S, LABELS, strict=True))


def csv(folder: Path) -> Path:
    """The columns of our own data sets."""
    return _lines(folder / "song.csv", "filename,onset_sec,offset_sec,label",
                  *(f"song.wav,{on},{off},{label}" for on, off, label in ROWS))


def generic_seq(folder: Path) -> Path:
    """As crowsetta writes it; the recording does not exist."""
    return _lines(folder / "annotations.csv", "label,onset_s,offset_s,notated_path,annot_path,sequence,annotation",
                  *(f"{label},{on},{off},elsewhere/song.wav,x.csv,0,0" for on, off, label in ROWS))


def whisperseg(folder: Path) -> Path:
    """Lists in one JSON file for each recording."""
    content = {"onset": ONSETS_S, "offset": OFFSETS_S, "cluster": LABELS, "sr": 32000, "species": "zebra_finch"}
    return _lines(folder / "song.json", json.dumps(content))


def raven(folder: Path) -> Path:
    """Each selection is shown by two views."""
    heading = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation"
    rows = (f"{n}\t{view}\t1\t{on}\t{off}\t0\t8000\t{label}" for view in ("Waveform 1", "Spectrogram 1")
            for n, (on, off, label) in enumerate(ROWS, 1))
    return _lines(folder / "song.Table.1.selections.txt", heading, *rows)


def audacity(folder: Path) -> Path:
    """With lines of frequencies."""
    return _lines(folder / "song.txt", *(f"{on:.6f}\t{off:.6f}\t{label}\n\\\t300.0\t8000.0" for on, off, label in ROWS))


def textgrid(folder: Path) -> Path:
    """The long format; what is between the sounds is an interval without text."""
    edges = [0.0, *(time for on, off, _ in ROWS for time in (on, off)), 3.0]
    texts = ["", "a", "", "b b", "", "ñ", ""]
    intervals = [f"intervals [{n}]:\n xmin = {a}\n xmax = {b}\n text = \"{text}\""
                 for n, (a, b, text) in enumerate(zip(edges, edges[1:], texts, strict=False), 1)]
    return _lines(
        folder / "song.TextGrid", 'File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", "xmax = 3",
        "tiers? <exists>", "size = 1", "item []:", "item [1]:", 'class = "IntervalTier"', 'name = "song"', "xmin = 0",
        "xmax = 3", f"intervals: size = {len(intervals)}", *intervals,
    )


def notmat(folder: Path) -> Path:
    """In ms, with a letter for each sound."""
    path = folder / "song.wav.not.mat"
    onsets_ms, offsets_ms = (np.array(times_s)[:, None] * 1000 for times_s in (ONSETS_S, OFFSETS_S))
    labels = np.array(LABELS, object)
    scipy.io.savemat(path, {"onsets": onsets_ms, "offsets": offsets_ms, "labels": labels, "Fs": 32000.0})
    return path


EXAMPLES: dict[str, Callable[[Path], Path]] = {
    function.__name__: function for function in (csv, generic_seq, whisperseg, raven, audacity, textgrid, notmat)
}


def _lines(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _csv(*rows: str) -> bytes:
    return "\n".join(("filename,onset_sec,offset_sec,label", *rows)).encode()


TEXTGRID_HEAD = b'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n3\n<exists>\n1\n'
INTERVALS_HEAD = TEXTGRID_HEAD + b'"IntervalTier"\n"x"\n0\n3\n'

# (format, name, content, what the sentence says beside the file's name)
BROKEN = [
    ("csv", "t.csv", b"", "is empty"),
    ("csv", "t.csv", b"\x89PNG\r\n\0\0", "is no text file"),
    ("csv", "t.csv", b"filename,label\nx.wav,a\n", "line 1: there is no column onset_sec.*filename, label.*--labels"),
    ("csv", "t.csv", b"filename,onset_sec,label\nx.wav,1,a\n", "line 1: there is no column offset_sec"),
    ("csv", "t.csv", _csv("x.wav,1,2,a", "x.wav,one,2,a"), "line 3: 'one' is no number in the column 'onset_sec'"),
    ("csv", "t.csv", _csv("", "x.wav,,2,a"), "line 3: there is no number in the column 'onset_sec'"),
    ("csv", "t.csv", _csv("x.wav,1,2,a,b"), "line 2: the row has 5 cells, but the heading has 4"),
    ("csv", "t.csv", _csv("x.wav,2,1,a"), "line 2: the sound begins at 2 s and ends at 1 s, before it begins"),
    ("csv", "t.csv", _csv("x.wav,-0.5,1,a"), "line 2: the sound begins at -0.5 s, before the recording"),
    ("csv", "t.csv", _csv("x.wav,1,nan,a", "x.wav,inf,2,a"), "line 2: .* has no finite time.* 1 more are wrong"),
    ("csv", "t.csv", _csv('x.wav,1,2,"' + "a" * 200_000), "line 2: field larger than field limit"),
    ("generic_seq", "t.csv", b"label,onset_sample,offset_sample,notated_path\na,1,2,x\n", "needs the column onset_s"),
    ("whisperseg", "t.json", b'{"onset": [1, 2], "offset": [2', "line 1, column 31: this is no JSON"),
    ("whisperseg", "t.json", b'{"onset": [1, 2], "offset": [2]}', "2 onsets but 1 offsets|1 offsets"),
    ("whisperseg", "t.json", b'{"onset": [1], "cluster": ["a"]}', "has no list 'offset'"),
    ("whisperseg", "t.json", b'{"onset": [1, "x"], "offset": [2, 3]}', "onset 2 is 'x', but must be a number"),
    ("whisperseg", "t.json", b'{"onset": [1], "offset": [NaN]}', "sound 1: .* has no finite time"),
    ("whisperseg", "t.json", b'{"onset": [], "offset": [], "cluster": "a"}', "has no list 'cluster'"),
    ("raven", "t.txt", b"Selection\tView\tBegin Time (s)\n1\tSpectrogram 1\t1\n", "needs the column 'End Time"),
    ("raven", "t.txt", b"Begin Time (s)\tEnd Time (s)\n1\tx\n", "line 2: 'x' is no number in the column 'End Time"),
    ("audacity", "t.txt", b"1.0\t2.0\ta\n2.5\n", "line 2: a line of a label track is start, end and label"),
    ("audacity", "t.txt", b"1.0\t2.0\ta\n2.0\tx\n", "line 2: 'x' is no number in the column 'end'"),
    ("audacity", "t.txt", b"2.0\t1.0\ta\n", "line 1: the sound begins at 2 s and ends at 1 s"),
    ("textgrid", "t.TextGrid", b"", "line 1: the file ends too early"),
    ("textgrid", "t.TextGrid", b"some text", "the file ends too early"),
    ("textgrid", "t.TextGrid", b'"ooTextFile"\n"Sound"\n', "line 2: this is no TextGrid"),
    ("textgrid", "t.TextGrid", INTERVALS_HEAD + b'2\n0\n1\n"a"\n1\n', "ends too early"),
    ("textgrid", "t.TextGrid", INTERVALS_HEAD + b'1\n2\n1\n"a"\n', "line 14: the sound begins"),
    ("textgrid", "t.TextGrid", TEXTGRID_HEAD + b'"Tier"\n"x"\n0\n3\n1\n', "'Tier' is no kind of tier"),
    ("textgrid", "t.TextGrid", INTERVALS_HEAD + b'1\n"a"\n1\n2\n', "line 13: a number is expected"),
    ("notmat", "t.not.mat", b"no MATLAB file at all, but long enough" * 10, "is no MATLAB file that can be read"),
    ("notmat", "t.not.mat", b"", "is no MATLAB file that can be read"),
    ("notmat", "t.not.mat", b"MATLAB 7.3 MAT-file, Platform: GLNXA64", "Save it in MATLAB with the option -v7"),
]
