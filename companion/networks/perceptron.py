"""The multilayer perceptron. Chapter: networks/perceptron."""

from collections.abc import Iterable

from companion import _arguments
from companion._backend import keras
from companion.activations import relu, softmax
from companion.layers import Dropout


def multilayer_perceptron(widths, *, activation=relu, dropout=0.0):
    r"""A stack of dense layers that ends in softmax; Keras model, not compiled.

    $$h^{(l)} = \varphi(h^{(l-1)} W^{(l)} + b^{(l)}), \qquad
      p = \mathrm{softmax}(h^{(l)} W^{(l+1)} + b^{(l+1)})$$

    Weights start as Glorot-uniform, biases at zero, as Keras does it. A stack of widths
    n₀, n₁, …, n_L has Σ (n_{l-1} + 1) n_l parameters.

    Args:
        widths: units per layer from the input to the classes, at least two whole numbers >= 1,
            such as [784, 256, 256, 10].
        activation: of every layer but the last.
        dropout: share of the units of every hidden layer that is silenced in each training
            step, in [0, 1).

    Returns:
        A `keras.Sequential` that maps (batch, widths[0]) to probabilities (batch, widths[-1]).

    Raises:
        ValueError: if a width or the dropout rate is out of range.

    Example:
        >>> multilayer_perceptron([784, 256, 256, 10], dropout=0.45).count_params()
        269322

    Source: D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by
    back-propagating errors", Nature 323, 1986.
    """
    given, widths = widths, list(widths) if isinstance(widths, Iterable) else []
    whole = all(_arguments.is_whole(width) and width >= 1 for width in widths)
    if len(widths) < 2 or not whole:
        raise ValueError(f"widths should be at least two whole numbers >= 1, got {given}")
    widths = [int(width) for width in widths]
    # The last layer stays in full precision where the others do not: from rounded probabilities
    # the loss could not find its way back to the logits.
    precise = keras.config.dtype_policy().variable_dtype
    dropout = _arguments.number("dropout", dropout, least=0, below=1)
    layers = [keras.Input((widths[0],))]
    for units in widths[1:-1]:
        layers.append(keras.layers.Dense(units, activation=activation))
        if dropout:
            layers.append(Dropout(dropout))
    layers.append(keras.layers.Dense(widths[-1], activation=softmax, dtype=precise))
    return keras.Sequential(layers)
