"""Training with a whole epoch as one compiled program."""

import random
import warnings

import numpy as np

from companion import _arguments
from companion._backend import keras, tf

__all__ = ["fit", "order"]


def fit(
    model,
    x,
    y,
    *,
    batch_size,
    epochs,
    validation_data=None,
    callbacks=None,
    sample_weight=None,
    shuffle=True,
    seed=None,
    initial_epoch=0,
    verbose="auto",
):
    r"""Train as ``model.fit`` does, with all steps of an epoch in one program that XLA compiles.

    $$\theta \leftarrow \text{step}\left(\theta,\ \frac{1}{|B_k|} \sum_{i \in B_k}
      \nabla L_i(\theta)\right), \qquad k = 1, \dots, \lceil n / \text{batch size} \rceil$$

    where the batches B_k cut a permutation of the n samples into pieces. Each step is the model's
    own ``train_step``, so losses, metrics, regularizers, batch normalization, mixed precision and
    schedules do what they do in ``model.fit``; fed with the same batches, both give the same
    history to rounding. (Of several outputs, Keras weighs the loss of each in a smaller last batch
    as in a full one; here it counts by its samples.) The batches of an epoch are those of `order`.

    What XLA cannot compile trains batch by batch instead, and a warning says why: a model that
    runs eagerly, an operation that XLA does not know, a callback that acts on each batch.

    Memory, on the device that computes: the bytes of x, y, sample_weight and validation_data once,
    16 for each sample while they are put in order, and what a step on one batch needs. While an
    array is taken over, its bytes are needed once more. Batch by batch it is the weights and the
    optimizer's variables once more.

    An interrupt takes effect when the epoch's program ends. The model then has the weights of the
    last whole epoch, and also where training went batch by batch.

    Args:
        model: a compiled Keras model, with any optimizer, loss and metrics.
        x: inputs, an array of shape (n, …), or for several inputs a list or a dict of such arrays.
        y: targets, likewise.
        batch_size: samples in a step, at most n. The last batch of an epoch has what is left.
        epochs: where training ends, counted from 0, as in Keras.
        validation_data: (x, y) or (x, y, sample_weight), evaluated after each epoch; or None.
        callbacks: Keras callbacks; their methods for an epoch are called.
        sample_weight: of each sample in the loss, of shape (n,), or None.
        shuffle: whether each epoch has an order of its own; else it is that of the arrays.
        seed: a whole number >= 0 that decides on the order of the samples, and on what dropout
            leaves out, for each epoch by its number: training that is resumed takes the same
            path. None takes an order from Python's generator, which
            `keras.utils.set_random_seed` sets, and leaves dropout's generators as they are.
        initial_epoch: where training starts. The callback BackupAndRestore sets its own.
        verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch, "auto" for 1.

    Returns:
        The `keras.callbacks.History`: loss and metrics of each epoch in its `history`.

    Raises:
        ValueError: before the first step, if the model is not compiled, arrays differ in length,
            are empty or hold numbers that are not finite, labels lie outside what the loss knows,
            or an argument is out of range.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mean_squared_error")
        >>> x = np.float32([[0, 1], [1, 0], [1, 1]])
        >>> history = fit(model, x, x[:, :1], batch_size=2, epochs=3, seed=1, verbose=0)
        >>> len(history.history["loss"])
        3

    Source: the idea of a resident data set and one compiled loop is that of ``lax.scan`` in JAX;
    R. Frostig, M. J. Johnson, C. Leary, "Compiling machine learning programs via high-level
    tracing", SysML 2018.
    """
    _check_model(model)
    data = _tensors({"x": x, "y": y, "sample_weight": sample_weight})
    samples = _samples(data)
    batch_size = _arguments.count("batch_size", batch_size, least=1)
    if batch_size > samples:
        raise ValueError(f"batch_size should be at most the {samples} samples, got {batch_size}")
    epochs = _arguments.count("epochs", epochs, least=1)
    initial_epoch = _arguments.count("initial_epoch", initial_epoch, least=0)
    _arguments.flag("shuffle", shuffle)
    if isinstance(verbose, bool) or verbose not in ("auto", 0, 1, 2):
        raise ValueError(f'verbose should be 0, 1, 2 or "auto", got {verbose!r}')
    chosen = random.randrange(2**31) if seed is None else _checked_seed(seed)
    validation = _validation(validation_data)
    outputs = _outputs(model, data[0], batch_size)
    _check_labels(model, "y", data[1], outputs)
    if validation:
        _check_labels(model, "y in validation_data", validation[1], outputs)

    in_order = tf.range(_samples(validation)) if validation else None
    steps = -(-samples // batch_size)
    bar = {"add_progbar": verbose != 0, "verbose": verbose, "epochs": epochs, "steps": steps}
    callbacks = keras.callbacks.CallbackList(callbacks, add_history=True, model=model, **bar)
    told = []
    train, test = _Pass("train", model, callbacks, told), _Pass("test", model, callbacks, told)
    model.stop_training = False
    callbacks.on_train_begin()
    logs = {}
    # Where BackupAndRestore has found a backup, it says so in this attribute.
    for epoch in range(model._initial_epoch or initial_epoch, epochs):
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        if seed is not None:
            _set_masks(model, chosen, epoch)
        rows = order(samples, seed=chosen, epoch=epoch) if shuffle else tf.range(samples)
        logs = train(data, batch_size, rows)
        if validation:
            model.reset_metrics()
            callbacks.on_test_begin()
            found = test(validation, min(batch_size, len(in_order)), in_order)
            callbacks.on_test_end(found)
            logs |= {f"val_{name}": value for name, value in found.items()}
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    callbacks.on_train_end(logs)
    return model.history


def order(samples, *, seed, epoch):
    """The order in which `fit` takes the samples in one epoch.

    Each sample draws a random whole number of 32 bits, and the numbers are sorted. Two samples
    with the same number keep their order, so permutations are not exactly equally likely: among n
    samples n(n - 1)/2³³ such pairs are expected, 0.4 among 60,000.

    Args:
        samples: how many there are, a whole number >= 1.
        seed: a whole number, 0 <= seed < 2³¹.
        epoch: its number, from 0.

    Returns:
        A permutation of 0 … samples - 1, an int32 tensor (samples,).

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> sorted(order(5, seed=1, epoch=0).numpy().tolist())
        [0, 1, 2, 3, 4]
    """
    samples = _arguments.count("samples", samples, least=1)
    epoch = _arguments.count("epoch", epoch, least=0)
    seed = tf.constant([_checked_seed(seed), epoch])
    # Not in the program of the epoch: beside this draw XLA makes the masks of Keras' dropout
    # inside its loops, again for every entry, which took ten times as long.
    draws = tf.random.stateless_uniform([samples], seed, None, None, tf.int32, alg="philox")
    return tf.argsort(draws, stable=True)


class _Pass:
    """A pass over the data that trains or tests: as one program, or else batch by batch."""

    def __init__(self, name, model, callbacks, told):
        self.name, self.model, self.callbacks, self.told = name, model, callbacks, told
        self.program = _programs(model)[name]
        self.step = getattr(model, f"{name}_step")
        self.ran = self.by_batch = False
        if model.run_eagerly:
            self._go_by_batch("the model was compiled with run_eagerly=True")
        elif busy := [each for each in callbacks.callbacks if _acts_on_batches(each, name)]:
            self._go_by_batch(f"{type(busy[0]).__name__} acts on each batch")

    def __call__(self, data, batch_size, rows):
        if not self.by_batch:
            try:
                # Called past the tally of how often a function is traced: each model is new to it.
                program = self.program.get_concrete_function(data, batch_size, rows)
                logs = program(data, batch_size, rows)
            except tf.errors.OpError as error:
                if self.ran:
                    raise
                # A program writes its variables at its end: nothing has changed yet.
                first_line = error.message.splitlines()[0]
                self._go_by_batch(f"XLA cannot compile {self.name}_step: {first_line}")
        if self.by_batch:
            logs = self._batch_by_batch(data, batch_size, rows)
        self.ran = True
        return {name: value.numpy().tolist() for name, value in logs.items()}

    def _go_by_batch(self, reason):
        self.by_batch = True
        if not self.model.run_eagerly:
            self.step = tf.function(self.step)
        if not self.told:
            self.told.append(reason)
            what = {"train": "training", "test": "validation"}[self.name]
            warnings.warn(f"{what} goes batch by batch, because {reason}", stacklevel=4)

    def _batch_by_batch(self, data, batch_size, rows):
        variables = [*self.model.variables, *self.model.optimizer.variables]
        before = [tf.identity(variable) for variable in variables] if self.name == "train" else []
        begin, end = (
            getattr(self.callbacks, f"on_{self.name}_batch_{at}") for at in ("begin", "end")
        )
        try:
            for number, start in enumerate(range(0, len(rows), batch_size)):
                begin(number)
                logs = self.step(_gathered(data, rows[start : start + batch_size]))
                end(number, logs)
                if self.model.stop_training:
                    break
        except BaseException:
            for variable, value in zip(variables, before, strict=False):
                variable.assign(value)
            raise
        return logs


def _programs(model):
    """A model's programs, which stay with it until it is compiled anew or freezes a layer."""
    parts = [model._loss_tracker, *model.trainable_variables]
    kept, programs = getattr(model, "_companion_programs", ([], {}))
    if list(map(id, kept)) != list(map(id, parts)):
        programs = {name: _program(getattr(model, f"{name}_step")) for name in ("train", "test")}
        # Past Keras, which would hold it for a part of the model.
        object.__setattr__(model, "_companion_programs", (parts, programs))
    return programs


def _program(step):
    @tf.function(jit_compile=True)
    def program(data, batch_size, rows):
        # The last batch, which may be smaller, is a step of its own; it knows the logs.
        split = (rows.shape[0] - 1) // batch_size * batch_size
        if split:
            for batch in tf.reshape(rows[:split], (-1, batch_size)):
                step(_gathered(data, batch))
        return step(_gathered(data, rows[split:]))

    return program


def _gathered(data, rows):
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, rows), data)


