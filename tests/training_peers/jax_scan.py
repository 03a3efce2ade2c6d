"""A hand-written epoch in JAX: `lax.scan` over the batches, Adam from optax."""

import jax
import jax.numpy as jnp
import optax
import peer

x, y = map(jnp.asarray, peer.images_and_labels())
optimizer = optax.adam(peer.RATE)
full = len(x) // peer.BATCH


def first_weights(key):
    weights = []
    for inputs, units in zip(peer.WIDTHS, peer.WIDTHS[1:], strict=False):
        key, own = jax.random.split(key)
        kernel = jax.nn.initializers.glorot_uniform()(own, (inputs, units))
        weights.append((kernel, jnp.zeros(units)))
    return weights


def loss_and_hits(weights, images, labels, key):
    values = images
    for kernel, bias in weights[:-1]:
        key, own = jax.random.split(key)
        values = jax.nn.relu(values @ kernel + bias)
        kept = jax.random.bernoulli(own, 1 - peer.DROPOUT, values.shape)
        values = jnp.where(kept, values / (1 - peer.DROPOUT), 0)
    kernel, bias = weights[-1]
    logits = values @ kernel + bias
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    return losses.mean(), (logits.argmax(1) == labels).sum()


def step(state, rows):
    weights, slots, key = state
    key, own = jax.random.split(key)
    gradient = jax.value_and_grad(loss_and_hits, has_aux=True)
    (loss, hits), gradients = gradient(weights, x[rows], y[rows], own)
    updates, slots = optimizer.update(gradients, slots)
    return (optax.apply_updates(weights, updates), slots, key), (loss * len(rows), hits)


@jax.jit
def one_epoch(state):
    weights, slots, key = state
    key, own = jax.random.split(key)
    rows = jax.random.permutation(own, len(x))
    batches = rows[: full * peer.BATCH].reshape(full, peer.BATCH)
    state, (losses, hits) = jax.lax.scan(step, (weights, slots, key), batches)
    total = losses.sum(), hits.sum()
    if len(x) % peer.BATCH:
        state, last = step(state, rows[full * peer.BATCH :])
        total = total[0] + last[0], total[1] + last[1]
    return state, total[0] / len(x), total[1] / len(x)


weights = first_weights(jax.random.key(0))
state = weights, optimizer.init(weights), jax.random.key(1)


def epoch():
    global state
    state, _, accuracy = one_epoch(state)
    accuracy.block_until_ready()


peer.take_turns(epoch)
