"""Variables of MATLAB files (MAT 5, as MATLAB 5 to 7.2 and `-v7` write them): numbers, texts, lists of texts.

A reader of our own, because scipy's takes the whole process down with some damaged files. After MathWorks, "MAT-File
Format", level 5. Sizes are checked against what is there before anything is made of it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator

import numpy as np

HEADER_BYTES, ORDER_AT = 128, 126
ORDERS = {b"IM": "<", b"MI": ">"}
MATRIX, COMPRESSED, UTF8, UTF16 = 14, 15, 16, 17
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
CELL_CLASS, CHAR_CLASS, NUMBER_CLASSES = 1, 4, range(6, 16)
LARGEST_BYTES = 1 << 28                # what compressed data may become
Value = np.ndarray | list[str]
Element = tuple[int, bytes]            # type, content


def variables(raw: bytes, wanted: Collection[str]) -> dict[str, Value]:
    """The wanted variables of a file: numbers as float64 (n,), a text or list of texts as a list.

    Raises ValueError with a reason for what is no such file or is damaged.
    """
    order = ORDERS.get(raw[ORDER_AT:HEADER_BYTES])
    if order is None:
        raise ValueError("it has no MAT 5 header")
    found = {}
    for content in _matrices(_elements(raw[HEADER_BYTES:], order), order):
        name, value = _variable(content, order, wanted)
        if value is not None:
            found[name] = value
    return found


def _matrices(elements: Iterator[Element], order: str) -> Iterator[bytes]:
    for kind, content in elements:
        if kind == COMPRESSED:
            kind, content = next(_elements(_inflated(content), order), (0, b""))
        if kind == MATRIX:
            yield content


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, LARGEST_BYTES)
    except zlib.error as error:
        raise ValueError("its compressed part is damaged") from error


def _elements(content: bytes, order: str) -> Iterator[Element]:
    """One tagged element after the other."""
    position = 0
    while position + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, position)
        if kind >> 16:   # up to four bytes lie within the tag itself
            kind, size, start, step = kind & 0xFFFF, kind >> 16, position + 4, 8
        else:
            start = position + 8
            step = 8 + size + (-size % 8 if kind != COMPRESSED else 0)
        if start + size > len(content):
            raise ValueError("it is cut off")
        yield kind, content[start:start + size]
        position += step


def _variable(content: bytes, order: str, wanted: Collection[str]) -> tuple[str, Value | None]:
    """A variable's name and, if it is wanted and of a kind that is understood, its value."""
    elements = _elements(content, order)
    flags, _dims, name = (next(elements, (0, b""))[1] for _ in range(3))
    text = name.decode("ascii", "replace")
    return text, _value(flags, elements, order) if text in wanted else None


def _value(flags: bytes, elements: Iterator[Element], order: str) -> Value | None:
    if len(flags) < 4:
        raise ValueError("a variable has no description")
    matlab_class = struct.unpack_from(f"{order}I", flags)[0] & 0xFF
    if matlab_class == CELL_CLASS:
        return [_text(part, order) for kind, part in elements if kind == MATRIX]
    kind, content = next(elements, (2, b""))
    if matlab_class == CHAR_CLASS:
        return [_characters(kind, content, order)]
    return _numbers(kind, content, order).astype(np.float64) if matlab_class in NUMBER_CLASSES else None


def _text(content: bytes, order: str) -> str:
    """One cell of a list, which should be a text."""
    elements = _elements(content, order)
    for _ in range(3):   # flags, dimensions and an empty name
        next(elements, None)
    return _characters(*next(elements, (2, b"")), order)


def _characters(kind: int, content: bytes, order: str) -> str:
    if kind == UTF8:
        return content.decode("utf-8", "replace")
    if kind == UTF16:
        return content.decode("utf-16-le" if order == "<" else "utf-16-be", "replace")
    return "".join(chr(int(code)) if 0 <= code < 0x10000 else "?" for code in _numbers(kind, content, order))


def _numbers(kind: int, content: bytes, order: str) -> np.ndarray:
    if kind not in NUMBERS:
        raise ValueError(f"it holds data of an unknown type ({kind})")
    dtype = np.dtype(order + NUMBERS[kind])
    return np.frombuffer(content[:len(content) // dtype.itemsize * dtype.itemsize], dtype)
