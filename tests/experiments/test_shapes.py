"""One image in three shapes: each network sees the pixels that it should."""

import numpy as np
import pytest

from companion.experiments import shapes

COUNTS = {"mlp": 269_322, "small mlp": 25_450, "cnn": 9_098, "lstm": 24_458, "rnn": 6_602}


def test_every_network_meets_every_kind_of_pixels_with_every_seed():
    cases = shapes.cases([])
    assert len(cases) == 5 * 2 * 3
    assert {case["network"] for case in cases} == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_the_parameters_are_those_that_the_pages_derive(name):
    assert shapes.network(name).count_params() == COUNTS[name]
    assert shapes.network(name).input_shape == (None, *shapes.SETTINGS["shapes"][name])


@pytest.mark.parametrize("name", COUNTS)
def test_permuting_moves_the_pixels_of_every_image_alike(dots, name):
    (as_they_are, labels), _ = shapes._parts(name, "as they are")
    (permuted, same_labels), (test, _) = shapes._parts(name, "permuted")
    assert as_they_are.shape[1:] == tuple(shapes.SETTINGS["shapes"][name])
    flat, moved = (np.reshape(images, (120, 784)) for images in (as_they_are, permuted))
    order = np.random.default_rng(28).permutation(784)
    np.testing.assert_array_equal(flat[:, order], moved)
    np.testing.assert_array_equal(moved[:8], np.reshape(test, (8, 784)))
    assert not np.array_equal(flat, moved)
    np.testing.assert_array_equal(labels, same_labels)


@pytest.mark.parametrize("name", ["small mlp", "cnn", "rnn"])
def test_a_run_learns_and_its_seed_decides_on_it(dots, monkeypatch, name):
    monkeypatch.setitem(shapes.SETTINGS, "batch", 10)
    case = {"network": name, "pixels": "permuted", "seed": 1}
    first, again = shapes.run(case, epochs=3), shapes.run(case, epochs=3)
    other = shapes.run({**case, "seed": 2}, epochs=3)
    assert first == again != other
    assert first["test_loss"][-1] < first["test_loss"][0]
    assert len(first["test_accuracy"]) == 3
    assert first["parameters"] == COUNTS[name]
