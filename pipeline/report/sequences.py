"""Which sound follows which: transitions between clusters within recordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.report.counting import Partition

MOST_STATES = 40


@dataclass(frozen=True, eq=False)
class Transitions:
    """How often each state is followed by each.

    counts : int64 (s + 1, s + 1), from row to column; the last row is the beginning of a sequence, the last column
        its end, and their corner is 0
    n_sequences : unbroken runs of sounds      lengths : float64 (3,), quartiles of their numbers of sounds, NaN if none
    n_left_out : transitions to or from a state that is left out
    """

    counts: np.ndarray
    n_sequences: int
    lengths: np.ndarray
    n_left_out: int = 0

    @property
    def n(self) -> int:
        """Transitions from one sound to another, beginnings and ends not counted."""
        return int(self.counts[:-1, :-1].sum())

    @property
    def probabilities(self) -> np.ndarray:
        """The share of each column in its row, float64, NaN in a row without any."""
        sums = self.counts.sum(axis=1, keepdims=True)
        return np.divide(self.counts, sums, out=np.full(self.counts.shape, np.nan), where=sums > 0)

    @property
    def entropies(self) -> np.ndarray:
        """How open it is what comes next, in bits, of each row, float64 (s + 1,): 0 if always the same, NaN if none."""
        shares = self.probabilities
        logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
        return -(shares * logs).sum(axis=1)

    def without(self, state: int) -> Transitions:
        """The same with one state left out: what leads to or from it is counted, and nothing leads past it."""
        kept = np.delete(np.delete(self.counts, state, axis=0), state, axis=1)
        lost = int(self.counts[state].sum() + self.counts[:, state].sum() - self.counts[state, state])
        return Transitions(kept, self.n_sequences, self.lengths, self.n_left_out + lost)


@dataclass(frozen=True, eq=False)
class States:
    """The states of the sequences: clusters, the smallest of many taken together.

    places : places in the partition of the states that stand for one cluster      state : int64 (n,), of each sound
    n_pooled : clusters that the state after those stands for, 0 if there is no such state
    """

    places: tuple[int, ...]
    state: np.ndarray
    n_pooled: int

    def __len__(self) -> int:
        return len(self.places) + bool(self.n_pooled)


def states(partition: Partition, *, most: int = MOST_STATES) -> States:
    """Every cluster a state, unless there are more than ``most``: then the largest, and one for all others."""
    if len(partition) <= most:
        return States(tuple(range(len(partition))), partition.code, 0)
    is_own = np.zeros(len(partition), bool)
    is_own[np.argsort(-partition.counts, kind="stable")[:most - 1]] = True
    is_own |= partition.numbers == 0
    places = np.flatnonzero(is_own)
    state_of = np.full(len(partition), len(places))
    state_of[places] = np.arange(len(places))
    return States(tuple(places.tolist()), state_of[partition.code], len(partition) - len(places))


def transitions(state: np.ndarray, file_id: np.ndarray, onset_s: np.ndarray, duration_s: np.ndarray, *, n_states: int,
                max_gap_s: float) -> Transitions:
    """Count, for each sound, what the next sound of its recording is, if that begins soon enough.

    All arrays are (n,), in any order; ``state`` is int, 0 … n_states − 1. The gap runs from the end of a sound to the
    beginning of the next and may be negative. A longer one than ``max_gap_s``, and the beginning and end of a
    recording, end a sequence. O(n log n).
    """
    order = np.lexsort((np.arange(len(state)), onset_s, file_id))
    states_, files, onset, end = state[order], file_id[order], onset_s[order], (onset_s + duration_s)[order]
    gap_s = onset[1:] - end[:-1]
    follows = (files[1:] == files[:-1]) & (gap_s <= max_gap_s + 1e-9)
    begins = np.concatenate([[True], ~follows])[:len(state)]
    ends = np.concatenate([~follows, [True]])[:len(state)]
    side, edge = n_states + 1, n_states
    pairs = np.concatenate([states_[:-1][follows] * side + states_[1:][follows], edge * side + states_[begins],
                            states_[ends] * side + edge])
    counts = np.bincount(pairs.astype(np.int64), minlength=side * side).reshape(side, side)
    sizes = np.diff(np.concatenate([np.flatnonzero(begins), [len(state)]]))
    lengths = np.percentile(sizes, (25, 50, 75)) if len(sizes) and len(state) else np.full(3, np.nan)
    return Transitions(counts, int(begins.sum()), lengths)
