"""A data set on which a run takes no time."""

import numpy as np
import pytest

from companion import datasets
from companion.experiments import _training, race, shapes, tuning


@pytest.fixture
def dots(monkeypatch):
    """120 images of four classes that even a linear layer can tell apart, in place of MNIST."""
    labels = np.tile(np.arange(4, dtype="uint8"), 30)
    images = np.zeros((120, 28, 28), "uint8")
    images[np.arange(120), labels, labels] = 255
    made_up = datasets.Dataset(
        "Dots", images, labels, images[:8], labels[:8], real=False, source="made up here"
    )
    monkeypatch.setattr(_training, "mnist", lambda: made_up)
    keep_data = [race._parts, race._trainer, shapes._parts, tuning._parts]
    for cached in keep_data:
        cached.cache_clear()
    yield made_up
    for cached in keep_data:
        cached.cache_clear()
