"""What `training.fit` promises: the history of `model.fit`, its callbacks, and whole epochs."""

import contextlib
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import layers, losses, optimizers, training

ROOT = Path(__file__).parents[1]
SAMPLES, BATCH, EPOCHS = 75, 16, 3
STEPS = 5  # in an epoch; the last has 11 samples
generator = np.random.default_rng(0)
X = generator.normal(size=(SAMPLES, 6)).astype("float32")
CLASSES = generator.integers(0, 3, SAMPLES)
PRICES = (X @ np.arange(6) + generator.normal(size=SAMPLES)).astype("float32")[:, np.newaxis]
WEIGHTS = generator.uniform(0, 2, SAMPLES).astype("float32")


def classifier(hidden=lambda: [keras.layers.Dense(8, "tanh")], optimizer=None, **options):
    """A small network that is compiled, with the same first weights each time."""
    keras.utils.set_random_seed(7)
    last = keras.layers.Dense(3, "softmax")
    model = keras.Sequential([keras.Input((6,)), *hidden(), last])
    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | options
    model.compile(optimizer or keras.optimizers.Adam(0.01), **options)
    return model


def line(optimizer="sgd", loss="mean_squared_error", **options):
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile(optimizer, loss, **options)
    return model


def two_roads():
    """Two inputs by name, two outputs, a loss and a weight for each."""
    keras.utils.set_random_seed(7)
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    both = keras.layers.Dense(8, "relu")(keras.layers.Concatenate()([left, right]))
    kind = keras.layers.Dense(3, "softmax", name="kind")(both)
    price = keras.layers.Dense(1, name="price")(both)
    model = keras.Model({"left": left, "right": right}, {"kind": kind, "price": price})
    model.compile(
        keras.optimizers.RMSprop(0.01),
        {"kind": "sparse_categorical_crossentropy", "price": "mean_absolute_error"},
        loss_weights={"kind": 1.0, "price": 0.1},
        metrics={"kind": ["accuracy"]},
    )
    return model


class OwnStep(keras.Sequential):
    """A train_step that is not Keras': it counts its calls, and returns a log of its own."""

    traced = 0

    def train_step(self, data):
        self.traced += 1
        return super().train_step(data) | {"largest": tf.reduce_max(data[0])}


def half_precision(policy):
    def make():
        previous = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            return classifier(optimizer=keras.optimizers.SGD(0.1))
        finally:
            keras.config.set_dtype_policy(previous)

    return make


def regularized():
    return classifier(
        lambda: [keras.layers.Dense(8, "relu", kernel_regularizer=keras.regularizers.L2(0.01))],
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=1.0),
    )


def normalized():
    # No bias before the normalization: its gradient is 0 but for rounding.
    def hidden():
        return [keras.layers.Dense(8, use_bias=False), keras.layers.BatchNormalization()]

    return classifier(hidden, keras.optimizers.SGD(0.1))


def scheduled():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 12)
    return line(keras.optimizers.SGD(schedule), "huber")


def averaged():
    return line(keras.optimizers.Adam(0.1, use_ema=True, ema_overwrite_frequency=3))


def ours():
    return classifier(optimizer=optimizers.Adam(0.01), loss=losses.SparseCategoricalCrossentropy())


def recurrent():
    return classifier(lambda: [keras.layers.Reshape((3, 2)), keras.layers.LSTM(5)])


MODELS = {
    "classes": (classifier, X, CLASSES),
    "a price": (line, X, PRICES),
    "penalty, momentum, clipping": (regularized, X, CLASSES),
    "batch normalization": (normalized, X, CLASSES),
    "a schedule": (scheduled, X, PRICES),
    "moving average of the weights": (averaged, X, PRICES),
    "companion's loss and optimizer": (ours, X, CLASSES),
    "a recurrent layer": (recurrent, X, CLASSES),
    "whole numbers in 8 bits": (classifier, (10 * X).astype("int8"), CLASSES.astype("uint8")),
    "float64": (classifier, X.astype("float64"), CLASSES.astype("float64")),
    "two inputs, two outputs": (
        two_roads,
        {"left": X, "right": X[::-1].copy()},
        {"kind": CLASSES, "price": PRICES},
    ),
    "bfloat16": (half_precision("mixed_bfloat16"), X, CLASSES),
    "float16 with a scaled loss": (half_precision("mixed_float16"), X, CLASSES),
}


