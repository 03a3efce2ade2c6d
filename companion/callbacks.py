"""The learning rate falls where the loss has stopped to. Chapter: optimizers/schedules."""

import math

from companion import _arguments
from companion._backend import keras

__all__ = ["ReduceLROnPlateau"]

MODES = ("auto", "min", "max")


class ReduceLROnPlateau(keras.callbacks.ReduceLROnPlateau):
    r"""Multiplies the learning rate by a factor when a metric stands still.

    $$\eta \leftarrow \max(\eta_{\min},\ \text{factor} \cdot \eta)$$

    after `patience` epochs in a row in which the metric was not better than the best so far by
    more than `min_delta`. After a reduction `cooldown` - 1 epochs pass before epochs are counted
    again, as in Keras: a cooldown of 1 is none. A metric that is NaN is never better, and none is
    worse than it: Keras holds a NaN of the first epoch for the best there can be, and reduces the
    rate while the loss falls.

    Args:
        monitor: the metric, by its name in the logs.
        factor: in [0, 1).
        patience: in epochs, >= 0; 0 is as good as 1.
        verbose: 1 to print a line with each reduction, else 0.
        mode: "min" if the metric should fall, "max" if it should rise, "auto" to go by its name.
        min_delta: >= 0, in the metric's unit: what is less counts as nothing.
        cooldown: in epochs, >= 0, the one with the reduction included.
        min_lr: η_min >= 0.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> calm = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2)
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.5))
        >>> calm.set_model(model)
        >>> calm.on_train_begin()
        >>> for epoch, loss in enumerate([3.0, 2.0, 2.0, 2.0]):
        ...     calm.on_epoch_end(epoch, {"loss": loss})
        >>> float(model.optimizer.learning_rate)
        0.25

    Source: the practice of training by hand, as in Y. Bengio, "Practical recommendations for
    gradient-based training of deep architectures", 2012, section 3.1.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        if not isinstance(monitor, str):
            raise ValueError(f"monitor should be the name of a metric, got {monitor!r}")
        if mode not in MODES:
            raise ValueError(f"mode should be one of {', '.join(MODES)}, got {mode!r}")
        super().__init__(
            monitor,
            _arguments.number("factor", factor, least=0, below=1),
            _arguments.count("patience", patience, least=0),
            verbose,
            mode,
            _arguments.number("min_delta", min_delta, least=0),
            _arguments.count("cooldown", cooldown, least=0),
            _arguments.number("min_lr", min_lr, least=0),
        )

    def _is_improvement(self, monitor_value, reference_value):
        if reference_value is None or math.isnan(reference_value):
            return not math.isnan(monitor_value)
        return super()._is_improvement(monitor_value, reference_value)
