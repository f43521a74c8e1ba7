"""The literature of the methods that a project was made with, as the files of the methods name it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One publication: ``short`` as it stands in a sentence, ``full`` as it stands in a list."""

    short: str
    full: str


REFERENCES = {
    "umap": Reference(
        "McInnes, Healy & Melville 2018",
        "McInnes L, Healy J, Melville J (2018). UMAP: uniform manifold approximation and projection for dimension "
        "reduction. arXiv:1802.03426."),
    "hdbscan": Reference(
        "Campello, Moulavi & Sander 2013",
        "Campello RJGB, Moulavi D, Sander J (2013). Density-based clustering based on hierarchical density estimates. "
        "Advances in Knowledge Discovery and Data Mining (PAKDD), 160–172."),
    "hdbscan-fast": Reference(
        "McInnes & Healy 2017",
        "McInnes L, Healy J (2017). Accelerated hierarchical density based clustering. IEEE International Conference "
        "on Data Mining Workshops, 33–42."),
    "dbscan": Reference(
        "Ester, Kriegel, Sander & Xu 1996",
        "Ester M, Kriegel H-P, Sander J, Xu X (1996). A density-based algorithm for discovering clusters in large "
        "spatial databases with noise. Proceedings of KDD-96, 226–231."),
    "kmeans": Reference(
        "Lloyd 1982",
        "Lloyd SP (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28, 129–137."),
    "kmeans-begin": Reference(
        "Arthur & Vassilvitskii 2007",
        "Arthur D, Vassilvitskii S (2007). k-means++: the advantages of careful seeding. Proceedings of the 18th "
        "ACM-SIAM Symposium on Discrete Algorithms, 1027–1035."),
    "fcm": Reference(
        "Bezdek 1981",
        "Bezdek JC (1981). Pattern Recognition with Fuzzy Objective Function Algorithms. Plenum Press, New York."),
    "fcm-first": Reference(
        "Dunn 1973",
        "Dunn JC (1973). A fuzzy relative of the ISODATA process and its use in detecting compact well-separated "
        "clusters. Journal of Cybernetics 3, 32–57."),
    "spectral": Reference(
        "Shi & Malik 2000",
        "Shi J, Malik J (2000). Normalized cuts and image segmentation. IEEE Transactions on Pattern Analysis and "
        "Machine Intelligence 22, 888–905."),
    "spectral-more": Reference(
        "Ng, Jordan & Weiss 2001",
        "Ng AY, Jordan MI, Weiss Y (2001). On spectral clustering: analysis and an algorithm. Advances in Neural "
        "Information Processing Systems 14, 849–856."),
    "pitch": Reference(
        "Boersma 1993",
        "Boersma P (1993). Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio "
        "of a sampled sound. Proceedings of the Institute of Phonetic Sciences, Amsterdam 17, 97–110."),
    "whisperseg": Reference(
        "Gu et al.",
        "Gu N, Lee K, Basha M, Ram SK, You G, Hahnloser RHR (2024). Positive transfer of the Whisper speech "
        "transformer to human and animal voice activity detection. IEEE ICASSP 2024, 7505–7509."),
}
# Of each method, by its file, what it names.
OF_METHODS = {
    "projectors/umap": ("umap",), "clusterers/hdbscan": ("hdbscan", "hdbscan-fast"), "clusterers/dbscan": ("dbscan",),
    "clusterers/kmeans": ("kmeans", "kmeans-begin"), "clusterers/fcm": ("fcm-first", "fcm"),
    "clusterers/spectral": ("spectral", "spectral-more"), "segmenters/whisperseg": ("whisperseg",), "pitch": ("pitch",),
}


def short(method: str) -> str:
    """What a sentence names for a method, such as ``Lloyd 1982; Arthur & Vassilvitskii 2007``; "" for none."""
    return "; ".join(REFERENCES[key].short for key in OF_METHODS.get(method, ()))


def listed(methods: Iterable[str]) -> list[str]:
    """The full references of methods, in the order of their authors."""
    return sorted({REFERENCES[key].full for method in methods for key in OF_METHODS.get(method, ())})