# Keras counts a smaller last batch like a full one here, where it knows no shapes.
OF_ONE_OUTPUT = {f"{val}{output}_loss" for val in ("", "val_") for output in ("kind", "price")}


def by_keras(model, x, y, *, seed, sample_weight=None, **options):
    """The history of Keras' `fit` on the batches that `training.fit` takes."""
    arrays = (x, y) if sample_weight is None else (x, y, sample_weight)

    def batches():
        for epoch in range(EPOCHS):
            rows = training.order(SAMPLES, seed=seed, epoch=epoch).numpy()
            for start in range(0, SAMPLES, BATCH):
                yield gathered(rows[start : start + BATCH])

    def gathered(rows):
        return tf.nest.map_structure(lambda array: tf.constant(array[rows]), arrays)

    shapes = tf.nest.map_structure(
        lambda tensor: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype), gathered([0])
    )
    options |= {
        "epochs": EPOCHS,
        "steps_per_epoch": STEPS,
        "verbose": 0,
        "shuffle": False,
    }
    data = tf.data.Dataset.from_generator(batches, output_signature=shapes)
    return model.fit(data, validation_batch_size=BATCH, **options).history


def by_companion(model, x, y, *, seed, **options):
    options = {"batch_size": BATCH, "epochs": EPOCHS, "verbose": 0} | options
    return training.fit(model, x, y, seed=seed, **options).history


def assert_equal_histories(ours, theirs, rtol=2e-5, atol=1e-6):
    assert set(ours) == set(theirs)
    for name, values in theirs.items():
        if name in OF_ONE_OUTPUT:
            continue
        assert np.shape(values) == (EPOCHS,)
        np.testing.assert_allclose(ours[name], values, rtol=rtol, atol=atol, err_msg=name)


@pytest.mark.parametrize("kind", MODELS)
def test_on_the_same_batches_the_history_is_that_of_keras(kind):
    make, x, y = MODELS[kind]
    model, other = make(), make()
    options = {"validation_data": (x, y), "seed": 5}
    # Rounded to half precision, a sample or two may fall on the other side of a boundary.
    rtol, atol = (2e-2, 3 / SAMPLES) if "float16" in kind else (2e-5, 1e-6)
    assert_equal_histories(
        by_companion(model, x, y, **options), by_keras(other, x, y, **options), rtol, atol
    )
    for one, another in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, another, rtol=100 * rtol, atol=10 * rtol)
    assert int(model.optimizer.iterations) == int(other.optimizer.iterations)


def test_the_losses_of_the_outputs_add_up_to_that_of_the_model():
    make, x, y = MODELS["two inputs, two outputs"]
    history = by_companion(make(), x, y, seed=5)
    parts = np.add(history["kind_loss"], 0.1 * np.array(history["price_loss"]))
    np.testing.assert_allclose(parts, history["loss"], rtol=1e-6)
    theirs = by_keras(make(), x, y, seed=5)
    parts = np.add(theirs["kind_loss"], 0.1 * np.array(theirs["price_loss"]))
    assert np.max(np.abs(parts / theirs["loss"] - 1)) > 1e-3


def test_sample_weights_count_in_training_and_in_validation():
    validation = (X[:40], CLASSES[:40], WEIGHTS[:40])
    options = {"sample_weight": WEIGHTS, "validation_data": validation, "seed": 2}
    model, other = (classifier(weighted_metrics=["accuracy"]) for _ in range(2))
    weighted = by_companion(model, X, CLASSES, **options)
    assert_equal_histories(weighted, by_keras(other, X, CLASSES, **options))
    plain = by_companion(classifier(), X, CLASSES, seed=2)
    assert abs(plain["loss"][0] - weighted["loss"][0]) > 1e-3


