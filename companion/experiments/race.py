"""All optimizers, each at its best rate, on MNIST. Chapter: optimizers/race.

Two tasks: a perceptron, judged on the sixth of the training data that it is not trained on, and
the logistic regression of Kingma and Ba's paper, judged on its training loss. On each, every rule
runs with seed 0 at every rate of the grid, and then with five seeds more: at its best rate, and at
those that "again" lists.
"""

import functools
import hashlib

import numpy as np

from companion import datasets, optimizers
from companion._backend import keras, tf
from companion.losses import sparse_categorical_crossentropy
from companion.networks import multilayer_perceptron

MOMENTUM = {"momentum": 0.9}
SETTINGS = {
    "perceptron": {
        "widths": [784, 256, 256, 10],
        "batch": 128,
        "passes": 3,
        "held_out": True,
        "rules": {
            "descent": ["SGD", {}],
            "momentum": ["SGD", MOMENTUM],
            "Nesterov": ["SGD", {**MOMENTUM, "nesterov": True}],
            "AdaGrad": ["Adagrad", {}],
            "RMSProp": ["RMSprop", {}],
            "centered RMSProp": ["RMSprop", {"centered": True}],
            "Adam": ["Adam", {}],
            "AMSGrad": ["Adam", {"amsgrad": True}],
            "AdamW": ["AdamW", {"weight_decay": 0.1}],
        },
        "falling": [],  # the rules whose rate is divided by the root of the step's number
        "rates": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
        "seeds": [1, 2, 3, 4, 5],
        "again": {"centered RMSProp": [0.001]},  # second in the search, by one seed
    },
    "logistic": {
        "widths": [784, 10],
        "batch": 128,
        "passes": 15,
        "held_out": False,
        "rules": {
            "Adam": ["Adam", {}],
            "Nesterov": ["SGD", {**MOMENTUM, "nesterov": True}],
            "AdaGrad": ["Adagrad", {}],
            "AdaGrad, constant rate": ["Adagrad", {}],
        },
        "falling": ["Adam", "Nesterov", "AdaGrad"],
        "rates": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0],
        "seeds": [1, 2, 3, 4, 5],
        "again": {},
    },
}


def searched(runs, task, rule):
    """The last loss at every rate that the search has run, in the order of the rates."""
    found = {}
    for run in runs:
        case = run["case"]
        if (case["task"], case["rule"], case["seed"]) == (task, rule, 0):
            found[case["rate"]] = np.inf if run["loss"][-1] is None else run["loss"][-1]
    return {rate: found[rate] for rate in sorted(found)}


def cases(runs):
    """The search of each rule and, when it is complete, the runs with the other seeds."""
    wanted = []
    for task, settings in SETTINGS.items():
        for rule in settings["rules"]:
            pairs = [(rate, 0) for rate in settings["rates"]]
            losses = searched(runs, task, rule)
            if list(losses) == settings["rates"]:
                best = min(losses, key=losses.get)
                rates = dict.fromkeys([best, *settings["again"].get(rule, [])])
                pairs += [(rate, seed) for rate in rates for seed in settings["seeds"]]
            wanted += [
                {"task": task, "rule": rule, "rate": rate, "seed": seed} for rate, seed in pairs
            ]
    return wanted


@functools.cache
def _dataset():
    return datasets.load_mnist()


def data():
    """Which data these are."""
    dataset = _dataset()
    fingerprint = hashlib.sha256(dataset.x_train.tobytes() + dataset.y_train.tobytes())
    return {"text": str(dataset), "real": dataset.real, "sha256": fingerprint.hexdigest()}


@functools.cache
def _parts(held_out):
    """Images and labels: to train on, to judge by, to test with."""
    (x, y), (x_test, y_test) = _dataset()
    cut = len(x) * 5 // 6 if held_out else len(x)
    judged = slice(cut, None) if held_out else slice(None)
    parts = (x[:cut], y[:cut]), (x[judged], y[judged]), (x_test, y_test)
    return [
        (tf.constant(x.reshape(len(x), -1) / np.float32(255)), tf.constant(y.astype(np.int32)))
        for x, y in parts
    ]


@functools.cache
def _trainer(task, rule):
    """Model and optimizer, how the latter starts, and the two programs that use them."""
    settings = SETTINGS[task]
    name, options = settings["rules"][rule]
    model = multilayer_perceptron(settings["widths"])
    optimizer = getattr(optimizers, name)(**options)
    optimizer.build(model.trainable_variables)
    start = [variable.numpy() for variable in optimizer.variables]
    falling = rule in settings["falling"]

    @tf.function(jit_compile=True)
    def one_pass(images, labels, batches, rate):
        for rows in batches:
            step = tf.cast(optimizer.iterations + 1, rate.dtype)
            optimizer.learning_rate.assign(rate / tf.sqrt(step) if falling else rate)
            with tf.GradientTape() as tape:
                probabilities = model(tf.gather(images, rows))
                some = sparse_categorical_crossentropy(tf.gather(labels, rows), probabilities)
                loss = tf.reduce_mean(some)
            optimizer.apply(tape.gradient(loss, model.trainable_variables))

    @tf.function(jit_compile=True)
    def measure(images, labels):
        probabilities = model(images)
        loss = tf.reduce_mean(sparse_categorical_crossentropy(labels, probabilities))
        right = tf.argmax(probabilities, 1, tf.int32) == labels
        return loss, tf.reduce_mean(tf.cast(right, tf.float32))

    return model, optimizer, start, one_pass, measure


def run(case, passes=None):
    """Train once; loss and accuracy after each pass on what judges, and at the end on the test.

    The seed decides on the first weights and on the order of the samples. What of a pass does not
    fill a batch is left out. `passes` cuts a run short.
    """
    settings = SETTINGS[case["task"]]
    model, optimizer, start, one_pass, measure = _trainer(case["task"], case["rule"])
    training, judge, test = _parts(settings["held_out"])
    keras.utils.set_random_seed(case["seed"])
    model.set_weights(multilayer_perceptron(settings["widths"]).get_weights())
    for variable, value in zip(optimizer.variables, start, strict=True):
        variable.assign(value)
    order = np.random.default_rng(case["seed"])
    batch, curve = settings["batch"], []
    for _ in range(passes or settings["passes"]):
        rows = order.permutation(len(training[0]))
        rows = rows[: len(rows) // batch * batch].reshape(-1, batch)
        one_pass(*training, tf.constant(rows, tf.int32), tf.constant(case["rate"]))
        curve.append([float(number) for number in measure(*judge)])
    loss, accuracy = map(list, zip(*curve, strict=True))
    test_loss, test_accuracy = (float(number) for number in measure(*test))
    test = {"test_loss": test_loss, "test_accuracy": test_accuracy}
    return {"loss": loss, "accuracy": accuracy, **test}
