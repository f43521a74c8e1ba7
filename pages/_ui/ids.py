"""Every component's id, spelled once: ``page-thing``."""

from __future__ import annotations

# Every page
NOTICE = "app-notice"                     # what to tell the person: see notices.py
NOTICE_SHOWN = "app-notice-shown"
NOTICE_PLACE = "app-notice-place"
HELP = "app-help"
HELP_OPEN = "app-help-open"
THEME = "app-theme"
THEME_CHANGED = "app-theme-changed"
KEYS = "app-keys"

# Projects
PROJECTS_LIST = "projects-list"

# Curate: what is known in the browser
PROJECT = "curate-project"                # the project's name in addresses
MAP_SETUP = "curate-map-setup"            # where the map's data are and what it shows first
REVISION = "curate-revision"              # of the labels; every view listens to it
VIEW = "curate-view"                      # what the viewer shows: steps, place, page
SELECTION = "curate-selection"            # what edits act on: steps
SOUND = "curate-sound"                    # the id of the sound that plays
SPACE = "curate-space"                    # room for tiles: widths in px, numbers of rows
MOVE_TO = "curate-move-to"                # the cluster chosen in the dialog
GRID_AT = "curate-grid-at"                # the page of the grid
VIEWER_PAGE = "curate-viewer-page"
GRID_PAGE = "curate-grid-page"
DRAWN_MAP, DRAWN_VIEWER, DRAWN_GRID = "curate-drawn-map", "curate-drawn-viewer", "curate-drawn-grid"
DRAWN_SELECTION, DRAWN_REVISION = "curate-drawn-selection", "curate-drawn-revision"

# Curate: what is seen
CURATE = "curate-workbench"
MAP_PANEL = "curate-map-panel"
MAP = "curate-map"
MAP_OVERLAY = "curate-map-overlay"
MAP_PREVIEW = "curate-map-preview"
MAP_BUSY = "curate-map-busy"
MAP_SPLIT, VIEWER_SPLIT = "curate-map-split", "curate-viewer-split"
LASSO, PAN, FIT = "curate-lasso", "curate-pan", "curate-fit"
OPACITY = "curate-opacity"
VIEWER_PANEL = "curate-viewer-panel"
VIEWER = "curate-viewer"
VIEWER_TITLE = "curate-viewer-title"
VIEWER_FIRST, VIEWER_BACK = "curate-viewer-first", "curate-viewer-back"
VIEWER_NEXT, VIEWER_LAST = "curate-viewer-next", "curate-viewer-last"
SPEED = "curate-speed"
COLOURS = "curate-colours"
GRID_PANEL = "curate-grid-panel"
GRID = "curate-grid"
GRID_TITLE = "curate-grid-title"
GRID_BACK, GRID_NEXT = "curate-grid-back", "curate-grid-next"
SAVED = "curate-saved"
UNDO, REDO = "curate-undo", "curate-redo"
ASSIGN, MOVE, CLEAR, PLAY = "curate-assign", "curate-move", "curate-clear", "curate-play"
SELECTION_TEXT, SOUND_TEXT = "curate-selection-text", "curate-sound-text"
MOVE_DIALOG, MOVE_WORDS, MOVE_LIST = "curate-move-dialog", "curate-move-words", "curate-move-list"
LEAVE = "curate-leave"
