"""Writers of what a project holds for other programs; one file is one format.

``files(dataset, labels, name)`` says what it consists of, line by line, before any of it is made: see ``_files.py``.
"""
