"""The exercises of networks/models.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| models-convolution           | `count(a, b, c, k) -> (trainable, other)`: the parameters of a  |
|                              |   convolution without biases and a batch normalization          |
| models-gru                   | `gru(n, m, reset_after) -> count`: the parameters of a GRU      |
| models-steps                 | `steps(samples, held_out, batch_size, initial_epoch, epochs) -> |
|                              |   count`: the steps of the optimizer in one call of fit         |
"""

from companion.verification.exercises.rows import Exercise, inputs


def _convolution(a, b, c, k):
    return a * b * c * k + 2 * k, 2 * k


def _gru(n, m, reset_after):
    return 3 * (n + m + 1 + reset_after) * m


def _batches(samples, batch_size):
    return -(-samples // batch_size)


def _steps(samples, held_out, batch_size, initial_epoch, epochs):
    return _batches(samples - held_out, batch_size) * max(0, epochs - initial_epoch)


EXERCISES = {
    "models-convolution": Exercise(
        "count(a, b, c, k) -> (trainable, other)",
        truth=_convolution,
        inputs=inputs([1, 2, 3, 5], [1, 2, 3, 5], [1, 3, 32], [1, 2, 10, 64]),
        slips={
            "the convolution has no biases here": lambda a, b, c, k: (
                (a * b * c + 1) * k + 2 * k,
                2 * k,
            ),
            "the moving mean and variance are not trained: they belong to the others": (
                lambda a, b, c, k: (a * b * c * k + 4 * k, 0)
            ),
            "no biases here, and the moving mean and variance belong to the others": (
                lambda a, b, c, k: ((a * b * c + 1) * k + 4 * k, 0)
            ),
            "the moving mean and variance are numbers of the layer as well": lambda a, b, c, k: (
                a * b * c * k + 2 * k,
                0,
            ),
            "the scale and the shift are trained": lambda a, b, c, k: (a * b * c * k, 4 * k),
            "scale and shift are learned as well, two numbers per channel": lambda a, b, c, k: (
                a * b * c * k,
                2 * k,
            ),
            "scale and shift are two numbers per channel, mean and variance two more": (
                lambda a, b, c, k: (a * b * c * k + k, k)
            ),
            "what is normalized are the k channels that come out, not the c that go in": (
                lambda a, b, c, k: (a * b * c * k + 2 * c, 2 * c)
            ),
            "a filter has weights for each of the c channels": lambda a, b, c, k: (
                a * b * k + 2 * k,
                2 * k,
            ),
        },
    ),
    "models-gru": Exercise(
        "gru(n, m, reset_after) -> count",
        truth=_gru,
        inputs=inputs([1, 2, 3, 5, 10, 28, 64, 100], [1, 2, 3, 4, 7, 10, 32, 128], [0, 1]),
        slips={
            "four parts is the LSTM; a GRU has two gates and a candidate": lambda n, m, after: (
                4 * (n + m + 1) * m
            ),
            "four parts is the LSTM; the GRU has three, and its second bias was right": (
                lambda n, m, after: 4 * (n + m + 1 + after) * m
            ),
            "with reset_after there is a second bias": lambda n, m, after: 3 * (n + m + 1) * m,
            "the second bias is there only with reset_after": lambda n, m, after: (
                3 * (n + m + 2) * m
            ),
            "the second bias goes to all three parts": lambda n, m, after: (
                3 * (n + m + 1) * m + after * m
            ),
            "reset_after is the other way round": lambda n, m, after: 3 * (n + m + 2 - after) * m,
            "the biases are missing": lambda n, m, after: 3 * (n + m) * m,
            "the first bias is there without reset_after as well": lambda n, m, after: (
                3 * (n + m + after) * m
            ),
            "there are three parts, two gates and a candidate": lambda n, m, after: (
                (n + m + 1 + after) * m
            ),
            "two gates and a candidate make three parts": lambda n, m, after: (
                2 * (n + m + 1 + after) * m
            ),
            "the state goes in as well: m more inputs": lambda n, m, after: 3 * (n + 1 + after) * m,
        },
    ),
    "models-steps": Exercise(
        "steps(samples, held_out, batch_size, initial_epoch, epochs) -> count",
        truth=_steps,
        inputs=inputs([10, 100, 1000, 64], [0, 3, 1, 5], [1, 4, 32, 7], [0, 2, 1, 5], [1, 5, 3]),
        slips={
            "the last batch, smaller than the others, is a step as well": (
                lambda samples, held, size, first, last: (
                    (samples - held) // size * max(0, last - first)
                )
            ),
            "the last batch is a step as well, and no number of steps is negative": (
                lambda samples, held, size, first, last: (samples - held) // size * (last - first)
            ),
            "a rest of less than half a batch is a step as well: round up": (
                lambda samples, held, size, first, last: (
                    round((samples - held) / size) * max(0, last - first)
                )
            ),
            "each epoch ends with its own smaller batch: round up per epoch, then multiply": (
                lambda samples, held, size, first, last: _batches(
                    (samples - held) * max(0, last - first), size
                )
            ),
            "a step is a whole number: the last batch is smaller, but counts as one": (
                lambda samples, held, size, first, last: (
                    (samples - held) / size * max(0, last - first)
                )
            ),
            "where the quotient is whole, no batch is left over": (
                lambda samples, held, size, first, last: (
                    ((samples - held) // size + 1) * max(0, last - first)
                )
            ),
            "what is held out for validation makes no steps": (
                lambda samples, held, size, first, last: (
                    _batches(samples, size) * max(0, last - first)
                )
            ),
            "epochs is the number of the last epoch, not how many there are": (
                lambda samples, held, size, first, last: _batches(samples - held, size) * last
            ),
            "fit makes no epoch if initial_epoch is the last one or later; nothing is negative": (
                lambda samples, held, size, first, last: (
                    _batches(samples - held, size) * (last - first)
                )
            ),
            "initial_epoch counts from 0, so the difference is already right": (
                lambda samples, held, size, first, last: (
                    _batches(samples - held, size) * max(0, last - first + 1)
                )
            ),
            "those are the steps of one epoch": lambda samples, held, size, first, last: _batches(
                samples - held, size
            ),
            "that counts the samples, not the batches": (
                lambda samples, held, size, first, last: (samples - held) * max(0, last - first)
            ),
        },
    ),
}
