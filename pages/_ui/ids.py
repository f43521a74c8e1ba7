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
PERSON, LOG_OUT = "app-person", "app-log-out"

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
COLOUR_BY, LEGEND, LEGEND_OPEN = "curate-colour-by", "curate-legend", "curate-legend-open"
LEGEND_LIST = "curate-legend-list"
VIEWER_PANEL = "curate-viewer-panel"
VIEWER = "curate-viewer"
VIEWER_TITLE = "curate-viewer-title"
VIEWER_FIRST, VIEWER_BACK = "curate-viewer-first", "curate-viewer-back"
VIEWER_NEXT, VIEWER_LAST = "curate-viewer-next", "curate-viewer-last"
SPEED = "curate-speed"
MARGIN, LOOP, PLAY_ALL = "curate-margin", "curate-loop", "curate-play-all"
LISTENING = "curate-listening"            # the menu with speed, context, loop and colours
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

# Curate: edits of the selection and of the group in the viewer
SPLIT, UNASSIGN, RESET = "curate-split", "curate-unassign", "curate-reset"
RENAME, MERGE_OPEN = "curate-rename", "curate-merge-open"
MERGE = "curate-merge"                    # the cluster chosen in the dialog, and the one it is merged into
MOVE_TITLE = "curate-move-title"
DESCRIBED, DESCRIPTION = "curate-described", "curate-description"   # the cluster of the dialog, and what was typed
DESCRIBE_DIALOG, DESCRIBE_TITLE, DESCRIBE = "curate-describe-dialog", "curate-describe-title", "curate-describe"
NAME, COLOUR, NOTE = "curate-name", "curate-colour", "curate-note"

# Curate: export
EXPORT, EXPORT_DIALOG, EXPORT_FORMAT = "curate-export", "curate-export-dialog", "curate-export-format"
EXPORT_DOWNLOAD, EXPORT_DONE = "curate-export-download", "curate-export-done"
EXPORT_ABOUT, EXPORT_MORE, EXPORT_SHARE = "curate-export-about", "curate-export-more", "curate-export-share"

# Curate: sort orders
ORDER = "curate-order"                    # what is chosen: menu, seed, clicked sound; see pipeline/arranging.py
ORDER_MENU, ORDER_OPEN, ORDER_AGAIN = "curate-order-menu", "curate-order-open", "curate-order-again"

# Curate: modes, drafts, history
MODE_CLUSTERING, MODE_BLOBBING = "curate-mode-clustering", "curate-mode-blobbing"
MODE_PROOFREADING, MODE_NEXT = "curate-mode-proofreading", "curate-mode-next"
RADIUS, RADIUS_LESS, RADIUS_MORE = "curate-radius", "curate-radius-less", "curate-radius-more"
THRESHOLD, THRESHOLD_LESS, THRESHOLD_MORE = "curate-threshold", "curate-threshold-less", "curate-threshold-more"
BLOB_BACK, BLOB_NEXT, BLOB_TEXT = "curate-blob-back", "curate-blob-next", "curate-blob-text"
RADIUS_TEXT, THRESHOLD_TEXT = "curate-radius-text", "curate-threshold-text"
FINALISE, DISCARD = "curate-finalise", "curate-discard"
QUESTION, ANSWER = "curate-question", "curate-answer"    # see questions.py
QUESTION_SHOWN, QUESTION_DIALOG, ANSWERS = "curate-question-shown", "curate-question-dialog", "curate-answers"
QUESTION_TITLE, QUESTION_TEXT = "curate-question-title", "curate-question-text"
HISTORY, HISTORY_DIALOG, HISTORY_LIST = "curate-history", "curate-history-dialog", "curate-history-list"
HISTORY_BACK, HISTORY_NEXT, HISTORY_TEXT = "curate-history-back", "curate-history-next", "curate-history-text"
HISTORY_PAGE, HISTORY_DRAWN = "curate-history-page", "curate-history-drawn"

