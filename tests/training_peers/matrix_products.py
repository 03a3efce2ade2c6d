"""As many operations as an epoch's matrix products have, in a few large products in TensorFlow."""

import peer
import tensorflow as tf

PRODUCTS = 6
samples = len(peer.images_and_labels()[0])
# For each weight and sample a product and a sum: forward, for its gradient, for its input's.
operations = 6 * samples * sum(a * b for a, b in zip(peer.WIDTHS, peer.WIDTHS[1:], strict=False))
size = round((operations / PRODUCTS / 2) ** (1 / 3))
a, b = tf.random.normal((size, size)), tf.random.normal((size, size))


def epoch():
    for _ in range(PRODUCTS):
        product = a @ b
    product.numpy()


peer.take_turns(epoch)
