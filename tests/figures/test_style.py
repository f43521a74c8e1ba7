"""Figures as files: they are what they say, the same each time, and any text is text."""

from __future__ import annotations

import io
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from pipeline import settings
from pipeline.errors import ExportError, ProjectError
from pipeline.figures import style

STRANGE = ("$x^2$ & <b>bold</b> \\frac", "птица", "鳥の歌", "שלום مرحبا", "a\u200bb\x1b", "_under_ {brace} %")


def simple(words="a title"):
    figure = style.figure(85, 60)
    axes = style.axes(figure, left=10, top=8, width=65, height=40)
    axes.plot([1, 2, 3], [3, 1, 2])
    axes.set_title(words)
    return figure


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def pixels(png):
    with Image.open(io.BytesIO(png)) as picture:
        return picture.tobytes()


def test_a_png_has_its_size_in_pixels(tmp_path):
    style.save(simple(), tmp_path / "figure.png")
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.size == (1003, 708)
        assert round(picture.info["dpi"][0]) == 300
    style.save(simple(), tmp_path / "small.PNG", dpi=100)
    with Image.open(tmp_path / "small.PNG") as picture:
        assert picture.size == (334, 236)


def test_an_svg_holds_text_as_text():
    svg = style.encoded(simple("Names & <marks>"), ".svg").decode()
    assert "Names & <marks>" in texts(svg)
    assert ET.fromstring(svg).attrib["width"].startswith("240.9")       # points: 85 mm


def test_a_pdf_has_its_size_and_its_fonts():
    pdf = style.encoded(simple(), ".pdf")
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [ 0 0 240.94" in pdf
    assert b"/FontFile2" in pdf         # TrueType, embedded
    assert b"DejaVuSans" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


def test_several_figures_are_the_pages_of_one_pdf(tmp_path):
    path = style.save_pages((simple(str(number)) for number in range(3)), tmp_path / "pages.pdf")
    assert path.read_bytes().count(b"/MediaBox") == 3
    assert style.encoded_pages(simple(str(number)) for number in range(3)) == path.read_bytes()


@pytest.mark.parametrize("suffix", style.SUFFIXES)
def test_the_same_figure_is_the_same_file(suffix):
    assert style.encoded(simple(), suffix) == style.encoded(simple(), suffix)


@pytest.mark.parametrize("suffix", style.SUFFIXES)
def test_it_is_the_same_in_another_process_and_nothing_is_said(tmp_path, suffix):
    code = ("import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3]); import test_style as t; "
            "t.style.save(t.simple(t.STRANGE[2]), Path(sys.argv[1] + sys.argv[2]))")
    done = subprocess.run([sys.executable, "-W", "always", "-c", code, str(tmp_path / "other"), suffix,
                           str(Path(__file__).parent)], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert done.stderr == ""
    assert (tmp_path / f"other{suffix}").read_bytes() == style.encoded(simple(STRANGE[2]), suffix)


@pytest.mark.parametrize("words", STRANGE)
def test_any_text_is_shown_as_it_stands(words):
    shown = style.shown(words)
    assert shown in texts(style.encoded(simple(shown), ".svg").decode())
    assert style.encoded(simple(shown), ".pdf").startswith(b"%PDF")
    assert pixels(style.encoded(simple(shown), ".png")) != pixels(style.encoded(simple(""), ".png"))


def test_a_persons_own_settings_change_nothing(tmp_path, monkeypatch):
    library = style.matplotlib()
    assert library.rcParams["text.parse_math"] is False
    assert Path(library.get_cachedir()).is_relative_to(settings.cache_dir())
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nlines.linewidth: 9\nthis is broken\n")
    code = "from pipeline.figures import style; print(style.matplotlib().rcParams['font.size'])"
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "matplotlibrc"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert float(done.stdout) == style.TEXT_PT


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ExportError, match=r"\.png, \.svg or \.pdf"):
        style.save(simple(), tmp_path / "figure.bmp")
    with pytest.raises(ExportError, match="too large"):
        style.save(style.figure(2_000, 2_000), tmp_path / "figure.png", dpi=1_000)
    with pytest.raises(ProjectError, match="could not be written"):
        style.save(simple(), tmp_path / "missing" / "figure.png")
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_ends_in_an_ellipsis():
    assert style.fitting("short", 30) == "short"
    cut = style.fitting("a name that is far too long for its place", 20)
    assert cut.endswith("…")
    assert 15 < style.text_width_mm(cut) <= 20
    assert style.fitting("anything", 0.5) == "…"


def test_signs_that_the_first_font_lacks_come_from_another(monkeypatch):
    sign = "\N{ARC}"          # in STIXGeneral, which matplotlib brings along, but not in DejaVu Sans
    without = style.encoded(simple(sign), ".pdf")
    monkeypatch.setattr(style, "OTHER_SCRIPTS", ("A font that nobody has", "STIXGeneral"))
    style._styled.cache_clear()
    try:
        with_another = style.encoded(simple(sign), ".pdf")
    finally:
        monkeypatch.undo()
        style._styled.cache_clear()
    assert b"STIXGeneral" in with_another
    assert b"STIXGeneral" not in without
    assert style.encoded(simple(sign), ".pdf") == without
