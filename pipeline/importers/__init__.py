"""Readers of tables of sounds that were made elsewhere; one file is one format."""

from pipeline.importers._match import match
from pipeline.importers._read import read_segments, tables_in
from pipeline.importers._table import ImportedTable

__all__ = ["ImportedTable", "match", "read_segments", "tables_in"]