def test_the_last_batch_counts_with_the_samples_it_has():
    # One linear unit by hand: 5 samples in batches of 2 make steps on 2, 2 and 1.
    x, y, rate = X[:5], PRICES[:5], 0.1
    model = line(keras.optimizers.SGD(rate))
    weights, bias = model.get_weights()
    for rows in ([0, 1], [2, 3], [4]):
        error = x[rows] @ weights + bias - y[rows]
        weights = weights - rate * 2 * x[rows].T @ error / len(rows)
        bias = bias - rate * 2 * error.mean()
    training.fit(model, x, y, batch_size=2, epochs=1, shuffle=False, verbose=0)
    for found, wanted in zip(model.get_weights(), (weights, bias), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_one_batch_may_hold_all_samples():
    history = training.fit(line(), X, PRICES, batch_size=SAMPLES, epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]


# The order of the samples and the masks of dropout.


def test_an_order_has_every_sample_once_and_is_new_in_each_epoch():
    orders = [training.order(1000, seed=s, epoch=e).numpy() for s in (0, 1) for e in (0, 1)]
    for each in orders:
        assert np.array_equal(np.sort(each), np.arange(1000))
    for i, one in enumerate(orders):
        for other in orders[:i]:
            assert np.mean(one == other) < 0.01
    assert np.array_equal(orders[0], training.order(1000, seed=0, epoch=0))


def test_all_orders_of_three_samples_are_equally_likely():
    draws = 600
    found = [tuple(training.order(3, seed=s, epoch=3).numpy().tolist()) for s in range(draws)]
    counts = np.array([found.count(each) for each in sorted(set(found))])
    assert len(counts) == 6
    chi_square = np.sum((counts - draws / 6) ** 2) / (draws / 6)
    assert chi_square < 20.5  # exceeded by chance once in a thousand, with 5 degrees of freedom


def with_dropout(kind=keras.layers.Dropout):
    return classifier(lambda: [keras.layers.Dense(32, "relu"), kind(0.5), kind(0.2)])


@pytest.mark.parametrize("kind", [keras.layers.Dropout, layers.Dropout])
def test_a_seed_decides_on_everything_whatever_was_drawn_before(kind):
    first, second = with_dropout(kind), with_dropout(kind)
    second(X, training=True)  # draws masks
    histories = [by_companion(model, X, CLASSES, seed=3) for model in (first, second)]
    assert histories[0] == histories[1]
    assert histories[0] != by_companion(with_dropout(kind), X, CLASSES, seed=4)


def test_masks_differ_between_epochs_and_between_layers():
    model, masks = with_dropout(), []

    class Masks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            states = [v for v in model.non_trainable_variables if "seed" in v.name]
            masks.extend(tuple(state.numpy().tolist()) for state in states)

    by_companion(model, X, CLASSES, seed=3, callbacks=[Masks()])
    assert len(masks) == 2 * EPOCHS == len(set(masks))


def test_without_a_seed_the_order_follows_pythons_generator():
    def run(seed):
        model = classifier()
        keras.utils.set_random_seed(seed)
        return training.fit(model, X, CLASSES, batch_size=BATCH, epochs=2, verbose=0).history

    assert run(1) == run(1) != run(2)


# Callbacks and logs.


class Told(keras.callbacks.Callback):
    """Writes down what it is told, but for batches."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append(("train begins", self.params["epochs"], self.params["steps"]))

    def on_train_end(self, logs=None):
        self.calls.append(("train ends", sorted(logs)))

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(("epoch begins", epoch))

    def on_epoch_end(self, epoch, logs=None):
        assert all(type(value) is float for value in logs.values())
        self.calls.append(("epoch ends", epoch, sorted(logs)))

    def on_test_begin(self, logs=None):
        self.calls.append("test begins")

    def on_test_end(self, logs=None):
        self.calls.append(("test ends", sorted(logs)))


def test_callbacks_hear_what_they_hear_from_keras():
    options = {"batch_size": BATCH, "epochs": 2, "verbose": 0, "validation_data": (X, CLASSES)}
    one, other = Told(), Told()
    training.fit(classifier(), X, CLASSES, callbacks=[one], **options)
    classifier().fit(X, CLASSES, callbacks=[other], **options)
    assert one.calls == other.calls


def test_epoch_callbacks_work_without_a_warning(tmp_path):
    model = classifier(optimizer=keras.optimizers.SGD(1e-9))
    path = tmp_path / "best.weights.h5"
    callbacks = [
        keras.callbacks.EarlyStopping("loss", patience=3, min_delta=1.0),
        keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1.0),
        keras.callbacks.ModelCheckpoint(path, save_weights_only=True),
        keras.callbacks.TensorBoard(tmp_path / "logs", update_freq="epoch", profile_batch=0),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = by_companion(model, X, CLASSES, seed=1, epochs=9, callbacks=callbacks)
    assert len(history["loss"]) == 4
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-9 / 8)
    assert path.exists()
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 5
    assert list((tmp_path / "logs").rglob("events*"))


def test_the_progress_bar_is_that_of_keras(capsys):
    training.fit(classifier(), X, CLASSES, batch_size=BATCH, epochs=2, verbose=1)
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed
    assert "5/5" in printed
    assert "accuracy" in printed
    training.fit(classifier(), X, CLASSES, batch_size=BATCH, epochs=1, verbose=2)
    assert "5/5 - " in capsys.readouterr().out


def test_a_models_own_step_runs_and_its_logs_are_kept():
    keras.utils.set_random_seed(7)
    model = OwnStep([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    history = training.fit(
        model, X, PRICES, batch_size=BATCH, epochs=2, shuffle=False, verbose=0
    ).history
    assert history["largest"] == [pytest.approx(X[64:].max())] * 2


def test_a_program_is_compiled_once_and_anew_when_the_model_is():
    model = OwnStep([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    traced = []
    for step in range(4):
        if step == 2:
            model.compile("sgd", "mean_absolute_error")
        history = training.fit(model, X, PRICES, batch_size=BATCH, epochs=2, verbose=0).history
        traced.append(model.traced)
    assert traced[0] == traced[1] < traced[2] == traced[3]
    error = np.mean(np.abs(model.predict(X, verbose=0) - PRICES))
    assert history["loss"][-1] == pytest.approx(error, rel=0.2)


def test_a_frozen_layer_stays_as_it_is():
    model = classifier()
    training.fit(model, X, CLASSES, batch_size=BATCH, epochs=1, verbose=0)
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    frozen, free = (layer.get_weights() for layer in model.layers)
    training.fit(model, X, CLASSES, batch_size=BATCH, epochs=1, verbose=0)
    assert np.array_equal(frozen[0], model.layers[0].get_weights()[0])
    assert not np.array_equal(free[0], model.layers[1].get_weights()[0])


# Batch by batch, where it has to be.


class EachBatch(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))


def in_python(y_true, y_pred):
    """A loss that XLA cannot compile."""
    error = tf.numpy_function(lambda t: t.astype("float32"), [y_true], tf.float32)
    return tf.reduce_mean(tf.square(tf.reshape(error, (-1, 1)) - y_pred), axis=-1)


SLOW = {
    "run_eagerly=True": (lambda: line(run_eagerly=True), []),
    "EachBatch acts on each batch": (line, [EachBatch]),
    "XLA cannot compile": (lambda: line(loss=in_python), []),
}


@pytest.mark.parametrize("reason", SLOW)
def test_what_cannot_be_one_program_trains_batch_by_batch_and_says_why(reason):
    make, callbacks = SLOW[reason]
    options = {"validation_data": (X, PRICES), "seed": 5}
    with pytest.warns(UserWarning, match=reason) as caught:
        history = by_companion(make(), X, PRICES, callbacks=[c() for c in callbacks], **options)
    ours = [each for each in caught if "batch by batch" in str(each.message)]
    assert len(ours) == 1
    assert ours[0].filename == __file__
    assert_equal_histories(history, by_keras(line(), X, PRICES, **options))


def test_a_callback_for_batches_gets_each_of_them():
    each = EachBatch()
    with pytest.warns(UserWarning, match="EachBatch"):
        by_companion(line(), X, PRICES, seed=1, callbacks=[each])
    assert len(each.losses) == EPOCHS * STEPS


# Interrupted, and resumed.


def state(model):
    return [variable.numpy().copy() for variable in [*model.variables, *model.optimizer.variables]]


class Stop(keras.callbacks.Callback):
    """Interrupts in one epoch, before its first batch or after its third."""

    def __init__(self, epoch, in_mid_epoch):
        super().__init__()
        self.epoch, self.in_mid_epoch, self.now = epoch, in_mid_epoch, None
        if in_mid_epoch:
            self.on_train_batch_end = self.after_batch

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch
        if epoch == self.epoch and not self.in_mid_epoch:
            raise KeyboardInterrupt

    def after_batch(self, batch, logs=None):
        if self.now == self.epoch and batch == 2:
            raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore:training goes batch by batch")
@pytest.mark.parametrize("in_mid_epoch", [True, False])
def test_an_interrupt_leaves_the_last_whole_epoch(in_mid_epoch):
    model, whole = normalized(), normalized()
    stop = Stop(2, in_mid_epoch)
    with pytest.raises(KeyboardInterrupt):
        by_companion(model, X, CLASSES, seed=1, callbacks=[stop])
    by_companion(whole, X, CLASSES, seed=1, epochs=2)
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    assert int(model.optimizer.iterations) == 2 * STEPS


INTERRUPTED = """
import signal
import keras, numpy as np
from companion import training

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile("sgd", "mean_squared_error")
tell = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: print(epoch, flush=True))
x = np.zeros((200_000, 6), "float32")
try:
    training.fit(
        model, x, x[:, :1], batch_size=16, epochs=10**9, seed=1, callbacks=[tell], verbose=0
    )
