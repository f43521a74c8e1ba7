"""What others have published on known data sets, to be held against: NMI and ACC as shares of 1.

ACC here is what `measures.label_scores` calls ``acc_purity_assignment`` unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One line of a published table: which data set with how many classes, by what, with which scores."""

    data_set: str
    n_classes: int
    way: str
    nmi: float
    acc: float | None


TABLE: tuple[Published, ...] = (
    Published("TESS", 14, "MFCC, ward", 0.94, 0.89),
    Published("TESS", 14, "autoencoder on spectrograms", 0.96, 0.90),
    Published("UrbanSound8K", 10, "best of classical and autoencoder", 0.23, 0.32),
    Published("Music Audio Benchmark", 9, "best of classical and autoencoder", 0.16, 0.29),
    Published("MNIST", 10, "autoencoder with a code of 10, k-means", 0.76, 0.77),
)


def on(name: str) -> list[Published]:
    """The lines for the data set that a project's name tells of, such as ``tess_full``."""
    flat = "".join(char for char in name.lower() if char.isalnum())
    return [line for line in TABLE if "".join(c for c in line.data_set.lower() if c.isalnum()) in flat]
