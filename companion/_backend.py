"""TensorFlow and Keras, or a clear word on what is missing; and how Keras finds what is ours."""

import functools
import inspect

try:
    import tensorflow as tf
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "companion needs TensorFlow, which is not installed here. "
        "Run: pip install 'deep-learning-derived[cpu]' (or [gpu] on Linux with an NVIDIA GPU)."
    ) from error
import keras

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "companion runs on Keras' TensorFlow backend, but Keras was set up with "
        f"{keras.config.backend()!r}. Set KERAS_BACKEND=tensorflow before Python starts."
    )

_registered = keras.saving.register_keras_serializable(package="companion")


def serializable(ours):
    """Give a class or a function a name that saved models find again.

    A function is also taught symbolic tensors, as `keras.Input` makes them: what it does to them
    becomes a node of the functional model, as with Keras' own functions.
    """
    if inspect.isclass(ours):
        return _registered(ours)

    @functools.wraps(ours)
    def function(*args, **kwargs):
        if not any(map(_is_symbolic, (*args, *kwargs.values()))):
            return ours(*args, **kwargs)
        given = inspect.signature(ours).bind(*args, **kwargs).arguments
        symbolic = {name for name, value in given.items() if _is_symbolic(value)}
        parameters = {name: value for name, value in given.items() if name not in symbolic}
        return Applied(function, parameters)(**{name: given[name] for name in symbolic})

    return _registered(function)


def _is_symbolic(value):
    return isinstance(value, keras.KerasTensor)


@_registered
class Applied(keras.Operation):
    """A function of the companion inside a functional model, with all that is not symbolic."""

    def __init__(self, function, parameters, name=None):
        super().__init__(name=name)
        self.function, self.parameters = function, parameters

    def call(self, **tensors):
        return self.function(**tensors, **self.parameters)

    def get_config(self):
        kept = {"function": self.function, "parameters": self.parameters}
        return {"name": self.name, **keras.saving.serialize_keras_object(kept)}

    @classmethod
    def from_config(cls, config):
        name = config.pop("name")
        return cls(**keras.saving.deserialize_keras_object(config), name=name)


__all__ = ["keras", "serializable", "tf"]