except KeyboardInterrupt:
    print("interrupted after", int(model.optimizer.iterations))
"""


def test_an_interrupt_inside_the_program_leaves_whole_epochs_too():
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        while process.stdout.readline() != "2\n":
            assert process.poll() is None
        for _ in range(6):  # once, or again if Python was where it ignores exceptions
            time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
                break
    finally:
        process.kill()
    *_, last = process.stdout.read().splitlines()
    words, steps = last.rsplit(maxsplit=1)
    assert words == "interrupted after"
    assert int(steps) >= 2 * 12_500
    assert int(steps) % 12_500 == 0


MEMORY = """
import resource
from pathlib import Path
import keras, numpy as np
from companion import training

model = keras.Sequential([keras.Input((1024,)), keras.layers.Dense(1)])
model.compile("sgd", "mean_squared_error")
x = np.random.default_rng(0).random((60_000, 1024), dtype=np.float32)
y = x[:, :1].copy()
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
training.fit(model, x[:999], y[:999], batch_size=100, epochs=1, verbose=0)  # loads the compiler
before = peak()  # not what is resident: a system short of memory takes pages away
held = []
tell = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: held.append(resident()))
training.fit(model, x, y, batch_size=100, epochs=2, callbacks=[tell], verbose=0)
print(x.nbytes, max(held) - before, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux to tell")
def test_the_data_are_held_once_and_taken_over_with_one_more_copy():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, cwd=ROOT, check=True
    )
    data, held, most = map(int, done.stdout.split())
    compiling = 64 * 2**20
    assert held < 1.1 * data + compiling
    assert most < 2.1 * data + compiling