# Curate: the recording around a sound, where recordings are, the palette
CONTEXT, CONTEXT_PANEL, CONTEXT_SPLIT = "curate-context", "curate-context-panel", "curate-context-split"
CONTEXT_TITLE, CONTEXT_WHY, CONTEXT_AUDIO = "curate-context-title", "curate-context-why", "curate-context-audio"
CONTEXT_DRAWING, CONTEXT_TILES = "curate-context-drawing", "curate-context-tiles"
CONTEXT_CANVAS, CONTEXT_AT = "curate-context-canvas", "curate-context-at"
CONTEXT_PLAY, CONTEXT_BACK, CONTEXT_NEXT = "curate-context-play", "curate-context-back", "curate-context-next"
CONTEXT_OUT, CONTEXT_IN, CONTEXT_ALL = "curate-context-out", "curate-context-in", "curate-context-all"
CONTEXT_CLOSE = "curate-context-close"
CONTEXT_FOLLOWED, CONTEXT_DRAWN = "curate-context-followed", "curate-context-drawn"
AUDIO_ASK, AUDIO_FOLDER, AUDIO_LOOK = "curate-audio-ask", "curate-audio-folder", "curate-audio-look"
AUDIO_LATER, AUDIO_MOVED = "curate-audio-later", "curate-audio-moved"
PALETTE, PALETTE_DIALOG = "curate-palette", "curate-palette-dialog"

# Curate: search by example
SIMILAR = "curate-similar"
SEARCH_SHOWN = "search-shown"             # the search whose results the viewer shows, see pipeline/searching.py
SEARCH_BAR, SEARCH_EXAMPLES = "search-bar", "search-examples"
SEARCH_ON, SEARCH_METRIC, SEARCH_COMBINE, SEARCH_N = "search-on", "search-metric", "search-combine", "search-n"
SEARCH_UNASSIGNED, SEARCH_ELSEWHERE = "search-unassigned", "search-elsewhere"
SEARCH_UP_TO, SEARCH_PAGE, SEARCH_HOVER = "search-up-to", "search-page", "search-hover"
SEARCH_CLOSE, SEARCH_FILE, SEARCH_TOLD = "search-close", "search-file", "search-told"
SEARCH_SPAN, SEARCH_FROM, SEARCH_TO, SEARCH_TAKE = "search-span", "search-from", "search-to", "search-take"

# Prepare
PREPARE = "prepare"                       # the form: see forms.py
PREPARE_FORM, PREPARE_METHODS, PREPARE_PARAMETERS = "prepare-form", "prepare-methods", "prepare-parameters"
PREPARE_DATA_DIR, PREPARE_OUTPUT_DIR, PREPARE_PRESET = "prepare-data-dir", "prepare-output-dir", "prepare-preset"
PREPARE_STEPS = "prepare-steps"
PREPARE_SURVEY, PREPARE_SURVEYED = "prepare-survey", "prepare-surveyed"   # shown; its folder, rate and count
PREPARE_SURVEY_TICK = "prepare-survey-tick"
PREPARE_VALUES = "prepare-values"         # folders, methods and values as they stand, for preview and estimate
PREPARE_PREVIEW = "prepare-preview"
PREPARE_REMARKS, PREPARE_COMMAND = "prepare-remarks", "prepare-command"
PREPARE_COPY, PREPARE_START, PREPARE_STATUS = "prepare-copy", "prepare-start", "prepare-status"
PREPARE_USUAL_OUTPUT = "prepare-usual-output"   # where the project would go if nothing else is chosen
PREPARE_TOKEN = "prepare-token"           # one for each start, so that no click starts two runs
PREPARE_UPLOAD, PREPARE_UPLOAD_INTO = "prepare-upload", "prepare-upload-into"
RUN_AGAIN = "prepare-run-again"           # kind and values of a run that fill the form

