"""Keras' own `fit`."""

import keras
import peer

x, y = peer.images_and_labels()
layers = [keras.Input((peer.WIDTHS[0],))]
for units in peer.WIDTHS[1:-1]:
    layers += [keras.layers.Dense(units, "relu"), keras.layers.Dropout(peer.DROPOUT)]
model = keras.Sequential([*layers, keras.layers.Dense(peer.WIDTHS[-1], "softmax")])
model.compile(
    keras.optimizers.Adam(peer.RATE), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(x, y, batch_size=peer.BATCH, epochs=10**6, callbacks=[peer.callback(keras)], verbose=0)
