"""What a deep stack of equal layers does to a signal and to a gradient. Part: activations."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Signals:
    """What was measured behind each layer, the first layer first; every array has shape (layers,).

    Attributes:
        mean: of all outputs of the layer.
        variance: of all outputs of the layer.
        dead: share of the units whose derivative is 0 on every sample.
        gradient: root of the mean square of the gradient with respect to the layer's sums, over
            that for the sums of the last layer.

    Example:
        >>> from companion.reference.activations import tanh
        >>> through_layers(tanh, layers=3).mean.shape
        (3,)
    """

    mean: np.ndarray
    variance: np.ndarray
    dead: np.ndarray
    gradient: np.ndarray


def through_layers(
    activation: Callable,
    variance: float = 1.0,
    *,
    layers: int = 20,
    width: int = 200,
    samples: int = 200,
    seed: int = 0,
) -> Signals:
    """Send random samples through layers without biases, and a random gradient back.

    The inputs and the gradient behind the last layer are standard normal, and so are the weights
    times √(variance / width).

    Args:
        activation: a function of `companion.reference.activations`: x → (value, derivative).
        variance: of a weight, times the number of inputs of a unit (the fan-in).
        layers: how many.
        width: units in each layer, and inputs.
        samples: how many.
        seed: of the random numbers.

    Returns:
        What arrived behind each layer.

    Raises:
        ValueError: a count is below 1, or the variance is negative or not finite.

    Example:
        >>> from companion.reference.activations import relu
        >>> halved, kept = (through_layers(relu, variance) for variance in (1.0, 2.0))
        >>> bool(halved.variance[-1] < 1e-5 < 0.01 < kept.variance[-1])
        True
    """
    for name, count in (("layers", layers), ("width", width), ("samples", samples)):
        if count < 1:
            raise ValueError(f"{name} should be at least 1, got {count}")
    if not 0 <= variance < np.inf:
        raise ValueError(f"variance should be a number, at least 0, got {variance}")
    random = np.random.default_rng(seed)
    output = random.standard_normal((samples, width))
    outputs, slopes, weights = [], [], []
    for _ in range(layers):
        weights.append(random.standard_normal((width, width)) * np.sqrt(variance / width))
        output, slope = activation(output @ weights[-1])
        outputs.append(output)
        slopes.append(slope)
    # The gradient in the sums of each layer, from the last to the first.
    gradient = random.standard_normal((samples, width)) * slopes[-1]
    gradients = [gradient]
    for matrix, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
        gradient = gradient @ matrix.T * slope
        gradients.append(gradient)
    sizes = np.sqrt([np.mean(gradient**2) for gradient in reversed(gradients)])
    return Signals(
        mean=np.array([np.mean(output) for output in outputs]),
        variance=np.array([np.var(output) for output in outputs]),
        dead=np.array([np.mean(np.all(slope == 0, axis=0)) for slope in slopes]),
        gradient=sizes / sizes[-1],
    )
