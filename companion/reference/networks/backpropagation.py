"""Backpropagation through dense layers with any activation, in NumPy alone.

Chapter: networks/backpropagation
"""

import numpy as np


class Layer:
    """Dense units h = φ(xW + b) and the way back through them; `activation`: z → (φ(z), φ'(z))."""

    def __init__(self, weights, biases, activation):
        self.weights = weights  # (d, m)
        self.biases = biases  # (m,)
        self.activation = activation

    def forward(self, x):
        """The outputs (n, m) for the inputs (n, d), which are kept for the way back."""
        self.inputs = x  # (n, d)
        sums = x @ self.weights + self.biases  # (n, d) @ (d, m) + (m,) -> (n, m)
        outputs, self.slopes = self.activation(sums)  # (n, m), (n, m)
        return outputs

    def backward(self, gradient):
        """From the gradient with respect to the outputs (n, m) to that for the inputs (n, d)."""
        self.delta = gradient * self.slopes  # in the sums: (n, m)
        in_weights = self.inputs.T @ self.delta  # (d, n) @ (n, m) -> (d, m)
        in_biases = self.delta.sum(axis=0)  # (m,)
        self.gradients = in_weights, in_biases
        return self.delta @ self.weights.T  # (n, m) @ (m, d) -> (n, d)


class Network:
    """Layers one behind the other, then softmax and the mean cross-entropy."""

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        """The logits (n, k) of the inputs (n, d)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, x, labels):
        """The loss for n labels 0 … k - 1; each layer then has `delta` and `gradients`."""
        logits = self.forward(x)
        logits = logits - logits.max(axis=1, keepdims=True)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))  # (n, k)
        truth = np.eye(log_p.shape[1])[labels]  # (n, k)
        gradient = (np.exp(log_p) - truth) / len(x)  # (n, k)
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return -np.sum(truth * log_p) / len(x)

    def step(self, x, labels, rate):
        """Move all weights and biases against their gradients, in place; the loss before it."""
        loss = self.backward(x, labels)
        for layer in self.layers:
            layer.weights -= rate * layer.gradients[0]
            layer.biases -= rate * layer.gradients[1]
        return loss