@pytest.mark.parametrize("kind", [keras.layers.Dropout, layers.Dropout])
def test_training_that_is_resumed_takes_the_same_path(tmp_path, kind):
    whole, model = with_dropout(kind), with_dropout(kind)
    by_companion(whole, X, CLASSES, seed=6, epochs=5)

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    with pytest.raises(KeyboardInterrupt):
        by_companion(
            model, X, CLASSES, seed=6, epochs=5, callbacks=[backup(), Stop(3, in_mid_epoch=False)]
        )
    fresh = with_dropout(kind)
    history = by_companion(fresh, X, CLASSES, seed=6, epochs=5, callbacks=[backup()])
    assert len(history["loss"]) == 2
    for one, other in zip(state(fresh), state(whole), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_saved_model_goes_on_at_its_epoch(tmp_path):
    whole, model = classifier(), classifier()
    by_companion(whole, X, CLASSES, seed=6, epochs=4)
    by_companion(model, X, CLASSES, seed=6, epochs=2)
    model.save(tmp_path / "half.keras")
    again = keras.models.load_model(tmp_path / "half.keras")
    by_companion(again, X, CLASSES, seed=6, epochs=4, initial_epoch=2)
    for one, other in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


# Bad input.


def spoiled(array, place, value):
    array = array.astype("float32")
    array.flat[place] = value
    return array


BAD = {
    "y should have as many samples as x, 75, got 74": {"y": CLASSES[:-1]},
    "sample_weight should have as many samples as x, 75, got 3": {"sample_weight": WEIGHTS[:3]},
    "x should hold finite numbers in float32, got nan in sample 2": {"x": spoiled(X, 13, np.nan)},
    "y should hold finite numbers in float32, got inf": {"y": spoiled(CLASSES, 3, np.inf)},
    "x should hold finite numbers in float32, got -inf": {"x": -1e300 * X.astype("float64") ** 2},
    "batch_size should be at most the 75 samples, got 76": {"batch_size": 76},
    "batch_size should be a finite number and >= 1, got 0": {"batch_size": 0},
    "epochs should be": {"epochs": 0},
    "y should hold whole numbers from 0 to 2, got 3": {"y": CLASSES + 1},
    "y should hold whole numbers from 0 to 2, got -1": {"y": CLASSES - 1},
    "y should hold whole numbers from 0 to 2, got 0.5": {"y": spoiled(CLASSES, 0, 0.5)},
    "y in validation_data should hold whole numbers from 0 to 2": {
        "validation_data": (X, CLASSES + 1)
    },
    "x in validation_data should hold finite numbers": {
        "validation_data": (spoiled(X, 0, np.nan), CLASSES)
    },
    "y in validation_data should have as many": {"validation_data": (X, CLASSES[1:])},
    "validation_data should be a tuple": {"validation_data": [X, CLASSES]},
    "x should be an array": {"x": [[1.0, 2.0]]},
    "got _TensorSliceDataset; a data set": {"x": tf.data.Dataset.from_tensor_slices(X)},
    "y should be an array": {"y": None},
    "x should hold real numbers": {"x": X.astype("complex64")},
    "x should have at least one sample": {"x": X[:0]},
    "seed should be a whole number": {"seed": -1},
    "shuffle should be True or False": {"shuffle": "batch"},
    "verbose should be": {"verbose": 3},
    "initial_epoch should be": {"initial_epoch": -1},
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_refused_before_the_first_step(message):
    model = classifier()
    before = state(model)
    arguments = {"x": X, "y": CLASSES, "batch_size": BATCH, "epochs": 1, "verbose": 0}
    with pytest.raises(ValueError) as error:
        training.fit(model, **arguments | BAD[message])
    assert message in str(error.value)
    for one, other in zip(before, state(model), strict=False):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("loss", "labels"), [("binary_crossentropy", 2.0), (keras.losses.BinaryCrossentropy(), -1.0)]
)
def test_probabilities_as_labels_lie_between_0_and_1(loss, labels):
    with pytest.raises(ValueError, match="y should hold numbers from 0 to 1"):
        training.fit(line(loss=loss), X, labels * np.ones((SAMPLES, 1)), batch_size=5, epochs=1)


def test_labels_that_the_loss_ignores_are_none_too_many():
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=255)
    labels = np.where(CLASSES == 0, 255, CLASSES)
    training.fit(classifier(loss=loss), X, labels, batch_size=BATCH, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="whole numbers from 0 to 2, got 254"):
        training.fit(classifier(loss=loss), X, labels - 1, batch_size=BATCH, epochs=1)