# Prepare: preview and estimate
PREVIEW = "preview"
PREVIEW_NAME, PREVIEW_BACK, PREVIEW_NEXT, PREVIEW_AT = "preview-name", "preview-back", "preview-next", "preview-at"
PREVIEW_PLAY, PREVIEW_OUT, PREVIEW_IN, PREVIEW_ALL = "preview-play", "preview-out", "preview-in", "preview-all"
PREVIEW_DRAWING, PREVIEW_TILES, PREVIEW_CANVAS = "preview-drawing", "preview-tiles", "preview-canvas"
PREVIEW_PLACE, PREVIEW_TRY = "preview-place", "preview-try"
PREVIEW_TOLD, PREVIEW_SCORE, PREVIEW_WORDS = "preview-told", "preview-score", "preview-words"
PREVIEW_SCORING, PREVIEW_TRUTH, PREVIEW_OWN_TRUTH = "preview-scoring", "preview-truth", "preview-own-truth"
PREVIEW_TOLERANCE = "preview-tolerance"
PREVIEW_FOLDER, PREVIEW_RECORDING = "preview-folder", "preview-recording"    # what is looked at
PREVIEW_ASKED, PREVIEW_ANSWER = "preview-asked", "preview-answer"            # see pipeline/trial.py
PREVIEW_CHANGED, PREVIEW_DRAWN = "preview-changed", "preview-drawn"
ESTIMATE, ESTIMATE_ASKED = "estimate", "estimate-asked"
ESTIMATE_TOLD = "estimate-told"           # words, is_enough, and the numbers behind them

# Runs
RUNS, RUNS_LIST, RUNS_CLEAR, RUNS_BADGE = "runs", "runs-list", "runs-clear", "runs-badge"
RUN_ASKED = "runs-asked"                  # the click whose run is to begin: see background.py
RUN_TOLD = "runs-told"                    # how it goes
RUN_ACTION, RUN_DONE = "runs-action", "runs-done"    # what to do with which run; when that was done

# Projects: imports, and what can be done with each project
PROJECT_TABLES = "projects-tables"
PROJECT_ACT = "projects-act"              # what is asked of which project: {"do", "slug"}; see assets/projects.js
PROJECT_MENU, PROJECT_MENU_OWNER = "projects-menu", "projects-menu-owner"
IMPORT_OPEN, IMPORT_DIALOG, IMPORT_KIND = "import-open", "import-dialog", "import-kind"
IMPORT_FIELDS, IMPORT_SOURCE, IMPORT_AUDIO = "import-fields", "import-source", "import-audio"
IMPORT_LABELS_AS, IMPORT_LABEL_FOLDER = "import-labels-as", "import-label-folder"
IMPORT_FOUND, IMPORT_READY = "import-found", "import-ready"      # what a look told; whether it can be imported
IMPORT_BUSY = "import-busy"
IMPORT_FOLDER, IMPORT_NAME = "import-folder", "import-name"
IMPORT_START, IMPORT_TOKEN = "import-start", "import-token"
EXTEND_DIALOG, EXTEND_TITLE, EXTEND_PROJECT = "extend-dialog", "extend-title", "extend-project"
EXTEND_FOLDER, EXTEND_FOUND, EXTEND_BUSY = "extend-folder", "extend-found", "extend-busy"
EXTEND_RECOMPUTE, EXTEND_START, EXTEND_TOKEN = "extend-recompute", "extend-start", "extend-token"

# Prepare: checkpoints of neural models
CHECKPOINTS_OPEN, CHECKPOINTS_LIST = "checkpoints-open", "checkpoints-list"
CHECKPOINTS_FOLDER, CHECKPOINTS_CHECKED = "checkpoints-folder", "checkpoints-checked"

