"""A drawing of rectangles, lines and texts that can be written as SVG and as PNG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from pipeline.text import printable

if TYPE_CHECKING:
    from PIL.Image import Image

INK, PALE, PAPER = "#1f2430", "#8a93a3", "#ffffff"
MOST_PNG_PIXELS = 60_000_000


@dataclass
class Canvas:
    """Shapes, the first below; all in pixels from the upper left corner."""

    width: int
    height: int
    _shapes: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def rectangle(self, box: tuple[float, float, float, float], colour: str) -> None:
        """A filled rectangle: left, top, right, bottom."""
        self._shapes.append(("rectangle", (*box, colour)))

    def line(self, points: list[tuple[float, float]], colour: str = INK) -> None:
        """A line of one pixel through some points."""
        self._shapes.append(("line", (points, colour)))

    def polygon(self, points: list[tuple[float, float]], colour: str) -> None:
        """A filled shape."""
        self._shapes.append(("polygon", (points, colour)))

    def image(self, box: tuple[float, float, float, float], pixels: np.ndarray) -> None:
        """Pixels uint8 (rows, columns, 3), each a rectangle of the same size."""
        self._shapes.append(("image", (*box, pixels)))

    def text(self, place: tuple[float, float], text: str, *, size: int = 12, colour: str = INK, up: bool = False
             ) -> None:
        """A text that begins at ``place``, half its height above; ``up``: written upwards from there."""
        self._shapes.append(("text", (*place, printable(text), size, colour, up)))

    def svg(self) -> str:
        """The drawing as a document."""
        shapes = "\n".join(getattr(self, f"_svg_{kind}")(*values) for kind, values in self._shapes)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" viewBox="0 0 '
                f'{self.width} {self.height}" font-family="sans-serif">\n<rect width="100%" height="100%" '
                f'fill="{PAPER}"/>\n{shapes}\n</svg>\n')

    def picture(self) -> Image:
        """The drawing as pixels, twice as fine where that is not too large."""
        from PIL import Image, ImageDraw

        scale = 2 if 4 * self.width * self.height <= MOST_PNG_PIXELS else 1
        image = Image.new("RGB", (self.width * scale, self.height * scale), PAPER)
        pen = ImageDraw.Draw(image)
        for kind, values in self._shapes:
            getattr(self, f"_draw_{kind}")(image, pen, scale, *values)
        return image

    def save(self, stem: Path) -> list[Path]:
        """Write ``stem``.png and ``stem``.svg."""
        png, svg = stem.with_suffix(".png"), stem.with_suffix(".svg")
        self.picture().save(png, "PNG", compress_level=3)
        svg.write_text(self.svg(), encoding="utf-8")
        return [png, svg]

    def _svg_rectangle(self, left: float, top: float, right: float, bottom: float, colour: str) -> str:
        return (f'<rect x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}" '
                f'fill="{colour}"/>')

    def _svg_image(self, left: float, top: float, right: float, bottom: float, pixels: np.ndarray) -> str:
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        data = base64.b64encode(file.getvalue()).decode()
        return (f'<image x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}" '
                f'preserveAspectRatio="none" style="image-rendering: pixelated" href="data:image/png;base64,{data}"/>')

    def _svg_line(self, points: list[tuple[float, float]], colour: str) -> str:
        return f'<polyline points="{_joined(points)}" fill="none" stroke="{colour}"/>'

    def _svg_polygon(self, points: list[tuple[float, float]], colour: str) -> str:
        return f'<polygon points="{_joined(points)}" fill="{colour}"/>'

    def _svg_text(self, x: float, y: float, text: str, size: int, colour: str, up: bool) -> str:
        turn = f" transform={quoteattr(f'rotate(-90 {x:.2f} {y:.2f})')}" if up else ""
        return (f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" fill="{colour}" dominant-baseline="central"{turn}>'
                f"{escape(text)}</text>")

    def _draw_rectangle(self, _image: Image, pen: Any, scale: int, left: float, top: float, right: float, bottom: float,
                        colour: str) -> None:
        right, bottom = max(left, right - 1 / scale), max(top, bottom - 1 / scale)    # Pillow's corners belong to it
        pen.rectangle(tuple(scale * value for value in (left, top, right, bottom)), fill=colour)

    def _draw_image(self, image: Image, _pen: Any, scale: int, left: float, top: float, right: float, bottom: float,
                    pixels: np.ndarray) -> None:
        from PIL import Image as Images

        size = (round(scale * (right - left)), round(scale * (bottom - top)))
        image.paste(Images.fromarray(pixels).resize(size, Images.Resampling.NEAREST), (round(scale * left),
                                                                                       round(scale * top)))

    def _draw_line(self, _image: Image, pen: Any, scale: int, points: list[tuple[float, float]], colour: str) -> None:
        pen.line([(scale * x, scale * y) for x, y in points], fill=colour, width=scale)

    def _draw_polygon(self, _image: Image, pen: Any, scale: int, points: list[tuple[float, float]], colour: str
                      ) -> None:
        pen.polygon([(scale * x, scale * y) for x, y in points], fill=colour)

    def _draw_text(self, image: Image, pen: Any, scale: int, x: float, y: float, text: str, size: int, colour: str,
                   up: bool) -> None:
        from PIL import Image as Images
        from PIL import ImageDraw, ImageFont

        font = ImageFont.load_default(size * scale)
        if not up:
            pen.text((scale * x, scale * y), text, fill=colour, font=font, anchor="lm")
            return
        width = int(font.getlength(text)) + 2
        label = Images.new("L", (width, int(1.4 * size * scale)))
        ImageDraw.Draw(label).text((0, label.height / 2), text, fill=255, font=font, anchor="lm")
        turned = label.rotate(90, expand=True)
        image.paste(colour, (int(scale * x) - turned.width // 2, int(scale * y) - turned.height), turned)


def _joined(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
