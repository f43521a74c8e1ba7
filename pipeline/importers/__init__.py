"""Readers of tables made elsewhere; one file is one format."""
