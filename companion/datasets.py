"""MNIST and two housing data sets, the same numbers on every machine.

`load_mnist()`, `load_boston_housing()` and `load_california_housing()` unpack as Keras' own
loaders do:

    (x_train, y_train), (x_test, y_test) = load_mnist()

They look in three places, in this order:

1. The folder that the environment variable ``COMPANION_DATA`` names. Once it is set it is the
   only source: a file that is missing or damaged there is an error, never replaced in silence.
2. Keras' cache, filled through ``keras.datasets`` where there is a network.
3. A smaller data set that scikit-learn carries, with a warning that says so, so that every
   chapter runs without a network. ``COMPANION_REQUIRE_REAL_DATA=1`` turns this step into an error.

What counts as the real data is decided by its arrays (dtype, shape and SHA-256 of their bytes),
not by the file around them: the same arrays compressed anew are the same data. No file that was
there before is ever changed or deleted. Importing this module imports neither Keras nor
TensorFlow.
"""

import contextlib
import hashlib
import os
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = [
    "Dataset",
    "available",
    "load_boston_housing",
    "load_california_housing",
    "load_mnist",
]

Arrays = dict[str, np.ndarray]

ANSWER_SECONDS = 10.0
"""How long a download may take to begin. `keras.datasets` by itself waits without limit."""
TRANSFER_SECONDS = 300.0
"""How long a download may take in all (11 MB for MNIST)."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A training part and a test part, and where they came from.

    Unpacks like the result of ``keras.datasets.mnist.load_data()``. Its text, ``str(dataset)``, is
    one line for a chapter to print: which data, how much of it, real or a stand-in.

    Attributes:
        name: which data these are, such as ``"MNIST"`` or ``"scikit-learn's digits"``.
        x_train, y_train, x_test, y_test: inputs, first axis one row per sample, and targets.
        real: False where this is a stand-in for the data asked for.
        source: where the arrays came from, in words.
        feature_names: one name per column of a table; empty for images.
        notice: why this is a stand-in and how to get the real data; empty where it is real.

    Example:
        >>> x, y = np.zeros((3, 2)), np.zeros(3)
        >>> Dataset("Zeros", x, y, x[:1], y[:1], real=True, source="made up here")
        Zeros: 3 training and 1 test rows of 2 features (real data)

    Chapter: networks/perceptron
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    real: bool
    source: str
    feature_names: tuple[str, ...] = ()
    notice: str = ""

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield self.x_train, self.y_train
        yield self.x_test, self.y_test

    def __repr__(self) -> str:
        # No path and no host in here: the line is the same wherever the same data was found.
        sample = self.x_train.shape[1:]
        what = (
            f"rows of {sample[0]} features"
            if len(sample) == 1
            else f"images of {' × '.join(map(str, sample))} pixels"
        )
        sizes = f"{len(self.x_train):,} training and {len(self.x_test):,} test {what}"
        return f"{self.name}: {sizes} ({'real data' if self.real else 'a stand-in'})"


@dataclass(frozen=True)
class _Original:
    """What the real data is: the file's name and each array's dtype, shape and SHA-256."""

    name: str
    file: str
    arrays: dict[str, tuple[str, tuple[int, ...], str]]


_ORIGINALS = {
    "mnist": _Original(
        "MNIST",
        "mnist.npz",
        {
            "x_train": (
                "uint8",
                (60000, 28, 28),
                "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
            ),
            "y_train": (
                "uint8",
                (60000,),
                "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
            ),
            "x_test": (
                "uint8",
                (10000, 28, 28),
                "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            ),
            "y_test": (
                "uint8",
                (10000,),
                "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
            ),
        },
    ),
    "boston_housing": _Original(
        "Boston housing",
        "boston_housing.npz",
        {
            "x": (
                "float64",
                (506, 13),
                "58d9abef45a8e00c844d74ff0027c96d21a8a237d7ba7e4c0c30b11dcdafde10",
            ),
            "y": (
                "float64",
                (506,),
                "a7a4a2bed7266f5e88acd2854ae97af5206bed564ab217810535d4cd14d76edb",
            ),
        },
    ),
    "california_housing": _Original(
        "California housing",
        "california_housing.npz",
        {
            "x": (
                "float32",
                (20640, 8),
                "76177435d337896b390c443ed142f59502d67c10de9ea0b08458dac1a51af4b5",
            ),
            "y": (
                "float32",
                (20640,),
                "1c459c8c91b63bc57993056258de809b80f7089066c58fdf68bfe25cbbe616ac",
            ),
        },
    ),
}


def load_mnist() -> Dataset:
    """Load 70,000 images of handwritten digits, as ``keras.datasets.mnist.load_data`` does.

    Returns:
        Dataset with ``x_train`` (60000, 28, 28) and ``x_test`` (10000, 28, 28), grey levels from
        0 (paper) to 255 (ink) as uint8, and ``y_train`` (60000,), ``y_test`` (10000,), the digits
        0 to 9 as uint8. The stand-in is scikit-learn's ``load_digits``, 1437 and 360 images
        brought to the same size, type and range.

    Raises:
        FileNotFoundError: ``COMPANION_DATA`` names no folder or the folder has no ``mnist.npz``;
            or no real data was found and ``COMPANION_REQUIRE_REAL_DATA`` asks for it.
        ValueError: the file found is damaged or holds other data. It is left as it is.
        PermissionError: a download is needed and Keras' cache cannot be written to.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_mnist()
        >>> x_train.shape[1:], x_train.dtype.name, sorted(set(y_test.tolist()))
        ((28, 28), 'uint8', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits",
        licence CC BY-SA 3.0. The stand-in: E. Alpaydin, C. Kaynak, "Optical Recognition of
        Handwritten Digits", UCI Machine Learning Repository, 1998, licence CC BY 4.0.

    Chapter: networks/perceptron
    """
    return _load("mnist", _digits)


def load_boston_housing() -> Dataset:
    """Load the house prices of 506 districts around Boston, 1970, in Keras' order.

    Look before you use it. The column ``B`` is 1000 (b − 0.63)², where b is the share of Black
    residents in a district: its authors wrote into the data the assumption that segregation sets
    prices, and the formula cannot be undone. Scikit-learn removed the data set for that reason.
    This course loads it only to repeat figures that others published; for anything else take
    `load_california_housing`.

    Returns:
        Dataset with ``x_train`` (404, 13), ``x_test`` (102, 13) and the median price of a
        district's houses in 1000 dollars, ``y_train`` (404,), ``y_test`` (102,), all float64.
        The stand-in is scikit-learn's diabetes data, 353 and 89 rows of 10 features.

    Raises:
        FileNotFoundError, ValueError, PermissionError: as `load_mnist`.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_boston_housing()
        >>> len(x_train) == len(y_train), x_train.dtype.name
        (True, 'float64')

    Source: D. Harrison, D. L. Rubinfeld, "Hedonic housing prices and the demand for clean air",
        Journal of Environmental Economics and Management 5, 1978; distributed by StatLib,
        Carnegie Mellon University, under its terms. The stand-in: B. Efron, T. Hastie,
        I. Johnstone, R. Tibshirani, "Least angle regression", Annals of Statistics 32, 2004.

    Chapter: start/index
    """
    columns = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT"
    return _load("boston_housing", _diabetes, tuple(columns.split()))


def load_california_housing() -> Dataset:
    """Load the house prices of 20,640 districts in California, 1990, in Keras' order.

    The same arrays as ``keras.datasets.california_housing.load_data(version="large")``.

    Returns:
        Dataset with ``x_train`` (16512, 8), ``x_test`` (4128, 8) and the median value of a
        district's houses in dollars, ``y_train`` (16512,), ``y_test`` (4128,), all float32. Rooms
        and bedrooms are totals of a district, income is in 10,000 dollars. The stand-in is
        scikit-learn's diabetes data, 353 and 89 rows of 10 features.

    Raises:
        FileNotFoundError, ValueError, PermissionError: as `load_mnist`.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_california_housing()
        >>> len(x_train) == len(y_train), x_train.dtype.name
        (True, 'float32')

    Source: R. K. Pace, R. Barry, "Sparse spatial autoregressions", Statistics and Probability
        Letters 33, 1997; distributed by StatLib, Carnegie Mellon University, under its terms.

    Chapter: start/index
    """
    columns = (
        "longitude latitude housing_median_age total_rooms total_bedrooms "
        "population households median_income"
    )
    return _load("california_housing", _diabetes, tuple(columns.split()))


def available(name: str) -> bool:
    """Say whether the real data is on this machine, without a network, Keras or TensorFlow.

    True exactly where the loader would return real data from ``COMPANION_DATA`` or from Keras'
    cache: the arrays are read and their hashes checked, about half a second for MNIST. False for
    a damaged file as well; loading it says what is wrong with it.

    Args:
        name: ``"mnist"``, ``"boston_housing"`` or ``"california_housing"``.

    Returns:
        Whether the real data can be loaded here and now.

    Raises:
        ValueError: there is no data set of that name.

    Example:
        >>> available("mnist") in (True, False)
        True

    Chapter: start/index
    """
    if name not in _ORIGINALS:
        raise ValueError(f"name must be one of {', '.join(_ORIGINALS)}; got {name!r}")
    try:
        folder = _data_folder() or _keras_cache()
        _read(folder / _ORIGINALS[name].file, _ORIGINALS[name])
    except (OSError, ValueError):
        return False
    return True


def _load(key: str, stand_in: Callable, feature_names: tuple[str, ...] = ()) -> Dataset:
    """Try the three places in order; `stand_in` makes the data of the third."""
    original = _ORIGINALS[key]
    if folder := _data_folder():
        arrays = _read(folder / original.file, original)
        source = "the folder in COMPANION_DATA"
    else:
        file = _keras_cache() / original.file
        try:
            arrays = _read(file, original) if file.exists() else _download(key, original)
        except _NoDownload as failure:
            return _replace(original, stand_in, failure)
        source = "keras.datasets"
    if "x" in arrays:  # a table that comes in one piece
        arrays = _split(arrays["x"], arrays["y"])
    return Dataset(original.name, **arrays, real=True, source=source, feature_names=feature_names)


def _data_folder() -> Path | None:
    """The folder in COMPANION_DATA, absolute; None where the variable is not set or empty."""
    value = os.environ.get("COMPANION_DATA", "")
    if not value:
        return None
    folder = Path(value).expanduser().absolute()
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise FileNotFoundError(
            f"COMPANION_DATA={value!r} should name a folder; there is {found} at {folder}"
        )
    return folder


def _keras_cache() -> Path:
    """The folder in which Keras keeps data sets, by Keras' rule but without importing it."""
    if home := os.environ.get("KERAS_HOME"):
        return Path(home).expanduser() / "datasets"
    user = Path("~").expanduser()
    base = user if os.access(user, os.W_OK) else Path(os.sep, "tmp")  # Keras ignores TMPDIR here
    return base / ".keras" / "datasets"


def _read(file: Path, original: _Original) -> Arrays:
    """Read the arrays of a file and prove that they are the original ones."""
    remedy = (
        "The file was left as it is; move it away or put a good one in its place "
        "(where COMPANION_DATA is not set, a missing file is downloaded again)."
    )
    if not file.exists():
        raise FileNotFoundError(f"{file} does not exist; it should hold {original.name}")
    arrays = {}
    try:
        with np.load(file, allow_pickle=False) as archive:
            for name in original.arrays:
                arrays[name] = archive[name]
    except OSError:
        raise  # such as a file that may not be read: the message names it
    except KeyError:
        raise ValueError(
            f"{file} is not {original.name}: it holds the arrays {sorted(archive.files)}, "
            f"expected {sorted(original.arrays)}. {remedy}"
        ) from None
    except Exception as error:  # zipfile, zlib and NumPy each have errors of their own
        raise ValueError(
            f"{file} is damaged or not an .npz archive of plain arrays: expected "
            f"{sorted(original.arrays)} of {original.name}, got as far as {sorted(arrays)} "
            f"({type(error).__name__}: {error}). {remedy}"
        ) from error
    for name, (dtype, shape, sha256) in original.arrays.items():
        array = arrays[name]
        found = {"dtype": str(array.dtype), "shape": array.shape}
        expected = {"dtype": dtype, "shape": shape}
        if found == expected:  # only then is the hash worth its time, and its message
            found = {"SHA-256": hashlib.sha256(array.tobytes()).hexdigest()}
            expected = {"SHA-256": sha256}
        for what in expected:
            if found[what] != expected[what]:
                raise ValueError(
                    f"{file} is not {original.name}: array {name!r} has {what} {found[what]}, "
                    f"expected {expected[what]}. {remedy}"
                )
    return arrays


class _NoDownload(Exception):
    """The data could not be fetched; the message says why."""


def _download(key: str, original: _Original) -> Arrays:
    """Let Keras fetch the file, wait no longer than the limits, and put it into its cache.

    Keras deletes a file of the cache that it takes for damaged, and two processes that download
    at once write into one file. So it gets a new name to write to, and the finished and checked
    file is moved to its place in one step.
    """
    cache = _keras_cache()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as error:
        raise PermissionError(
            f"{original.name} should be downloaded into {cache}, which cannot be written to "
            f"({error}). Set KERAS_HOME to a folder that can, or COMPANION_DATA to a folder that "
            f"holds {original.file}."
        ) from error
    try:
        import keras
    except ImportError as error:
        raise _NoDownload(f"keras.datasets cannot be imported ({error})") from error

    part = cache / f"{Path(original.file).stem}-{uuid.uuid4().hex}.npz"
    failures = []

    def fetch() -> None:
        try:
            getattr(keras.datasets, key).load_data(path=part.name)
        except Exception as error:  # Keras wraps a network error into a bare Exception
            failures.append(error)

    # A daemon: what the limit cuts off must not keep the interpreter from ending.
    thread = threading.Thread(target=fetch, daemon=True)
    start = time.monotonic()
    # Keras prints how far it is; that is no part of what a cell or an example puts out.
    with contextlib.redirect_stdout(sys.stderr):
        thread.start()
        while thread.is_alive():
            # Keras creates the file when the server has answered.
            limit = TRANSFER_SECONDS if part.exists() else ANSWER_SECONDS
            if time.monotonic() - start > limit:
                raise _NoDownload(f"keras.datasets had not finished after {limit:g} s")
            thread.join(0.05)
    try:
        if failures:
            raise _NoDownload(f"keras.datasets: {failures[0]}") from failures[0]
        try:
            arrays = _read(part, original)
        except (OSError, ValueError) as error:
            raise _NoDownload(f"keras.datasets fetched something else: {error}") from error
        os.replace(part, cache / original.file)
        return arrays
    finally:
        part.unlink(missing_ok=True)  # our own unfinished file, never one that was there before


def _split(x: np.ndarray, y: np.ndarray) -> Arrays:
    """Shuffle rows and keep the last fifth for testing, exactly as `keras.datasets` does."""
    order = np.arange(len(x))
    np.random.RandomState(113).shuffle(order)
    train, test = np.split(order, [int(len(x) * (1 - 0.2))])
    return {"x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test]}


def _replace(original: _Original, stand_in: Callable, failure: Exception) -> Dataset:
    """Build the stand-in and warn, or raise where only the real data will do."""
    remedy = (
        f"To get it, connect to a network once, or set COMPANION_DATA to a folder that holds "
        f"{original.file}."
    )
    if os.environ.get("COMPANION_REQUIRE_REAL_DATA", "") not in ("", "0"):
        raise FileNotFoundError(
            f"{original.name} is not on this machine and could not be downloaded: {failure}. "
            f"COMPANION_REQUIRE_REAL_DATA is set, so nothing stands in for it. {remedy}"
        ) from failure
    name, x, y, feature_names = stand_in()
    (x_dtype, *_), (y_dtype, *_) = list(original.arrays.values())[:2]
    notice = (
        f"{original.name} is not on this machine and could not be downloaded: {failure}. "
        f"{name} stand in for it, so expect other numbers than the page's. {remedy}"
    )
    warnings.warn(notice, UserWarning, stacklevel=4)  # points at the caller of load_...()
    return Dataset(
        f"{name} in place of {original.name}",
        **_split(x.astype(x_dtype), y.astype(y_dtype)),
        real=False,
        source="scikit-learn",
        feature_names=feature_names,
        notice=notice,
    )


def _digits() -> tuple[str, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Scikit-learn's 1797 digits, 8 × 8 pixels of 0 to 16, in the size and range of MNIST.

    Each pixel becomes a block of 3 × 3, 24 × 24 in all, inside a margin of 2. Blocks rather than
    interpolation: no grey level is made up, and the result fills its frame much as MNIST's own
    20 × 20 with a margin of 4.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    grey = np.rint(digits.images * (255 / 16))
    images = np.pad(grey.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    return "scikit-learn's digits", images, digits.target, ()


def _diabetes() -> tuple[str, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Scikit-learn's 442 diabetes patients in raw units: also a table with one number to predict.

    The target is how far the disease got within a year, 25 to 346.
    """
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    return "scikit-learn's diabetes data", table.data, table.target, tuple(table.feature_names)
