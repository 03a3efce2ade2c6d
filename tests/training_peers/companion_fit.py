"""`companion.training.fit` on the same model, with the companion's dropout, loss and optimizer."""

import peer

from companion import losses, optimizers, training
from companion._backend import keras
from companion.activations import relu, softmax
from companion.layers import Dropout

x, y = peer.images_and_labels()
layers = [keras.Input((peer.WIDTHS[0],))]
for units in peer.WIDTHS[1:-1]:
    layers += [keras.layers.Dense(units, relu), Dropout(peer.DROPOUT)]
model = keras.Sequential([*layers, keras.layers.Dense(peer.WIDTHS[-1], softmax)])
loss = losses.SparseCategoricalCrossentropy()
model.compile(optimizers.Adam(peer.RATE), loss, ["accuracy"])
options = {"batch_size": peer.BATCH, "epochs": 10**6, "verbose": 0}
training.fit(model, x, y, callbacks=[peer.callback(keras)], **options)
