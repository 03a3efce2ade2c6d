"""The formulas exactly as the chapters derive them: NumPy, float64, value and derivative.

This is the oracle that the TensorFlow implementations are held against. It imports nothing but
NumPy, no other part of the package imports it for its own work, and it is written to be read.

Activations return `(value, derivative)`, softmax `(value, jacobian)`, losses
`(loss, gradient)` where the gradient is that of each sample's loss in its predictions, and
optimizers take one step: `(parameter, state) = adam(parameter, gradient, state)`. Networks return
their loss and its gradient in every weight. Random initializers return the mean, the variance and
the ends of what they draw, the others their tensor; regularizers `(penalty, derivative)`; Dropout
`(value, derivative)` for a mask; schedules the learning rate of a step.
"""

from companion.reference import (
    activations,
    initializers,
    layers,
    losses,
    networks,
    optimizers,
    regularizers,
    schedules,
)

__all__ = [
    "activations",
    "initializers",
    "layers",
    "losses",
    "networks",
    "optimizers",
    "regularizers",
    "schedules",
]
