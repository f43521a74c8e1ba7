"""How a project came about, in sentences that can go into a paper. What the project does not say is not claimed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from pipeline import clustering, labelings
from pipeline.assemble import UMAP_INPUTS
from pipeline.browse import duration_text, thousands
from pipeline.curation.journal import Entry
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.labelings import Stored
from pipeline.report import literature, words
from pipeline.report.options import Options
from pipeline.text import counted, listed, printable

ADOPT = "Adopt "
CHOICES = ("n_clusters", "min_cluster_size", "min_samples", "eps", "linkage", "m", "n_neighbors", "min_dist",
           "random_state")


@dataclass
class Account:
    """The sentences, and the methods whose literature goes with them."""

    sentences: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)

    @property
    def references(self) -> list[str]:
        """The list of literature."""
        return literature.listed(self.methods)

    def say(self, sentence: str, *methods: str) -> None:
        """Add a sentence, and the methods it names."""
        if sentence:
            self.sentences.append(sentence)
            self.methods.extend(methods)


def account(dataset: Dataset, labels: Labels, entries: Sequence[Entry], options: Options, *,
            has_sequences: bool = True) -> Account:
    """What was done to a project, step by step, as whole sentences.

    has_sequences : whether the report has transitions, so that it is said how they were counted
    """
    told = Account()
    told.say(_recordings(dataset))
    _segments(told, dataset)
    _embedding(told, dataset)
    _map(told, dataset)
    _pitch(told, dataset)
    _clusters(told, dataset, labels, entries)
    told.say(_sequences(options) if has_sequences else "")
    told.say(_libraries(dataset))
    return told


def _recordings(dataset: Dataset) -> str:
    files = dataset.files
    known_s = files.duration_s[np.isfinite(files.duration_s)]
    rates = sorted(set(files.sr[files.sr > 0].tolist()))
    about = [f"{words.long_duration(float(known_s.sum()))} in all"] if len(known_s) else []
    about += [f"sampled at {listed([words.frequency(rate) for rate in rates])}"] if 0 < len(rates) <= 3 else []
    about += [f"sampled at {words.frequency(rates[0])} to {words.frequency(rates[-1])}"] if len(rates) > 3 else []
    made_with = str(dataset.attrs.get("software", ""))
    software = printable(made_with) if made_with.startswith("Syllabary ") else "Syllabary"
    return f"We analysed {counted(len(files), 'recording')}{_brackets(about)} with {software}."


def _brackets(parts: Sequence[str]) -> str:
    return f" ({', '.join(parts)})" if parts else ""


# ---- sounds ----------------------------------------------------------------------------------------------------------

def _segments(told: Account, dataset: Dataset) -> None:
    values, sounds = dataset.parameters, _sounds(dataset.n_segments)
    method = _text(values, "segmenter")
    if method == "energy":
        band = words.band(_number(values, "seg_min_freq"), _number(values, "seg_max_freq"))
        least = _number(values, "seg_min_length")
        shortest = f", sounds shorter than {duration_text(least)} being dropped" if least else ""
        told.say(f"We found {sounds} where the energy{band} rose above an adaptive noise floor, with hysteresis"
                 f"{shortest}.")
    elif method == "files":
        told.say(f"Each recording was taken as one sound, which gave {sounds}.")
    elif method == "table":
        table = _last_part(_text(values, "seg_segments_from"))
        told.say(f"The onsets and offsets of {sounds} were taken from a table{_brackets([table] if table else [])}.")
    elif method == "whisperseg":
        model = _last_part(_text(values, "seg_model"))
        least = f"; {literature.short('segmenters/whisperseg')}"
        told.say(f"The onsets and offsets of {sounds} were found by WhisperSeg"
                 f"{_brackets([_with('checkpoint', model) + least])}.", "segmenters/whisperseg")
    else:
        by = f" by the segmenter {method}" if method else "; the project does not say how"
        told.say(f"In them, {sounds} were found{by}.")


def _with(name: str, value: str) -> str:
    return f"{name} {value}" if value else "checkpoint not named"


def _embedding(told: Account, dataset: Dataset) -> None:
    shape, values = dataset.embedding_shape(), dataset.parameters
    if shape is None:
        return
    method, model = _text(values, "embedder"), _last_part(_text(values, "emb_model"))
    size = f" ({thousands(shape[1])} numbers)"
    if method == "logmel":
        bands, frames = _number(values, "emb_bands"), _number(values, "emb_frames")
        grid = f" of {bands:g} bands and {frames:g} frames" if bands and frames else ""
        floor = _number(values, "emb_floor")
        level = f", with levels down to {words.minus(floor)} dB relative to its maximum" if floor else ""
        told.say(f"Each sound was described by its log-mel spectrogram{grid}, stretched to that length{level}, and the "
                 f"logarithm of its duration{size}.")
    elif method in ("whisper", "hf"):
        what = "the encoder of a Whisper model" if method == "whisper" else "an audio encoder"
        style = _text(values, "emb_style").replace("_", " ")
        about = _brackets([part for part in (model, style) if part])
        told.say(f"Each sound was described by the output of {what}{about}{size}.")
    elif method == "autoencoder":
        told.say("Each sound was described by the bottleneck of an autoencoder that was trained on spectrograms"
                 f"{size}.")
    elif method == "features":
        feature = _text(values, "emb_feature") or "mfcc"
        told.say(f"Each sound was described by a classical feature ({feature}), summed up over time{size}.")
    else:
        told.say(f"Each sound was described by a vector{_brackets([method] if method else [])}{size}.")


def _map(told: Account, dataset: Dataset) -> None:
    attrs = {name: dataset.whole(f"projections/{name}")[1] for name in ("pca", "umap")
             if name in dataset.names("projections")}
    if "umap" not in attrs:
        return
    chosen = {"n_neighbors": _number(attrs["umap"], "n_neighbors"), "min_dist": _number(attrs["umap"], "min_dist"),
              "seed": _number(attrs["umap"], "seed")}
    told_values = [f"{name} = {value:g}" for name, value in chosen.items() if value is not None]
    pca = dataset.segments.pca
    inputs = f"from their first {min(UMAP_INPUTS, pca.shape[1])} principal components " if pca is not None else ""
    placed = int(dataset.placed("umap").sum())
    later = f" {counted(placed, 'sound')} that came later were placed among their nearest neighbours." if placed else ""
    about = "; ".join([literature.short("projectors/umap"), *([", ".join(told_values)] if told_values else [])])
    told.say(f"The sounds were laid out on a map of two dimensions {inputs}by UMAP ({about}).{later}",
             "projectors/umap")


def _pitch(told: Account, dataset: Dataset) -> None:
    if "pitch" not in dataset.names("features"):
        return
    floor = _number(dataset.parameters, "pitch_floor")
    lowest = f", with a floor of {words.frequency(floor)}" if floor else ""
    told.say(f"Fundamental frequency was estimated by Praat's autocorrelation method ({literature.short('pitch')})"
             f"{lowest}; the pitch of a sound is the median of its voiced frames.", "pitch")


# ---- clusters --------------------------------------------------------------------------------------------------------

def _clusters(told: Account, dataset: Dataset, labels: Labels, entries: Sequence[Entry]) -> None:
    holding = _that_matter(dataset, [entry for entry in entries if not entry.undone and entry.undoes is None])
    for name in dict.fromkeys(name for entry in holding for name in _adopted(entry)):
        _say_algorithm(told, dataset, name)
    by_hand = [entry for entry in holding if not _of_labeling(entry)]
    if by_hand:
        told.say(f"The clusters were {'then ' if len(by_hand) < len(holding) else ''}curated by "
                 f"{_people({entry.user for entry in by_hand})} in {counted(len(by_hand), 'edit')}{_blobs(by_hand)}.")
    counts = labels.counts()
    n_unassigned = counts.pop(UNASSIGNED, 0)
    n_clusters, n_in = sum(n > 0 for n in counts.values()), sum(counts.values())
    if not n_clusters:
        told.say("No sound has been put into a cluster yet.")
        return
    if not holding:
        told.say("The clusters came with the project; no edit of them is recorded.")
    told.say(f"The result is {counted(n_clusters, 'cluster')} with {_sounds(n_in)}; {_left(n_unassigned, len(labels))} "
             "left unassigned.")


def _sounds(n: int) -> str:
    return f"{thousands(n)} sound{'' if n == 1 else 's'}"


def _left(n: int, n_all: int) -> str:
    if not n:
        return "no sound was"
    return f"{_sounds(n)} ({words.percent(n / n_all)}) {'was' if n == 1 else 'were'}"


def _that_matter(dataset: Dataset, entries: Sequence[Entry]) -> list[Entry]:
    """The edits from the last one on that gave every sound its cluster anew: what came before is in no label."""
    whole = {one.name for one in labelings.stored(dataset) if one.n == dataset.n_segments}
    last = max((at for at, entry in enumerate(entries)
                if _of_labeling(entry).startswith(ADOPT) and whole & set(_adopted(entry))), default=0)
    return list(entries[last:])


def _of_labeling(entry: Entry) -> str:
    """The title of an edit that takes an algorithm's labels over; "" for any other."""
    return entry.title if isinstance(entry.provenance.get("labeling"), str) else ""


