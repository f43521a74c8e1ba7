"""A plan: which recordings, which methods with which parameters, and where the project goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import params, registry, timestamps
from pipeline.errors import ParameterError
from pipeline.params import param
from pipeline.pitch import PitchParams
from pipeline.projectors.pca import Pca
from pipeline.projectors.umap import Umap
from pipeline.spectrogram import SpectrogramParams

SEGMENT_PREFIX, EMBED_PREFIX = "seg_", "emb_"
IMPLIED = "whisperseg", "whisper"     # by a segmenter's checkpoint, by an embedder's
MACHINE = {"device": "device", "batch_size": "emb_batch_size"}   # fields of neural methods, filled from NeuralParams


@dataclass(frozen=True)
class AudioParams:
    """How recordings are decoded."""

    sr: int = param(32_000, "sample rate at which everything is computed", unit="Hz", low=2_000, high=1_000_000,
                    flag="sr")
    channel: int | None = param(None, "the one channel to use, counted from 0; all are averaged if not given", low=0,
                                flag="channel")


@dataclass(frozen=True)
class NeuralParams:
    """Parameters that neural segmenters and embedders share; the other methods have no use for them.

    A method that has a field ``device`` or ``batch_size`` is given what stands here. They say how its work is done, not
    what comes out, so they are no parameters of its own, and no result grows stale by them.
    """

    emb_batch_size: int = param(32, "sounds a neural model takes at once", low=1, high=100_000, flag="batch-size")
    device: str = param("auto", "where neural models run", choices=("auto", "cpu", "cuda"))


PARTS = {"audio": AudioParams, "spectrogram": SpectrogramParams, "pitch": PitchParams, "neural": NeuralParams,
         "pca": Pca, "umap": Umap}


@dataclass(frozen=True)
class Plan:
    """All that a run depends on.

    ``segmenter`` and ``embedder`` are methods with their parameters; ``hdf5`` is the project file to be made;
    ``time_format`` a strptime format for recording times in file names; ``clip_labels`` true labels by recording name.
    """

    data_dir: Path
    output_dir: Path
    subject: str
    hdf5: Path
    audio: AudioParams
    spectrogram: SpectrogramParams
    pitch: PitchParams
    neural: NeuralParams
    segmenter_name: str
    segmenter: Any
    embedder_name: str
    embedder: Any
    pca: Pca
    umap: Umap
    time_format: str | None = None
    clip_labels: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def work_dir(self) -> Path:
        """Where finished steps wait between runs."""
        return self.output_dir / f"{self.subject}.work"


def make_plan(
    data_dir: Path,
    output_dir: Path,
    *,
    subject: str,
    values: Mapping[str, Any],
    hdf5: Path | None = None,
    time_format: str | None = None,
    clip_labels: Mapping[str, str] | None = None,
) -> Plan:
    """A plan from parameter values by their flag names with underscores (``n_fft``, ``seg_min_freq``, …).

    ``segmenter`` and ``embedder`` among the values name the methods. Raises ParameterError for a value that cannot be.
    """
    if not subject or "/" in subject or "\0" in subject or subject in (".", ".."):
        raise ParameterError(f"The subject {subject!r} cannot be part of a file name; choose another with --subject.")
    segmenter_name, embedder_name = method_names(values)
    _refuse_missing(segmenter_name, embedder_name)
    timestamps.recorded_at("", time_format=time_format)   # a format that makes no sense is refused before the work
    return Plan(
        data_dir=data_dir, output_dir=output_dir, subject=subject, hdf5=hdf5 or output_dir / f"{subject}.h5",
        segmenter_name=segmenter_name, segmenter=_method("segmenters", segmenter_name, values, SEGMENT_PREFIX),
        embedder_name=embedder_name, embedder=_method("embedders", embedder_name, values, EMBED_PREFIX),
        time_format=time_format, clip_labels=clip_labels or {},
        **{name: params.make(cls, values) for name, cls in PARTS.items()},
    )


def method_names(values: Mapping[str, Any]) -> tuple[str, str]:
    """Segmenter and embedder: as named, else implied by a checkpoint or a table, else those that need nothing."""
    of_model, of_embedder_model = IMPLIED
    implied = "table" if values.get("seg_segments_from") else of_model if values.get("seg_model") else "energy"
    embedder = values.get("embedder") or (of_embedder_model if values.get("emb_model") else "logmel")
    return values.get("segmenter") or implied, embedder


def make_segmenter(values: Mapping[str, Any]) -> Any:
    """The segmenter that these values ask for, with its parameters. Raises ParameterError, as `make_plan` does."""
    segmenter_name, embedder_name = method_names(values)
    _refuse_missing(segmenter_name, embedder_name)
    return _method("segmenters", segmenter_name, values, SEGMENT_PREFIX)


def _refuse_missing(segmenter: str, embedder: str) -> None:
    """A checkpoint implies a method that may not be here; then say who asked for it."""
    for folder, name, flag in (("segmenters", segmenter, "--segmenter"), ("embedders", embedder, "--embedder")):
        if name in IMPLIED and name not in registry.names(folder):
            raise ParameterError(f"{flag}-model asks for {name}, which this version of Syllabary does not have. Leave "
                                 f"{flag}-model out, or choose {flag} from: {', '.join(registry.names(folder))}.")


def _method(folder: str, name: str, values: Mapping[str, Any], prefix: str) -> Any:
    own = {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
    method, neural = params.make(registry.load(folder, name), own), params.make(NeuralParams, values)
    fields = {field.name for field in dataclasses.fields(method)}
    machine = {name: getattr(neural, own_name) for name, own_name in MACHINE.items() if name in fields}
    return dataclasses.replace(method, **machine) if machine else method


def parameters(plan: Plan) -> dict[str, Any]:
    """What the project file says about how it was made, names as in the file format."""
    common = {name: value for part in PARTS for name, value in params.values(getattr(plan, part)).items()}
    segmenter = {SEGMENT_PREFIX + name: value for name, value in params.values(plan.segmenter).items()}
    embedder = {EMBED_PREFIX + name: value for name, value in params.values(plan.embedder).items()}
    names = {
        "subject": plan.subject, "data_dir": str(plan.data_dir), "output_dir": str(plan.output_dir),
        "segmenter": plan.segmenter_name, "embedder": plan.embedder_name, "audio_sr": plan.audio.sr,
        "sr_processing": plan.audio.sr, "spec_n_fft": plan.spectrogram.n_fft,
        "spec_hop_length": plan.spectrogram.hop_length, "hop_length": plan.spectrogram.hop_length,
        "umap_n_neighbors": plan.umap.n_neighbors, "umap_train_percentage": plan.umap.train_percentage,
        "umap_min_dist": plan.umap.min_dist, "pca_n_components": plan.pca.n_pca, "n_pca_components": plan.pca.n_pca,
        "time_format": plan.time_format,
    }
    return {name: value for name, value in (common | segmenter | embedder | names).items() if value is not None}