def _samples(data):
    return tf.nest.flatten(data)[0].shape[0]


def _acts_on_batches(callback, name):
    """Whether a callback does something of its own on each batch."""
    if isinstance(callback, keras.callbacks.ProgbarLogger):
        return False
    if isinstance(callback, keras.callbacks.ModelCheckpoint | keras.callbacks.BackupAndRestore):
        return callback.save_freq != "epoch"
    if isinstance(callback, keras.callbacks.TensorBoard):
        return callback.update_freq != "epoch" or callback._start_batch > 0
    hooks = [f"on_{part}batch_{at}" for part in ("", f"{name}_") for at in ("begin", "end")]
    return any(
        getattr(getattr(callback, hook), "__func__", None)
        is not getattr(keras.callbacks.Callback, hook)
        for hook in hooks
    )


def _set_masks(model, seed, epoch):
    """Start each of the model's generators anew, by the seed, its own number and the epoch's."""
    states = [each for each in model.non_trainable_variables if each.name == "seed_generator_state"]
    for number, state in enumerate(states):
        draw = np.random.SeedSequence([seed, epoch, number]).generate_state(1)[0]
        state.assign([draw >> 1, 0])


def _checked_seed(seed):
    chosen = _arguments.class_number("seed", seed)
    if chosen is None or chosen < 0:
        raise ValueError(f"seed should be a whole number, 0 <= seed < 2³¹, got {seed!r}")
    return chosen