def _people(users: set[str]) -> str:
    return "one person" if len(users) == 1 else f"{len(users)} people"


def _blobs(entries: Sequence[Entry]) -> str:
    """Whether groups were proposed as dense regions of the map."""
    steps = [step for entry in entries for step in entry.provenance.get("steps") or [] if isinstance(step, Mapping)]
    used = any("blob" in part for step in steps for part in [step, *(step.get("steps") or [])])
    return ", beginning from regions of high density on the map" if used else ""


def _adopted(entry: Entry) -> Iterator[str]:
    """The names of labelings whose clusters became those of the project by an edit, at once or by a draft."""
    if _of_labeling(entry):
        yield entry.provenance["labeling"]
    for step in entry.provenance.get("steps") or []:
        title = str(step.get("step", "")) if isinstance(step, Mapping) else ""
        if title.startswith(ADOPT):
            yield title.removeprefix(ADOPT).rpartition(":")[0]


def _say_algorithm(told: Account, dataset: Dataset, name: str) -> None:
    stored = next((one for one in labelings.stored(dataset) if one.name == name), None)
    if stored is None:
        told.say(f"Clusters were taken from the labeling “{printable(name)}”, which is no longer in the project.")
    elif not stored.algorithm:
        told.say(f"Clusters were taken from the labels “{printable(name)}”, which were made elsewhere.")
    else:
        method = f"clusterers/{stored.algorithm}"
        told.say(_algorithm(stored, _found_out(dataset, name), literature.short(method)), method)
        if _text(stored.parameters, "reduce") == "umap":
            told.methods.append("projectors/umap")


