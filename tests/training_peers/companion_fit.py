"""`companion.training.fit` on the book's perceptron, with the companion's loss and optimizer."""

import peer

from companion import losses, optimizers, training
from companion._backend import keras
from companion.networks import multilayer_perceptron

x, y = peer.images_and_labels()
model = multilayer_perceptron(peer.WIDTHS, dropout=peer.DROPOUT)
loss = losses.SparseCategoricalCrossentropy()
model.compile(optimizers.Adam(peer.RATE), loss, metrics=["accuracy"])
options = {"batch_size": peer.BATCH, "epochs": 10**6, "verbose": 0}
training.fit(model, x, y, callbacks=[peer.callback(keras)], **options)
