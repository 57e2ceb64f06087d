"""Reads the text and the size of the pages of a PDF that Chromium has printed."""

import re
import unicodedata
import zlib
from typing import NamedTuple

_OBJECT = re.compile(rb"(?:^|\s)(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_DIGITS = r"<([0-9A-Fa-f]+)>\s*"


class Page(NamedTuple):
    """A page: width and height in millimetres, and its text without any blanks.

    How far words stand apart is a matter of places on the page, so that blanks tell nothing.
    """

    size: tuple[float, float]
    text: str


def read_pages(content):
    """Read all pages."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    return [_read_page(body, objects) for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]


def without_blanks(text):
    """Write a text without blanks, and with letters in place of ligatures."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _read_page(body, objects):
    left, bottom, right, top = map(float, re.search(rb"/MediaBox\s*\[([^\]]*)\]", body)[1].split())
    fonts = {
        name: _read_font(objects[int(number)], objects)
        for name, number in re.findall(rb"/(F\d+)\s+(\d+) 0 R", _resolve(body, rb"/Font", objects))
    }
    drawn = _stream(objects[int(re.search(rb"/Contents\s+(\d+) 0 R", body)[1])]).decode("latin-1")
    text, font = [], {}
    for name, shown in re.findall(r"/(F\d+)\s+[\d.]+\s+Tf|(<[0-9A-Fa-f]+>)", drawn):
        if name:
            font = fonts[name.encode()]
        else:
            text += [font[int(shown[at : at + 4], 16)] for at in range(1, len(shown) - 1, 4)]
    millimetres = 25.4 / 72
    size = round((right - left) * millimetres, 1), round((top - bottom) * millimetres, 1)
    return Page(size, without_blanks("".join(text)))


def _resolve(body, name, objects):
    """Find a dictionary that stands in an object, or that it refers to."""
    reference = re.search(name + rb"\s+(\d+) 0 R", body)
    if reference:
        return objects[int(reference[1])]
    resources = re.search(rb"/Resources\s+(\d+) 0 R", body)
    return re.search(name + rb"\s*<<(.*?)>>", objects[int(resources[1])] if resources else body, re.DOTALL)[1]


def _read_font(body, objects):
    """Read which text each glyph stands for (the font's ToUnicode table)."""
    table = _stream(objects[int(re.search(rb"/ToUnicode\s+(\d+) 0 R", body)[1])]).decode("ascii")
    glyphs = {}
    for kind, block in re.findall(r"beginbf(char|range)(.*?)endbf", table, re.DOTALL):
        for first, *last, text in re.findall(_DIGITS * (2 if kind == "char" else 3), block):
            start = int(first, 16)
            for glyph in range(start, 1 + int(last[0] if last else first, 16)):
                end = int(text[-4:], 16) + glyph - start
                glyphs[glyph] = bytes.fromhex(text[:-4]).decode("utf-16-be") + chr(end)
    return glyphs


def _stream(body):
    packed = _STREAM.search(body)[1]
    return zlib.decompress(packed) if b"FlateDecode" in body else packed
