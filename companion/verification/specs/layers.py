"""The row of Dropout."""

from companion import layers, reference
from companion._backend import keras
from companion.verification.specs.rows import LayerSpec

ROWS = [
    LayerSpec(
        "layers.Dropout",
        layers.Dropout,
        reference.layers.dropout,
        reference.layers.dropout_moments,
        keras.layers.Dropout,
        options=(
            {"rate": 0.5},
            {"rate": 0.0},
            {"rate": 0.1},
            {"rate": 0.9},
            {"rate": 0.001},
        ),
        chapter="networks/regularization",
    ),
]