def _found_out(dataset: Dataset, name: str) -> dict[str, Any]:
    """What an algorithm settled by itself where nothing was asked for, such as the least size of a cluster."""
    return dict(_from_json(dataset.labeling(name).attrs.get("facts", "")))


def _algorithm(stored: Stored, facts: Mapping[str, Any], names: str) -> str:
    given = {key: value for key, value in stored.parameters.items() if not np.ndim(value) and value not in ("", None)}
    known = {key: value for key, value in facts.items() if isinstance(value, int | float)} | given
    values = {key: known[key] for key in CHOICES if key in known}
    reduce = _text(stored.parameters, "reduce")
    is_mapped = reduce == "umap"
    of_map = ("n_neighbors", "min_dist")
    chosen = [f"{key} = {words.plain(value)}" for key, value in values.items() if is_mapped or key not in of_map]
    about = "; ".join(part for part in (names, ", ".join(chosen)) if part)
    on = _text(stored.parameters, "on")
    by = "their vectors" if on in ("", "embedding") else "the map" if on == "umap" else f"the features “{on}”"
    reduced = {"umap": ", reduced by UMAP", "pca": ", reduced to principal components"}.get(reduce, "")
    found = f"{counted(stored.n_clusters, 'cluster')}"
    noise = f", {thousands(stored.n_noise)} being noise" if stored.n_noise else ""
    part = f"the {_sounds(stored.n)} of one cluster" if stored.only_cluster is not None else _sounds(stored.n)
    return (f"{clustering.title(stored.algorithm)}{f' ({about})' if about else ''} grouped {part} by {by}{reduced}, "
            f"into {found}{noise}.")


# ---- the report itself -----------------------------------------------------------------------------------------------

def _sequences(options: Options) -> str:
    return (f"A sound was taken to follow another if it was the next in its recording and began no later than "
            f"{words.seconds(options.max_gap)} after the end of that one.")


def _libraries(dataset: Dataset) -> str:
    versions = [f"{name} {version}" for name, version in libraries(dataset).items()]
    return f"The analysis was done in Python with {listed(versions)}." if versions else ""


def libraries(dataset: Dataset) -> dict[str, str]:
    """The libraries that the steps of a project were done with, and their versions, by name."""
    found: dict[str, set[str]] = {}
    for name, text in dataset.steps.items():
        for library, version in _from_json(text).items() if name.endswith("_versions") else ():
            found.setdefault(printable(str(library)), set()).add(printable(str(version)))
    return {library: " and ".join(sorted(versions)) for library, versions in sorted(found.items())}


def _from_json(text: Any) -> Mapping[str, Any]:
    try:
        values = json.loads(str(text))
    except ValueError:
        return {}
    return values if isinstance(values, Mapping) else {}


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return float(value) if is_number and np.isfinite(value) else None


def _text(values: Mapping[str, Any], name: str) -> str:
    """A parameter that is a text; whatever else a file of another program may hold there counts as nothing."""
    value = values.get(name)
    return printable(value) if isinstance(value, str) else ""


def _last_part(path: str) -> str:
    """Of a path its name alone: where it lies is nobody's business in a paper."""
    return PurePath(path).name