def _check_model(model):
    if not isinstance(model, keras.Model):
        raise ValueError(f"model should be a Keras model, got {type(model).__name__}")
    if not model.compiled or model.optimizer is None:
        raise ValueError(
            "model should be compiled with an optimizer and a loss; call model.compile first"
        )
    if model.distribute_strategy.num_replicas_in_sync > 1:
        raise ValueError(
            "model should live on one device, got one for "
            f"{model.distribute_strategy.num_replicas_in_sync}; those train with model.fit"
        )


def _validation(given):
    """The tensors to evaluate on after each epoch, or None."""
    if given is None:
        return None
    if not isinstance(given, tuple) or len(given) not in (2, 3):
        raise ValueError(
            "validation_data should be a tuple (x, y) or (x, y, sample_weight), "
            f"got {type(given).__name__}"
        )
    names = [f"{name} in validation_data" for name in ("x", "y", "sample_weight")]
    return _tensors(dict(zip(names, (*given, None), strict=False)))


def _tensors(named):
    """The arrays of these names as tensors, floats in Keras' default type; without what is None."""
    data, first = [], None
    for name, given in named.items():
        if given is None and name.startswith("sample_weight"):
            continue
        part = tf.nest.map_structure(lambda array, name=name: _tensor(name, array), given)
        for tensor in tf.nest.flatten(part):
            first = first or (name, tensor.shape[0])
            if tensor.shape[0] != first[1]:
                raise ValueError(
                    f"{name} should have as many samples as {first[0]}, {first[1]}, "
                    f"got {tensor.shape[0]}"
                )
        data.append(part)
    return tuple(data)


