"""Clusterers: one file, one way to group points."""

from pipeline.clusterers._result import NOISE, Clustering

__all__ = ["NOISE", "Clustering"]
