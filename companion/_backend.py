"""TensorFlow and Keras, or a clear word on what is missing."""

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

serializable = keras.saving.register_keras_serializable(package="companion")

__all__ = ["keras", "serializable", "tf"]
