"""Round trip: tables that were exported and edited elsewhere come back as a difference, and into the project."""

from pipeline.roundtrip.difference import Difference, How, compare

__all__ = ["Difference", "How", "compare"]
