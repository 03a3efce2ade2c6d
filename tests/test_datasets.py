"""The data is what it claims to be, or the reader is told; and nothing of theirs is touched."""

import hashlib
import importlib
import os
import subprocess
import sys
import time
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

from companion import datasets

KEYS = ("mnist", "boston_housing", "california_housing")
LOADERS = {key: getattr(datasets, f"load_{key}") for key in KEYS}


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without data and with an empty Keras cache, whose folder is returned."""
    for name in ("COMPANION_DATA", "COMPANION_REQUIRE_REAL_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def small(monkeypatch):
    """Ten rows that count as Boston housing, so that a test need not own the real ones."""
    arrays = {"x": np.arange(130.0).reshape(10, 13), "y": np.arange(10.0)}
    facts = {
        name: (array.dtype.name, array.shape, hashlib.sha256(array.tobytes()).hexdigest())
        for name, array in arrays.items()
    }
    original = datasets._Original("Boston housing", "boston_housing.npz", facts)
    monkeypatch.setitem(datasets._ORIGINALS, "boston_housing", original)
    return arrays


def keras_that(monkeypatch, load_data):
    """Put a stand-in for Keras in place, whose loaders run `load_data(path)`."""
    loader = types.SimpleNamespace(load_data=load_data)
    loaders = types.SimpleNamespace(**dict.fromkeys(KEYS, loader))
    monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(datasets=loaders))


@pytest.fixture
def no_keras(monkeypatch):
    """Fail the test if anything is downloaded."""

    def load_data(path):
        raise AssertionError("Keras was asked to download")

    keras_that(monkeypatch, load_data)


@pytest.fixture
def no_network(monkeypatch):
    """Keras without a network, and the message that it gives then."""

    def load_data(path):
        raise Exception("URL fetch failure: name or service not known")

    keras_that(monkeypatch, load_data)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# --- the real data --------------------------------------------------------------------------


@pytest.mark.skipif(not datasets.available("mnist"), reason="MNIST is not on this machine")
def test_mnist_has_the_class_counts_that_are_published():
    mnist = datasets.load_mnist()
    assert mnist.real
    assert mnist.name == "MNIST"
    assert str(mnist) == (
        "MNIST: 60,000 training and 10,000 test images of 28 × 28 pixels (real data)"
    )
    (x_train, y_train), (x_test, y_test) = mnist
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert {array.dtype.name for array in (x_train, y_train, x_test, y_test)} == {"uint8"}
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(y_train).tolist() == train
    assert np.bincount(y_test).tolist() == test


@pytest.mark.parametrize(
    ("key", "rows", "columns", "first_price"),
    [("boston_housing", (404, 102), 13, 15.2), ("california_housing", (16512, 4128), 8, 252300.0)],
)
def test_the_housing_tables_are_those_of_keras(key, rows, columns, first_price):
    if not datasets.available(key):
        pytest.skip(f"{key} is not on this machine")
    table = LOADERS[key]()
    (x_train, y_train), (x_test, y_test) = table
    assert (len(x_train), len(x_test)) == (len(y_train), len(y_test)) == rows
    assert x_train.shape[1] == x_test.shape[1] == columns == len(table.feature_names)
    assert y_train[0] == pytest.approx(first_price)


@pytest.mark.parametrize("rows", [10, 506, 20640])
@pytest.mark.parametrize("key", ["boston_housing", "california_housing"])
def test_rows_are_shuffled_and_split_as_keras_does(key, rows, monkeypatch, tmp_path):
    keras_module = importlib.import_module(f"keras.src.datasets.{key}")
    x, y = np.arange(rows * 2.0).reshape(rows, 2), np.arange(rows) * 10.0
    np.savez(tmp_path / "table.npz", x=x, y=y)
    monkeypatch.setattr(keras_module, "get_file", lambda *_, **__: str(tmp_path / "table.npz"))
    (x_train, y_train), (x_test, y_test) = keras_module.load_data()
    ours = datasets._split(x, y)
    for name, theirs in [
        ("x_train", x_train),
        ("y_train", y_train),
        ("x_test", x_test),
        ("y_test", y_test),
    ]:
        np.testing.assert_array_equal(ours[name], theirs)


# --- COMPANION_DATA -------------------------------------------------------------------------


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_only_the_arrays_count_not_the_file_around_them(
    save, bare, small, no_keras, monkeypatch, tmp_path
):
    save(tmp_path / "boston_housing.npz", **small, note=np.array("anything else may be there"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    table = datasets.load_boston_housing()
    assert table.real
    assert table.source == "the folder in COMPANION_DATA"
    assert table.notice == ""
    assert (len(table.x_train), len(table.x_test)) == (8, 2)
    assert datasets.available("boston_housing")


@pytest.mark.parametrize("value", ["~/data", "data", "./data/"])
def test_the_folder_may_be_relative_or_in_the_home(
    value, bare, small, no_keras, monkeypatch, tmp_path
):
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "data" / "boston_housing.npz", **small)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPANION_DATA", value)
    assert datasets.load_boston_housing().real


def flip_one_bit(small):
    x = small["x"].copy()
    x.view(np.uint8)[3, 5] ^= 1
    return {**small, "x": x}


DAMAGE = {
    "truncated": (lambda good, small: good[: len(good) // 2], ["damaged", "['x', 'y']"]),
    "cut by a byte": (lambda good, small: good[:-1], ["damaged"]),
    "empty": (lambda good, small: b"", ["damaged", "got as far as []"]),
    "a web page": (lambda good, small: b"<html>sign in</html>", ["damaged", "plain arrays"]),
    "a changed byte": (
        lambda good, small: good[:600] + bytes([good[600] ^ 1]) + good[601:],
        ["damaged", "['x', 'y']"],
    ),
    "one bit flipped before packing": (
        lambda good, small: flip_one_bit(small),
        ["array 'x'", "SHA-256"],
    ),
    "another shape": (
        lambda good, small: {**small, "y": small["y"][:9]},
        ["array 'y'", "(9,)", "(10,)"],
    ),
    "another type": (
        lambda good, small: {**small, "y": small["y"].astype("float32")},
        ["array 'y'", "float32", "float64"],
    ),
    "an array short": (lambda good, small: {"x": small["x"]}, ["['x']", "['x', 'y']"]),
    "pickled": (
        lambda good, small: {**small, "x": np.array([{}], dtype=object)},
        ["plain arrays", "allow_pickle"],
    ),
}


@pytest.mark.parametrize("place", ["COMPANION_DATA", "Keras' cache"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_a_clear_error_and_stays(
    damage, place, bare, small, no_keras, monkeypatch, tmp_path
):
    folder = tmp_path / "data" if place == "COMPANION_DATA" else bare
    folder.mkdir(parents=True)
    if place == "COMPANION_DATA":
        monkeypatch.setenv("COMPANION_DATA", str(folder))
    file = folder / "boston_housing.npz"
    np.savez(file, **small)
    make, expected = DAMAGE[damage]
    damaged = make(file.read_bytes(), small)
    if isinstance(damaged, bytes):
        file.write_bytes(damaged)
    else:
        np.savez(file, **damaged)
    before = contents(folder)

    with pytest.raises(ValueError) as caught:
        datasets.load_boston_housing()

    for words in [str(file), "Boston housing", "left as it is", *expected]:
        assert words in str(caught.value)
    assert contents(folder) == before
    assert not datasets.available("boston_housing")


def test_a_single_array_is_not_an_archive(bare, small, monkeypatch, tmp_path):
    with open(tmp_path / "boston_housing.npz", "wb") as file:
        np.save(file, small["x"])
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="not an"):
        datasets.load_boston_housing()


@pytest.mark.parametrize("key", KEYS)
def test_a_file_missing_from_the_folder_is_an_error_not_a_stand_in(
    key, bare, no_keras, monkeypatch, tmp_path
):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"{key}.npz does not exist"):
        LOADERS[key]()
    assert not datasets.available(key)


@pytest.mark.parametrize(("name", "found"), [("nowhere", "nothing"), ("file", "a file")])
def test_a_folder_that_is_none_is_an_error(name, found, bare, no_keras, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match=r"COMPANION_DATA.*should name a folder") as caught:
        datasets.load_mnist()
    assert found in str(caught.value)
    assert not datasets.available("mnist")


# --- keras.datasets -------------------------------------------------------------------------


def test_a_download_is_checked_kept_and_not_repeated(bare, small, monkeypatch, capsys):
    asked = []

    def load_data(path):
        asked.append(path)
        time.sleep(
            0.3
        )  # longer than the server may take to answer, which it has: the file is there
        np.savez(bare / path, **small)

    def begin_then_load(path):
        print("Downloading data")  # as Keras does
        (bare / path).touch()
        load_data(path)

    keras_that(monkeypatch, begin_then_load)
    monkeypatch.setattr(datasets, "ANSWER_SECONDS", 0.2)
    first = datasets.load_boston_housing()
    again = datasets.load_boston_housing()
    assert first.real
    assert first.source == again.source == "keras.datasets"
    np.testing.assert_array_equal(first.x_train, again.x_train)
    assert len(asked) == 1
    assert asked[0] != "boston_housing.npz"  # Keras may delete or half write what it is given
    assert list(contents(bare)) == ["boston_housing.npz"]
    assert capsys.readouterr() == ("", "Downloading data\n")


def test_a_file_in_the_cache_is_used_without_keras(bare, small, no_keras):
    bare.mkdir(parents=True)
    np.savez(bare / "boston_housing.npz", **small)
    assert datasets.available("boston_housing")
    assert datasets.load_boston_housing().real


def wait_forever(path):
    time.sleep(30)


def no_network_at_all(path):
    raise Exception("URL fetch failure: name or service not known")


@pytest.mark.parametrize(
    ("load_data", "reason"),
    [
        (no_network_at_all, "URL fetch failure: name or service not known"),
        (wait_forever, "had not finished after 0.2 s"),
        (lambda path: None, "does not exist"),
    ],
)
def test_without_a_network_the_stand_in_says_why_and_how_to_get_the_real_data(
    load_data, reason, bare, monkeypatch
):
    bare.mkdir(parents=True)
    (bare / "another.npz").write_bytes(b"of the reader's")
    keras_that(monkeypatch, load_data)
    monkeypatch.setattr(datasets, "ANSWER_SECONDS", 0.2)
    start = time.monotonic()
    with pytest.warns(UserWarning, match="stand in for it") as caught:
        digits = datasets.load_mnist()
    assert time.monotonic() - start < 10
    # Only ours: what another test left open may be collected, and warned of, just now.
    (warning,) = [one for one in caught if one.category is UserWarning]
    assert warning.filename == __file__  # it points at the reader's line, not at ours
    assert str(warning.message) == digits.notice
    for words in ("MNIST", "scikit-learn's digits", reason, "COMPANION_DATA", "mnist.npz"):
        assert words in digits.notice
    assert not digits.real
    assert digits.source == "scikit-learn"
    assert contents(bare) == {"another.npz": b"of the reader's"}


def test_a_download_of_something_else_is_not_kept(bare, small, monkeypatch):
    keras_that(monkeypatch, lambda path: np.savez(bare / path, x=small["x"], y=small["y"] + 1))
    with pytest.warns(UserWarning, match="fetched something else.*array 'y' has SHA-256"):
        assert not datasets.load_boston_housing().real
    assert contents(bare) == {}


def test_without_tensorflow_the_stand_in_still_comes(bare, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)  # what `import keras` meets: an ImportError
    with pytest.warns(UserWarning, match="cannot be imported"):
        assert not datasets.load_mnist().real


def test_a_cache_that_cannot_be_written_to_is_a_clear_error(bare, no_keras, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("where a folder should be")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(PermissionError, match="cannot be written to") as caught:
        datasets.load_mnist()
    for words in ("MNIST", str(tmp_path / "file"), "KERAS_HOME", "COMPANION_DATA"):
        assert words in str(caught.value)
    assert (tmp_path / "file").read_text() == "where a folder should be"


@pytest.mark.parametrize("key", KEYS)
def test_required_real_data_is_never_replaced(key, bare, no_network, monkeypatch):
    monkeypatch.setenv("COMPANION_REQUIRE_REAL_DATA", "1")
    with pytest.raises(FileNotFoundError, match="nothing stands in") as caught:
        LOADERS[key]()
    for words in ("URL fetch failure", f"{key}.npz", "COMPANION_REQUIRE_REAL_DATA"):
        assert words in str(caught.value)


@pytest.mark.parametrize("value", ["", "0"])
def test_an_empty_variable_is_no_variable(value, bare, no_network, monkeypatch):
    monkeypatch.setenv("COMPANION_REQUIRE_REAL_DATA", value)
    monkeypatch.setenv("COMPANION_DATA", "")
    with pytest.warns(UserWarning, match="stand in for it"):
        assert not datasets.load_mnist().real


# --- stand-ins ------------------------------------------------------------------------------


def stand_in(load):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load()


def test_the_stand_in_for_mnist_looks_like_mnist(bare, no_network):
    digits = stand_in(datasets.load_mnist)
    assert str(digits) == (
        "scikit-learn's digits in place of MNIST: "
        "1,437 training and 360 test images of 28 × 28 pixels (a stand-in)"
    )
    (x_train, y_train), (x_test, y_test) = digits
    images, labels = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    assert images.shape == (1797, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 255)
    assert set(y_train) == set(y_test) == set(range(10))
    assert not images[:, [0, 1, -2, -1], :].any()  # the margin
    assert not images[:, :, [0, 1, -2, -1]].any()
    # Every block of 3 × 3 holds one value: the pixel of scikit-learn's image.
    blocks = images[:, 2:-2, 2:-2].reshape(-1, 8, 3, 8, 3)
    np.testing.assert_array_equal(blocks, np.broadcast_to(blocks[:, :, :1, :, :1], blocks.shape))


def test_the_stand_in_images_keep_their_labels(bare, no_network):
    from sklearn.datasets import load_digits

    digits = stand_in(datasets.load_mnist)
    original = {
        np.rint(image * 255 / 16).astype(np.uint8).tobytes(): label
        for image, label in zip(*load_digits(return_X_y=True), strict=True)
    }
    for image, label in zip(digits.x_test, digits.y_test, strict=True):
        assert original[image[2:-2:3, 2:-2:3].tobytes()] == label


@pytest.mark.parametrize(("key", "dtype"), [(KEYS[1], "float64"), (KEYS[2], "float32")])
def test_the_stand_in_for_housing_is_a_table_of_the_same_type(key, dtype, bare, no_network):
    table = stand_in(LOADERS[key])
    assert table.name.startswith("scikit-learn's diabetes data in place of")
    assert table.x_train.shape == (353, 10)
    assert table.x_test.shape == (89, 10)
    assert {array.dtype.name for pair in table for array in pair} == {dtype}
    assert len(table.feature_names) == 10
    assert (table.y_train > 0).all()


@pytest.mark.parametrize("key", KEYS)
def test_a_stand_in_is_the_same_every_time(key, bare, no_network):
    first, second = stand_in(LOADERS[key]), stand_in(LOADERS[key])
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


# --- the module -----------------------------------------------------------------------------


def test_available_knows_its_names():
    with pytest.raises(ValueError, match=r"name must be one of mnist.*got 'cifar'"):
        datasets.available("cifar")


def test_neither_importing_nor_asking_loads_a_framework():
    code = (
        "import sys; from companion import datasets; datasets.available('mnist'); "
        "print({'keras', 'tensorflow', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    root = Path(datasets.__file__).parents[1]
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "set()"
