"""Losses, activations and optimizers whose backward pass is the derivation in the book.

    >>> from companion.losses import huber
    >>> from companion.activations import sigmoid
    >>> from companion.optimizers import Adam

Every function carries the name, the argument order and the defaults of its Keras twin.
`companion.reference` holds the formulas as derived, in NumPy alone; `companion.verification`
holds the two against each other, and against Keras, autodiff, finite differences and mpmath.
"""

__version__ = "0.1.0"
