"""Maps: groups stay together, few sounds are no failure, seeds repeat."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import registry
from pipeline.projectors.pca import Pca
from pipeline.projectors.umap import Umap


def groups(n_each: int = 30, n_groups: int = 3, n_dims: int = 10) -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 20, (n_groups, n_dims))
    return np.concatenate([rng.normal(centre, 1, (n_each, n_dims)) for centre in centres]).astype(np.float32)


@pytest.mark.parametrize("name", registry.names("projectors"))
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 90])
def test_every_projector_gives_two_finite_coordinates(name, n):
    place = registry.load("projectors", name)().project(groups()[:n])
    assert place.shape == (n, 2)
    assert place.dtype == np.float32
    assert np.isfinite(place).all()


@pytest.mark.parametrize("name", registry.names("projectors"))
def test_groups_stay_together_and_seeds_repeat(name):
    method = registry.load("projectors", name)
    place = method(seed=3).project(groups())
    centres = place.reshape(3, 30, 2).mean(axis=1)
    nearest = np.linalg.norm(place[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == np.repeat(np.arange(3), 30)).all()
    assert np.array_equal(method(seed=3).project(groups()), place)


def test_umap_fitted_on_a_share_places_the_others():
    place = Umap(train_percentage=0.5, n_neighbors=10).project(groups())
    centres = place.reshape(3, 30, 2).mean(axis=1)
    nearest = np.linalg.norm(place[:, None] - centres, axis=2).argmin(axis=1)
    assert np.mean(nearest == np.repeat(np.arange(3), 30)) > 0.95


def test_pca_keeps_what_places_further_sounds():
    vectors = groups()
    fitted = Pca(n_pca=5).fit(vectors)
    assert fitted.scores.shape == (90, 5)
    assert np.allclose(fitted.place(vectors), fitted.scores, atol=1e-3)
    assert (np.diff(fitted.explained) <= 1e-6).all()


@pytest.mark.parametrize(("n", "d", "k"), [(3, 10, 3), (90, 4, 4), (1, 10, 1), (90, 10, 7)])
def test_pca_asks_for_no_more_components_than_there_are(n, d, k):
    assert Pca(n_pca=7).fit(groups(n_dims=d)[:n]).scores.shape == (n, k)
