"""The exercises on house prices ask for what the page says."""

import numpy as np
import pytest

from companion.verification import check
from companion.verification.exercises.networks.housing import EXERCISES


def hint_to(name, attempt):
    """What the checker tells of an attempt that is wrong."""
    verdict = check(name, attempt)
    assert not verdict.passed
    return repr(verdict).partition("hint: ")[2]


def test_the_published_loss_is_a_typical_error_of_3500_dollars():
    rmse = EXERCISES["housing-dollars"].truth(0.003, 5.0, 50.0)
    assert np.isclose(rmse, 3.4857, atol=1e-4)


@pytest.mark.parametrize(
    "rmse",
    [
        lambda loss, low, high: np.sqrt(2 * loss * (high - low) ** 2),
        lambda loss, low, high: (high - low) * 2**0.5 * loss**0.5,
    ],
)
def test_every_way_to_dollars_passes(rmse):
    assert check("housing-dollars", rmse).passed


@pytest.mark.parametrize(
    ("rmse", "hint"),
    [
        (lambda loss, low, high: (high - low) * np.sqrt(loss), "the factor 2 is missing"),
        (lambda loss, low, high: high * np.sqrt(2 * loss), "the scale is the range"),
        (lambda loss, low, high: np.sqrt(2 * loss), "the range is missing"),
        (lambda loss, low, high: 2 * loss * (high - low) ** 2, "take the root"),
        (lambda loss, low, high: (low - high) * np.sqrt(2 * loss), "the sign"),
        (lambda loss, low, high: (high - low) * loss, "double it and take the root"),
        (lambda loss, low, high: (high - low) ** 2 * np.sqrt(2 * loss), "comes in once"),
        (lambda loss, low, high: low + (high - low) * np.sqrt(2 * loss), "not moved"),
        (lambda loss, low, high: np.nan, ""),
        (lambda loss, low, high: None, ""),
    ],
)
def test_a_wrong_conversion_is_explained(rmse, hint):
    assert hint in hint_to("housing-dollars", rmse)


def by_columns(train, new):
    scaled = np.zeros(new.shape)
    for j in range(train.shape[1]):
        low, high = min(train[:, j]), max(train[:, j])
        scaled[:, j] = (new[:, j] - low) / (high - low if high > low else 1)
    return scaled


def by_scikit_learn(train, new):
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler().fit(train).transform(new)


@pytest.mark.parametrize("scale", [by_columns, by_scikit_learn])
def test_every_way_to_scale_passes(scale):
    assert check("housing-scale", scale).passed


def the_leak(train, new):
    return by_columns(new, new)


def over_the_whole_table(train, new):
    return (new - train.min()) / max(np.ptp(train), 1e-300)


def half_a_leak(train, new):
    width = new.max(0) - new.min(0)
    return (new - train.min(0)) / np.where(width > 0, width, 1)


def with_a_tiny_number(train, new):
    return (new - train.min(0)) / np.maximum(train.max(0) - train.min(0), 1e-8)


def constants_left_in_place(train, new):
    constant = train.max(0) == train.min(0)
    return np.where(constant, new, by_columns(train, new))


def without_care_for_constants(train, new):
    with np.errstate(all="ignore"):
        return (new - train.min(0)) / (train.max(0) - train.min(0))


@pytest.mark.parametrize(
    ("scale", "hint"),
    [
        (the_leak, "that is the leak"),
        (without_care_for_constants, "divide by 1 there"),
        (lambda train, new: np.clip(by_columns(train, new), 0, 1), "nothing is cut off"),
        (lambda train, new: by_columns(train, train), "the scaled new table"),
        (lambda train, new: by_columns(np.vstack([train, new]), new), "not even together"),
        (half_a_leak, "half of it"),
        (with_a_tiny_number, "stretches"),
        (constants_left_in_place, "moved as well"),
        (over_the_whole_table, ""),
        (lambda train, new: by_columns(train, new).T, ""),
        (lambda train, new: np.full(new.shape, np.nan), ""),
        (lambda train, new: None, ""),
    ],
)
def test_a_wrong_scaler_is_explained(scale, hint):
    assert hint in hint_to("housing-scale", scale)


def by_scikit_learns_metrics(y_true, y_pred):
    from sklearn import metrics

    return (
        metrics.root_mean_squared_error(y_true, y_pred),
        metrics.mean_absolute_error(y_true, y_pred),
    )


def by_a_loop(y_true, y_pred):
    off = [float(p) - t for t, p in zip(y_true, y_pred[:, 0], strict=True)]
    return (sum(r * r for r in off) / len(off)) ** 0.5, sum(map(abs, off)) / len(off)


@pytest.mark.parametrize("errors", [by_scikit_learns_metrics, by_a_loop])
def test_every_way_to_the_errors_passes(errors):
    assert check("housing-errors", errors).passed


def changed(change):
    truth = EXERCISES["housing-errors"].truth
    return lambda y_true, y_pred: change(*truth(y_true, y_pred))


def broadcast(y_true, y_pred):
    off = y_true - y_pred
    return np.mean(off**2) ** 0.5, np.mean(abs(off))


@pytest.mark.parametrize(
    ("errors", "hint"),
    [
        (broadcast, "each with each"),
        (changed(lambda rmse, mae: (rmse**2, mae)), "that is a mean square"),
        (changed(lambda rmse, mae: (mae, rmse)), "first the RMSE"),
        (lambda y, p: (by_a_loop(y, p)[0], np.mean(p[:, 0] - y)), "errors must not cancel"),
        (changed(lambda rmse, mae: (np.nan, mae)), ""),
        (changed(lambda rmse, mae: rmse), ""),
        (lambda y_true, y_pred: None, ""),
    ],
)
def test_wrong_errors_are_explained(errors, hint):
    assert hint in hint_to("housing-errors", errors)


def test_a_house_more_or_less_makes_a_square_of_differences():
    y_true, y_pred = np.array([0.0, 1.0]), np.array([[0.0], [1.0]])
    assert EXERCISES["housing-errors"].truth(y_true, y_pred) == (0.0, 0.0)
    assert broadcast(y_true, y_pred)[1] == 0.5