# Compare
COMPARE = "compare"                       # the form of the grid's numbers: see forms.py
COMPARE_PROJECT, COMPARE_TOKEN, COMPARE_REVISION = "compare-project", "compare-token", "compare-revision"
COMPARE_FEATURES, COMPARE_VECTORS, COMPARE_SCALINGS = "compare-features", "compare-vectors", "compare-scalings"
COMPARE_REDUCTIONS, COMPARE_ALGORITHMS = "compare-reductions", "compare-algorithms"
COMPARE_START, COMPARE_COUNT, COMPARE_TICK = "compare-start", "compare-count", "compare-tick"
COMPARE_TABLE, COMPARE_TOLD, COMPARE_DETAIL = "compare-table", "compare-told", "compare-detail"
COMPARE_PUBLISHED = "compare-published"
COMPARE_CSV, COMPARE_MARKDOWN, COMPARE_CLEAR = "compare-csv", "compare-markdown", "compare-clear"
COMPARE_FILE = "compare-file"

# Cluster
CLUSTER = "cluster-form"                  # the form of an algorithm's parameters: see forms.py
CLUSTER_FEATURE_FORM, CLUSTER_TRAINING = "cluster-features", "cluster-training"      # two more
CLUSTER_PROJECT, CLUSTER_TOKEN, CLUSTER_TICK = "cluster-project", "cluster-token", "cluster-tick"
CLUSTER_ON, CLUSTER_SOUNDS, CLUSTER_ALGORITHM = "cluster-on", "cluster-sounds", "cluster-algorithm"
CLUSTER_FIELDS, CLUSTER_NAME, CLUSTER_START = "cluster-form-fields", "cluster-name", "cluster-start"
CLUSTER_ESTIMATE, CLUSTER_CURVES = "cluster-estimate", "cluster-k-curves"
CLUSTER_USE_K = "cluster-use-k"           # the number of clusters that a person took from the curves
CLUSTER_FEATURES, CLUSTER_VECTORS, CLUSTER_COMPUTE = "cluster-which-features", "cluster-vectors", "cluster-compute"
CLUSTER_PICTURES, CLUSTER_TRAIN, CLUSTER_TRAINED = "cluster-pictures", "cluster-train", "cluster-training-shown"
CLUSTER_KNOWN, CLUSTER_CHOSEN = "cluster-known", "cluster-labeling"    # what is known of; the labeling that is shown
CLUSTER_WATCHED = "cluster-watched"       # losses, pictures and curves of runs
CLUSTER_SHOWN, CLUSTER_DRAWN = "cluster-shown", "cluster-drawn"        # all of the chosen labeling; when it was drawn
CLUSTER_CHARTED = "cluster-charted"
CLUSTER_MAP, CLUSTER_PREVIEW, CLUSTER_MAP_TOLD = "cluster-map-canvas", "cluster-preview", "cluster-map-told"
CLUSTER_FIT, CLUSTER_TABLE, CLUSTER_ABOUT = "cluster-fit", "cluster-groups", "cluster-words"
CLUSTER_CURATE, CLUSTER_ADOPT, CLUSTER_SPLIT = "cluster-curate", "cluster-adopt", "cluster-split"
CLUSTER_DELETE, CLUSTER_AGAINST, CLUSTER_AGREEMENT = "cluster-delete", "cluster-against", "cluster-agreement"
CLUSTER_AGAIN = "cluster-again"           # the cluster of the labeling that is to be clustered again
CLUSTER_ASKED, CLUSTER_DIALOG = "cluster-asked", "cluster-dialog"
CLUSTER_ASK_TITLE, CLUSTER_ASK_TEXT = "cluster-ask-title", "cluster-ask-text"
CLUSTER_YES, CLUSTER_NO, CLUSTER_GO = "cluster-yes", "cluster-no", "cluster-go"

