"""The formulas exactly as the chapters derive them: NumPy, float64, value and derivative.

This is the oracle that the TensorFlow implementations are held against. It imports nothing but
NumPy, no other part of the package imports it for its own work, and it is written to be read.

Activations return `(value, derivative)`, softmax `(value, jacobian)`, losses
`(loss, gradient)` where the gradient is that of each sample's loss in its predictions, and
optimizers take one step: `(parameter, state) = adam(parameter, gradient, state)`. Networks return
their loss and its gradient in every weight.
"""

from companion.reference import activations, losses, networks, optimizers

__all__ = ["activations", "losses", "networks", "optimizers"]