def test_labels_of_each_output_are_looked_at():
    with pytest.raises(ValueError, match="whole numbers from 0 to 2, got 9"):
        training.fit(
            two_roads(),
            {"left": X, "right": X},
            {"kind": np.full(SAMPLES, 9), "price": PRICES},
            batch_size=5,
            epochs=1,
        )


def test_a_model_should_be_a_compiled_one():
    with pytest.raises(ValueError, match=r"call model\.compile first"):
        training.fit(keras.Sequential([keras.layers.Dense(1)]), X, PRICES, batch_size=5, epochs=1)
    with pytest.raises(ValueError, match="model should be a Keras model, got function"):
        training.fit(lambda x: x, X, PRICES, batch_size=5, epochs=1)


# Time.


def test_an_epoch_takes_less_than_half_the_time_of_keras():
    x, y = np.tile(X, (60, 1)), np.tile(CLASSES, 60)
    ours, theirs = classifier(), classifier()
    options = {"batch_size": 32, "epochs": 1, "verbose": 0}
    times = {"ours": [], "theirs": []}
    for _ in range(6):
        for name, run in (
            ("ours", lambda: training.fit(ours, x, y, seed=1, **options)),
            ("theirs", lambda: theirs.fit(x, y, **options)),
        ):
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    assert min(times["ours"][1:]) < 0.5 * min(times["theirs"][1:])