# Export
EXPORTS = "exports"                       # the form of a format's options: see forms.py
EXPORTS_SETUP, EXPORTS_FORMAT = "exports-setup", "exports-format"
EXPORTS_HEAD, EXPORTS_FIELDS, EXPORTS_PICKER = "exports-head", "exports-fields", "exports-picker"
EXPORTS_CLUSTERS = "exports-clusters"     # the clusters that are ticked, as the option "clusters"; null for none
EXPORTS_ASKED = "exports-asked"           # format and options as they stand
EXPORTS_PREVIEW, EXPORTS_FETCH, EXPORTS_SHARE = "exports-preview", "exports-fetch", "exports-share"
EXPORTS_STOP, EXPORTS_FETCHED = "exports-stop", "exports-fetched"
EXPORTS_NAME, EXPORTS_SAVE = "exports-name", "exports-save"
EXPORT_FIGURES, EXPORT_REPORT, EXPORT_ROUNDTRIP = "export-figures", "export-report", "export-roundtrip"

# Figures of the page Export; the forms of the figures are named after FIGURE
FIGURE, FIGURE_KIND, FIGURE_SETUP, FIGURE_ASKED = "figure", "figure-kind", "figure-setup", "figure-asked"
FIGURE_PICTURE, FIGURE_TOLD = "figure-picture", "figure-told"
FIGURE_PAGES, FIGURE_PAGE, FIGURE_BACK, FIGURE_ON = "figure-pages", "figure-page", "figure-back", "figure-on"

# Map
SOUNDMAP = "soundmap"                     # the form of more maps: see forms.py
SOUNDMAP_PROJECT, SOUNDMAP_TOKEN, SOUNDMAP_TICK = "soundmap-project", "soundmap-token", "soundmap-tick"
SOUNDMAP_SETUP = "soundmap-setup"         # where the project's media are
SOUNDMAP_KNOWN = "soundmap-known"         # the stored maps with their scores
SOUNDMAP_CHOSEN = "soundmap-chosen"       # the name of the map that is shown
SOUNDMAP_SOUND = "soundmap-sound"         # the id of the sound that was clicked
SOUNDMAP_OPENED, SOUNDMAP_LISTED, SOUNDMAP_DRAWN = "soundmap-opened", "soundmap-listed", "soundmap-drawn"
SOUNDMAP_PAGE, SOUNDMAP_PLACE, SOUNDMAP_CANVAS = "soundmap-page", "soundmap-place", "soundmap-canvas"
SOUNDMAP_PREVIEW, SOUNDMAP_TOLD, SOUNDMAP_BUSY = "soundmap-preview", "soundmap-told", "soundmap-busy"
SOUNDMAP_HOVER, SOUNDMAP_VOLUME, SOUNDMAP_PATH = "soundmap-hover", "soundmap-volume", "soundmap-path"
SOUNDMAP_FIT, SOUNDMAP_IN, SOUNDMAP_OUT = "soundmap-fit", "soundmap-in", "soundmap-out"
SOUNDMAP_LEFT, SOUNDMAP_RIGHT, SOUNDMAP_UP, SOUNDMAP_DOWN = ("soundmap-left", "soundmap-right", "soundmap-up",
                                                            "soundmap-down")
SOUNDMAP_PLAY, SOUNDMAP_STOP = "soundmap-play", "soundmap-stop"
SOUNDMAP_TILE, SOUNDMAP_TEXT, SOUNDMAP_CURATE = "soundmap-tile", "soundmap-text", "soundmap-curate"
SOUNDMAP_ON_PATH, SOUNDMAP_PATH_TEXT, SOUNDMAP_PATH_TILES = ("soundmap-on-path", "soundmap-path-text",
                                                            "soundmap-path-tiles")
SOUNDMAP_PATH_PLAY, SOUNDMAP_PATH_CLOSE = "soundmap-path-play", "soundmap-path-close"
SOUNDMAP_REACH = "soundmap-reach"         # how far from the path a sound may lie, in px
SOUNDMAP_CLASSES, SOUNDMAP_SCORES = "soundmap-classes", "soundmap-scores"
SOUNDMAP_SHEET, SOUNDMAP_SHEET_OPEN = "soundmap-sheet", "soundmap-sheet-open"
SOUNDMAP_SHEET_SORT, SOUNDMAP_SHEET_LIST = "soundmap-sheet-sort", "soundmap-sheet-list"
SOUNDMAP_FEATURES, SOUNDMAP_REDUCERS = "soundmap-features", "soundmap-reducers"
SOUNDMAP_START, SOUNDMAP_COUNT = "soundmap-start", "soundmap-count"

