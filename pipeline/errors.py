"""The errors a person can act on.

Each is raised with a whole sentence: what happened, to which file, and what to do. They are caught in one place
on each side: the command line's ``main`` and the dashboard's ``on_error``.
"""


class SyllabaryError(Exception):
    """Root of the tree; its text is shown to the person as it stands."""

    exit_code = 1


class ParameterError(SyllabaryError):
    """A parameter has a value it cannot have, or two of them do not go together."""

    exit_code = 2


class AudioError(SyllabaryError):
    """A recording cannot be read, or holds nothing that can be worked on."""


class CheckpointError(SyllabaryError):
    """A neural model's checkpoint is missing, incomplete, or of another kind than the method needs."""

    exit_code = 2


class TableError(SyllabaryError):
    """A table of segments or labels cannot be understood."""


class ProjectError(SyllabaryError):
    """A project file is missing, damaged, or not a project."""


class JournalError(ProjectError):
    """The journal beside a project does not belong to it, or cannot be read."""


class LabelsAtRiskError(ProjectError):
    """Going on would lose labels that a person has given."""


class EditError(SyllabaryError):
    """An edit makes no sense for the labels as they are."""


class ConflictError(EditError):
    """An edit was made from an outdated view and touches what has changed since."""


class ExportError(SyllabaryError):
    """What was asked for cannot be written there, or nothing of it is in the project."""


class UploadError(SyllabaryError):
    """Files that a browser sends are not taken, or did not come whole."""


class AccessError(SyllabaryError):
    """A person may not do this, or not in this project."""


class RunError(SyllabaryError):
    """A pipeline run ended without a result."""
