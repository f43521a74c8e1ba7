"""Extending a project: which recordings are new, how they are to be worked on, where their sounds lie on the map."""
