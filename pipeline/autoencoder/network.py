"""The network: three strided convolutions down to a short code, and the same way back.

On the pictures of `pipeline.vectors.image` (48 × 96) with a code of 128 it has 1,305,728 and 1,314,689 parameters; a
square picture (28 × 28) is not padded in its third layer, so that it comes back at its own size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ParameterError

if TYPE_CHECKING:
    from torch import nn

CHANNELS = (32, 64, 128)


def build(height: int, width: int, latent: int) -> tuple[nn.Module, nn.Module]:
    """(encoder, decoder) for grey pictures (n, 1, height, width) in −1 … 1 and codes (n, latent).

    Raises ParameterError for pictures that would come back at another size.
    """
    from torch import nn

    padding = 0 if height == width else 1
    rows, columns = _halved(height, padding), _halved(width, padding)
    first, second, third = CHANNELS
    flat = third * rows * columns
    _check(height, width, rows, columns, padding)
    encoder = nn.Sequential(
        nn.Conv2d(1, first, 5, stride=2, padding=2), nn.GELU(),
        nn.Conv2d(first, second, 5, stride=2, padding=2), nn.GELU(),
        nn.Conv2d(second, third, 3, stride=2, padding=padding), nn.GELU(),
        nn.Flatten(), nn.Linear(flat, latent),
    )
    decoder = nn.Sequential(
        nn.Linear(latent, flat), nn.GELU(), nn.Unflatten(1, (third, rows, columns)),
        nn.ConvTranspose2d(third, second, 3, stride=2, padding=padding, output_padding=padding), nn.GELU(),
        nn.ConvTranspose2d(second, first, 5, stride=2, padding=2, output_padding=1), nn.GELU(),
        nn.ConvTranspose2d(first, 1, 5, stride=2, padding=2, output_padding=1),
    )
    return encoder, decoder


def _halved(size: int, padding: int) -> int:
    """A side's length after the three convolutions."""
    quarter = ((size + 1) // 2 + 1) // 2
    return (quarter + 2 * padding - 3) // 2 + 1


def _check(height: int, width: int, rows: int, columns: int, padding: int) -> None:
    back = [4 * ((side - 1) * 2 - 2 * padding + 3 + padding) for side in (rows, columns)]
    if min(rows, columns) < 1 or back != [height, width]:
        raise ParameterError(f"Pictures of {height} × {width} pixels do not come back at their own size. Use sides "
                             "that are multiples of 8, or square ones of 28.")
