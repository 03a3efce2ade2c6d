"""All optimizers, each at its best rate, on MNIST. Chapter: optimizers/race.

Two tasks: a perceptron, judged on the sixth of the training data that it is not trained on, and
the logistic regression of Kingma and Ba's paper, judged on its training loss. On each, every rule
runs with seed 0 at every rate of the grid, and then with five seeds more: at its best rate, and at
those that "again" lists.
"""

import functools

import numpy as np

from companion import optimizers
from companion._backend import keras
from companion.experiments import _training
from companion.experiments._training import data
from companion.networks import multilayer_perceptron

__all__ = ["SETTINGS", "cases", "data", "run", "searched"]

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
def _parts(held_out):
    """Images and labels: to train on, to judge by, to test with."""
    (x, y), test = _training.mnist()
    cut = len(x) * 5 // 6 if held_out else len(x)
    judged = slice(cut, None) if held_out else slice(None)
    parts = (x[:cut], y[:cut]), (x[judged], y[judged]), test
    return [_training.tensors(*part) for part in parts]


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
    return model, optimizer, start, *_training.programs(model, optimizer, falling=falling)


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
    options = {"seed": case["seed"], "batch": settings["batch"], "rate": case["rate"]}
    curve = [
        [float(number) for number in measure(*judge)]
        for _ in _training.passes(one_pass, training, passes or settings["passes"], **options)
    ]
    loss, accuracy = map(list, zip(*curve, strict=True))
    test_loss, test_accuracy = (float(number) for number in measure(*test))
    test = {"test_loss": test_loss, "test_accuracy": test_accuracy}
    return {"loss": loss, "accuracy": accuracy, **test}
