"""The colours of clusters: one per number, the same everywhere and for ever."""

from __future__ import annotations

import re

UNASSIGNED = "#c8ccd0"
NOISE = "#495057"

# Chosen greedily, each as far as can be from all before it (OKLab), from the colours that stand out against white as
# well as against #1a1a1a and are not grey. The first twelve are the set whose smallest distance is largest in normal
# sight and in simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009) together.
_TABLE = """
    ff2da5 b4c300 960069 787800 5a96ff 5a00f0 ff96a5 b4964b 0f5a00 3c8778 782da5 2dc3ff d22d00 c30fff a56996 d287ff
    0069c3 00c396 00a500 ff6900 872d1e 875af0 00d200 ffa500 c30fa5 ff3cff a5a5d2 4ba5b4 965a4b 003cc3 e16987 c35ad2
    695a96 c36900 d21e69 3c5aff ff1e4b 0000ff 96b496 ff78d2 9600e1 694b00 00783c 006987 87a500 7878c3 b48787 0f87b4
    e1a5e1 2d4b87 5a4bc3 693c69 b4002d 964ba5 3ca569 d2a587 a53c69 e10fd2 69d269 c35a5a a578ff c387c3 87875a 87c3d2
    c34b96 5a693c e18700 4b78f0 f08769 a53c00 c3b45a 005a4b 3c8700 784b4b 960096 ffa578 875a00 782dff b4b4ff 7896d2
    b42dd2 e15ab4 a596ff d25aff 00a5e1 875a78 00c35a 78b469 00c3d2 e10f96 690fc3 e15a2d 6987a5 ff5a5a 2d3cf0 f069f0
    a578d2 699687 b40078 960f3c d296a5 968700 ff2dd2 ff78a5 ff4b87 5a3c96 ff87ff d2785a 785ac3 b4a500 a53cff 69962d
    873c78 78c300 4b5a0f f01e78 4b2dc3 5a874b ff3c00 3c5aa5 873cc3 4b87d2 9687b4 e11eff a5785a 8787f0 007869 e1003c
    4b7887 e14b69 78b4ff 00a596 96c378 005ae1 a55ac3 e1b400 d23cb4 c369a5 e178b4 a55a0f 5a69b4 5ab4a5 ff872d 1e964b
    b43c3c a52d96 5a5ae1 1e96a5 ff96e1 4bb400 8769a5 ff5ab4 a50fb4 4b5a78 87a578 e14bd2 69b4d2 e1b478 c378e1 004ba5
    2dd2b4 780fe1 963c4b 2d6900 b45aff 8700c3 5a3ce1 1e694b d2965a 1e5a69 00875a 784ba5 4b96c3 4b6996 a55a69 b4a578
    6969ff f000b4 96782d f00f00 b43cb4 3c00f0 0096f0 b496b4 2d78d2 e187e1 87964b c31e4b 5a785a 872d5a 9669e1 a54be1
    785a3c 96b43c 002de1 a57887 5a78a5 c396e1 87693c e1a53c f096c3 d2a5ff 782d87 c34b00 b4875a 2d6969 2d4bc3 a5960f
    4b781e 00d287 ff7878 5a4b87 a54b87 4b5a3c 5aa5f0 784b69 c39687 009678 78c3b4 0087ff c37896 b4005a 5a9669 0069a5
    960fff 008796 c38700 e1a5a5 96a5f0 c3a5c3 a5c3a5 783ce1 783c0f c3b4e1 a50f00 c32d87 5a4b69 87a5c3 005a96 e169d2
    696900 d2781e 4bb45a a55aa5 69c396 c34b78 007896 5a3cff 96a54b 5aa51e 695a78 c30f00 d23ce1 874b1e d25a87 7878e1
"""
PALETTE: tuple[str, ...] = tuple(f"#{code}" for code in _TABLE.split())


def of(cluster_id: int) -> str:
    """The colour a cluster has until a person gives it another: 0 is unassigned, negative numbers are noise."""
    if cluster_id == 0:
        return UNASSIGNED
    return NOISE if cluster_id < 0 else PALETTE[(cluster_id - 1) % len(PALETTE)]


def is_colour(text: str) -> bool:
    """Whether ``text`` is a colour such as ``#2dc3ff``."""
    return re.fullmatch("#[0-9a-fA-F]{6}", text) is not None