def _tensor(name, array):
    if not hasattr(array, "shape"):
        raise ValueError(
            f"{name} should be an array, or a list or dict of arrays, got {type(array).__name__}; "
            "a data set or a generator goes to model.fit"
        )
    if isinstance(array, np.ndarray) and array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what becomes infinite is told below
            array = np.asarray(array, keras.config.floatx())
    # TensorFlow makes two copies of an array; the one behind the identity is all that stays.
    tensor = tf.identity(_arguments.numbers_tensor(name, array))
    if tensor.shape.rank == 0 or tensor.shape[0] == 0:
        raise ValueError(f"{name} should have at least one sample, got shape {tensor.shape}")
    if tensor.dtype.is_floating:
        tensor = tf.cast(tensor, keras.config.floatx())
        values = array if isinstance(array, np.ndarray) else np.asarray(tensor)
        # Both ends tell of every NaN and infinity, and cost no memory.
        if not np.isfinite([values.min(), values.max()]).all():
            place = next(k for k, sample in enumerate(values) if not np.isfinite(sample).all())
            raise ValueError(
                f"{name} should hold finite numbers in {tensor.dtype.name}, got "
                f"{values[place][~np.isfinite(values[place])].flat[0]} in sample {place}"
            )
    return tensor


def _outputs(model, x, batch_size):
    """What the model returns, at least its shapes; builds it, and its optimizer."""
    outputs = getattr(model, "outputs", None)
    if not outputs:
        batch = tf.nest.map_structure(lambda tensor: tensor[:batch_size], x)
        if model.run_eagerly:
            outputs = model(batch)
        else:  # traced, so that nothing runs and no state changes
            traced = tf.function(lambda x: model(x)).get_concrete_function(batch)
            outputs = traced.structured_outputs
    model.optimizer.build(model.trainable_variables)
    return outputs


def _check_labels(model, name, labels, outputs):
    """See that labels are what the model's losses know, where the names of those tell."""
    names = getattr(model, "output_names", None)

    def parts(structure):
        if isinstance(structure, dict):
            return structure
        structure = structure if isinstance(structure, list | tuple) else [structure]
        keys = names if names and len(names) == len(structure) else range(len(structure))
        return dict(zip(keys, structure, strict=True))

    labels, outputs = parts(labels), parts(outputs)
    one_for_all = not isinstance(model.loss, dict | list | tuple)
    losses = dict.fromkeys(labels, model.loss) if one_for_all else parts(model.loss)
    for key in labels.keys() & losses.keys() & outputs.keys():
        loss, values = losses[key], np.asarray(labels[key])
        kind = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
        kind = kind.replace("_", "").lower()
        if kind == "sparsecategoricalcrossentropy":
            most = outputs[key].shape[getattr(loss, "axis", -1)] - 1
            expected = f"whole numbers from 0 to {most}"
            known = (values >= 0) & (values <= most) & (values == np.floor(values))
            known |= values == getattr(loss, "ignore_class", None)
        elif kind in ("binarycrossentropy", "categoricalcrossentropy"):
            expected = "numbers from 0 to 1"
            known = (values >= 0) & (values <= 1)
        else:
            continue
        if not known.all():
            raise ValueError(f"{name} should hold {expected}, got {values[~known].flat[0]}")
