"""A published table of 18 perceptrons, trained again. Chapter: networks/tuning.

Every row runs as it is printed, with the optimizer's default rate. The rows with plain descent
miss what was published, so some more questions look for what they need: other rates, momentum,
more epochs, and then all of them at the rate that comes near. The table does not say whether its
three widths count the output layer, so one row also runs with two hidden layers.
"""

import functools

from companion import optimizers, regularizers
from companion._backend import keras
from companion.activations import linear, relu
from companion.experiments import _training
from companion.experiments._training import data
from companion.networks import multilayer_perceptron

__all__ = ["PUBLISHED", "SETTINGS", "cases", "data", "run"]

COLUMNS = ("widths", "penalty", "dropout", "optimizer", "ReLU")
# Units of layers 1 to 3, strength of the L2 penalty, dropout, optimizer, whether there is ReLU;
# published accuracy in percent on the training images and on the test images.
TABLE = [
    ([256, 256, 256], 0, 0, "SGD", False, 93.65, 92.5),
    ([256, 256, 256], 0.001, 0, "SGD", True, 99.35, 98.0),
    ([256, 256, 256], 0.01, 0, "SGD", True, 96.90, 96.7),
    ([256, 256, 256], 0, 0, "SGD", True, 99.93, 98.0),
    ([256, 256, 256], 0, 0.4, "SGD", True, 98.23, 98.1),
    ([256, 256, 256], 0, 0.45, "SGD", True, 98.07, 98.1),
    ([256, 256, 256], 0, 0.5, "SGD", True, 97.68, 98.1),
    ([256, 256, 256], 0, 0.6, "SGD", True, 97.11, 97.9),
    ([256, 512, 256], 0, 0.45, "SGD", True, 98.21, 98.2),
    ([512, 512, 512], 0, 0.2, "SGD", True, 99.45, 98.3),
    ([512, 512, 512], 0, 0.4, "SGD", True, 98.95, 98.3),
    ([512, 1024, 512], 0, 0.45, "SGD", True, 98.90, 98.2),
    ([1024, 1024, 1024], 0, 0.4, "SGD", True, 99.37, 98.3),
    ([256, 256, 256], 0, 0.6, "Adam", True, 98.64, 98.2),
    ([256, 256, 256], 0, 0.55, "Adam", True, 99.02, 98.3),
    ([256, 256, 256], 0, 0.45, "Adam", True, 99.39, 98.5),
    ([256, 256, 256], 0, 0.45, "RMSprop", True, 98.75, 98.1),
    ([128, 128, 128], 0, 0.45, "Adam", True, 98.70, 97.7),
]
PUBLISHED = {f"row {k}": entry[5:] for k, entry in enumerate(TABLE, start=1)}
SETTINGS = {
    "batch": 128,
    "measured after every": 5,
    "default rates": {"SGD": 0.01, "Adam": 0.001, "RMSprop": 0.001},
    "rows": {
        f"row {k}": dict(zip(COLUMNS, entry, strict=False)) for k, entry in enumerate(TABLE, 1)
    },
}
PLAIN = [row for row, entry in SETTINGS["rows"].items() if entry["optimizer"] == "SGD"]


def cases(runs):
    """All runs, those first that decide most; they do not depend on each other."""

    def asked(question, row, seed, *, rate=None, epochs=20, hidden=3, momentum=0.0):
        default = SETTINGS["default rates"][SETTINGS["rows"][row]["optimizer"]]
        settings = {"rate": rate or default, "momentum": momentum, "epochs": epochs}
        return {"question": question, "row": row, **settings, "hidden": hidden, "seed": seed}

    def printed(seed):
        return [asked("printed", row, seed) for row in SETTINGS["rows"]]

    def found(seed):
        return [asked("found", row, seed, rate=0.1) for row in PLAIN]

    return [
        *printed(1),
        *[asked("rates", "row 4", 1, rate=rate) for rate in (0.003, 0.03, 0.1, 0.3, 1.0)],
        *[asked("rates", "row 1", 1, rate=rate) for rate in (0.03, 0.1, 0.3)],
        asked("momentum", "row 4", 1, momentum=0.9),
        *[asked("two hidden", "row 16", seed, hidden=2) for seed in (1, 2, 3)],
        *found(1),
        asked("epochs", "row 4", 1, epochs=200),
        asked("longer", "row 8", 1, rate=0.1, epochs=60),
        *printed(2),
        *printed(3),
        *found(2),
        *found(3),
    ]


@functools.cache
def _parts():
    """Images and labels: to train on, to test with."""
    return [_training.tensors(*part) for part in _training.mnist()]


def _model(row, hidden):
    """The network of a row, with its penalty on the weights of each hidden layer."""
    widths, activation = row["widths"][:hidden], relu if row["ReLU"] else linear
    model = multilayer_perceptron([784, *widths, 10], activation=activation, dropout=row["dropout"])
    if row["penalty"]:
        for layer in model.layers[:-1]:
            layer.kernel.regularizer = regularizers.L2(row["penalty"])
    return model


def run(case, epochs=None):
    """Train once; accuracies on the way and at the end.

    The seed decides on the first weights, the order of the images and what dropout silences.
    `epochs` cuts a run short.

    Returns:
        A dict: "epochs", when it was measured; "training" and "test", the accuracies then; "log",
        the share of right answers of the last epoch while it trained, with dropout, which is the
        figure that Keras' progress bar shows; and "parameters".
    """
    row = SETTINGS["rows"][case["row"]]
    keras.utils.set_random_seed(case["seed"])
    model = _model(row, case["hidden"])
    options = {"momentum": case["momentum"]} if case["momentum"] else {}
    optimizer = getattr(optimizers, row["optimizer"])(case["rate"], **options)
    optimizer.build(model.trainable_variables)
    one_pass, measure = _training.programs(model, optimizer, jit_compile=False)
    training, test = _parts()
    epochs, found = epochs or case["epochs"], {"epochs": [], "training": [], "test": []}
    options = {"seed": case["seed"], "batch": SETTINGS["batch"], "rate": case["rate"]}
    logs = _training.passes(one_pass, training, epochs, **options)
    for epoch, log in enumerate(logs, start=1):
        found["log"] = float(log)
        if epoch % SETTINGS["measured after every"] == 0 or epoch == epochs:
            found["epochs"].append(epoch)
            for name, part in (("training", training), ("test", test)):
                found[name].append(float(measure(*part)[1]))
    return {**found, "parameters": model.count_params()}