# Arrange
ARRANGE = "arrange-form"                  # the form of an arrangement: see forms.py
ARRANGE_PAGE, ARRANGE_PROJECT, ARRANGE_TOKEN = "arrange-page", "arrange-project", "arrange-token"
ARRANGE_TICK, ARRANGE_KNOWN = "arrange-tick", "arrange-known"
ARRANGE_SOURCE, ARRANGE_NAME, ARRANGE_START = "arrange-source", "arrange-name", "arrange-start"
ARRANGE_CHOSEN, ARRANGE_BY = "arrange-chosen", "arrange-by"       # the arrangement that is shown; its category bar
ARRANGE_SHOWN, ARRANGE_DRAWN = "arrange-shown", "arrange-drawn"   # all of it; when it was drawn
ARRANGE_K, ARRANGE_LABELING, ARRANGE_LABEL = "arrange-k", "arrange-labeling", "arrange-label"
ARRANGE_AGAIN, ARRANGE_CURATE, ARRANGE_HOVER = "arrange-again", "arrange-curate", "arrange-hover"
ARRANGE_TREE, ARRANGE_TIP, ARRANGE_TOLD, ARRANGE_FIT = "arrange-tree", "arrange-tip", "arrange-told", "arrange-fit"
ARRANGE_LIST, ARRANGE_COUNT = "arrange-list", "arrange-count"
ARRANGE_MAP, ARRANGE_LEGEND = "arrange-map", "arrange-legend"
ARRANGE_FILES, ARRANGE_FILES_OPEN, ARRANGE_WHAT = "arrange-files", "arrange-files-open", "arrange-what"
ARRANGE_DOWNLOAD, ARRANGE_COPIES, ARRANGE_SAVE = "arrange-download", "arrange-copies", "arrange-save"

# Export: the repertoire report
REPORT = "report-form"                    # its form: see forms.py
REPORT_START, REPORT_MADE, REPORT_TICK = "report-start", "report-made", "report-tick"
REPORT_KNOWN, REPORT_TOKEN = "report-known", "report-token"

# Edited tables come back, on the page Export
ROUNDTRIP = "roundtrip"                   # the form of how tables are read: see forms.py
ROUNDTRIP_TABLES, ROUNDTRIP_AGAIN, ROUNDTRIP_BUSY = "roundtrip-tables", "roundtrip-again", "roundtrip-busy"
ROUNDTRIP_SEEN = "roundtrip-seen"         # what the person looks at: tables, how they were read, fingerprint, counts
ROUNDTRIP_TOLD, ROUNDTRIP_SHOWN, ROUNDTRIP_KIND = "roundtrip-told", "roundtrip-shown", "roundtrip-kind"
ROUNDTRIP_ROWS, ROUNDTRIP_PAGE, ROUNDTRIP_PAGES = "roundtrip-rows", "roundtrip-page", "roundtrip-pages"
ROUNDTRIP_BACK, ROUNDTRIP_ON = "roundtrip-back", "roundtrip-on"
ROUNDTRIP_APPLY, ROUNDTRIP_NAME, ROUNDTRIP_KINDS = "roundtrip-apply", "roundtrip-name", "roundtrip-kinds"
ROUNDTRIP_MAKE, ROUNDTRIP_TOKEN, ROUNDTRIP_DONE = "roundtrip-make", "roundtrip-token", "roundtrip-done"
ROUNDTRIP_APPLIED = "roundtrip-applied"   # the revision of the edit that was made of labels
