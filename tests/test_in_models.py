"""In a Keras model the companion does what Keras does: trained, weighted, masked, mixed, spread."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import activations, losses
from companion.verification.specs import SPECS, FunctionSpec

FUNCTIONS = [spec for spec in SPECS.values() if isinstance(spec, FunctionSpec)]
LOSSES = [
    pytest.param(spec, parameters, id=f"{spec.name} {parameters or ''}".strip())
    for spec in FUNCTIONS
    if spec.is_loss and hasattr(keras.losses, getattr(spec.loss_class, "__name__", ""))
    for parameters in spec.parameters
]
ACTIVATIONS = [spec for spec in FUNCTIONS if spec.name.startswith("activations.")]
ENTRIES = 4
WEIGHTS = np.linspace(0.5, 2.0, 16, dtype="float32")


def drawn(spec, parameters):
    """Labels and scores, 16 samples of 4 entries."""
    return spec.draw(np.random.default_rng(3), (16, ENTRIES), parameters)


def trained(loss, labels, scores, **options):
    """The losses and the weights of a layer that begins as the identity, after three batches."""
    layer = keras.layers.Dense(ENTRIES, kernel_initializer="identity")
    model = keras.Sequential([keras.Input((ENTRIES,)), layer])
    model.compile(keras.optimizers.SGD(1e-3), loss=loss, **options)
    told = [model.train_on_batch(scores, labels, sample_weight=WEIGHTS) for _ in range(3)]
    return np.array([*told, *np.ravel(layer.kernel), *np.ravel(layer.bias)])


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": True}], ids=str)
@pytest.mark.parametrize(("spec", "parameters"), LOSSES)
def test_a_model_trains_as_with_keras_loss(spec, parameters, options):
    labels, scores = drawn(spec, parameters)
    theirs = getattr(keras.losses, spec.loss_class.__name__)(**parameters)
    ours = trained(spec.loss_class(**parameters), labels, scores, **options)
    should = trained(theirs, labels, scores, **options)
    np.testing.assert_allclose(ours, should, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "none", None])
@pytest.mark.parametrize(("spec", "parameters"), LOSSES)
def test_reductions_and_weights_are_keras(spec, parameters, reduction):
    labels, scores = drawn(spec, parameters)
    theirs = getattr(keras.losses, spec.loss_class.__name__)
    found, should = (
        kind(reduction=reduction, **parameters)(labels, scores, sample_weight=WEIGHTS).numpy()
        for kind in (spec.loss_class, theirs)
    )
    np.testing.assert_allclose(found, should, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("spec", "parameters"), LOSSES)
def test_masked_samples_do_not_count(spec, parameters):
    labels, scores = drawn(spec, parameters)
    mask = np.arange(16) % 3 != 0
    y_pred = tf.constant(scores)
    y_pred._keras_mask = tf.constant(mask)
    masked = spec.loss_class(**parameters)(labels, y_pred)
    alone = spec.loss_class(**parameters)(labels[mask], scores[mask])
    np.testing.assert_allclose(masked, alone, rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("spec", ACTIVATIONS, ids=lambda spec: spec.name)
def test_layers_of_mixed_precision_compute_in_half_and_keep_their_weights_in_full(spec, policy):
    layer = keras.layers.Dense(3, activation=spec.function, dtype=policy)
    x = np.random.default_rng(4).normal(size=(5, 3)).astype("float32")
    with tf.GradientTape() as tape:
        y = layer(x)
    gradient = tape.gradient(y, layer.kernel.value, unconnected_gradients="zero")
    assert y.dtype == policy.removeprefix("mixed_")
    assert layer.kernel.dtype == gradient.dtype == "float32"
    full = spec.function(x @ layer.kernel.numpy())
    np.testing.assert_allclose(tf.cast(y, tf.float32), full, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(("spec", "parameters"), LOSSES)
def test_a_loss_class_computes_in_the_type_that_it_was_given(spec, parameters):
    labels, scores = drawn(spec, parameters)
    loss = spec.loss_class(dtype="float64", **parameters)(labels, scores)
    assert loss.dtype == tf.float64


@pytest.mark.parametrize("spec", ACTIVATIONS, ids=lambda spec: spec.name)
def test_a_functional_model_takes_the_function_in_a_layer_or_by_itself(spec, tmp_path):
    inputs = keras.Input((3,))
    parameters = spec.parameters[-1]
    outputs = [keras.layers.Activation(spec.function)(inputs), spec.function(inputs, **parameters)]
    keras.Model(inputs, outputs).save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(5).normal(size=(4, 3)).astype("float32")
    in_a_layer, by_itself = model(x)
    np.testing.assert_allclose(in_a_layer, spec.function(x), rtol=1e-6)
    np.testing.assert_allclose(by_itself, spec.function(x, **parameters), rtol=1e-6)


@pytest.mark.parametrize(("spec", "parameters"), LOSSES)
def test_a_functional_model_gives_out_a_loss(spec, parameters, tmp_path):
    labels, scores = drawn(spec, parameters)
    y, p = (keras.Input(a.shape[1:], dtype=str(a.dtype)) for a in (labels, scores))
    of_both = spec.function(y, p, **parameters)
    of_one = spec.function(labels, y_pred=p, **parameters)
    assert of_both.shape == (None,)
    assert of_one.shape == (len(labels),)
    keras.Model([y, p], [of_both, of_one]).save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    for found in model([labels, scores]):
        np.testing.assert_allclose(found, spec.function(labels, scores, **parameters), rtol=1e-6)


def test_a_symbolic_tensor_of_the_wrong_kind_is_refused():
    with pytest.raises(ValueError, match="y_true should have the shape of y_pred"):
        losses.huber(np.zeros((2, 3)), keras.Input((4,)))


def test_models_train_in_the_scope_of_a_strategy():
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    x = np.random.default_rng(6).normal(size=(32, 3)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    losses = []
    for scope in (strategy.scope(), None):
        keras.utils.set_random_seed(0)
        if scope:
            with scope:
                losses.append(_fitted(x, y))
        else:
            losses.append(_fitted(x, y))
    np.testing.assert_allclose(*losses, rtol=1e-5)


def _fitted(x, y):
    from companion import losses, optimizers

    hidden = keras.layers.Dense(4, activation=activations.tanh)
    model = keras.Sequential([keras.Input((3,)), hidden, keras.layers.Dense(1)])
    model.compile(optimizers.Adam(0.01), loss=losses.Huber(0.5))
    return model.fit(x, y, batch_size=8, epochs=3, verbose=0, shuffle=False).history["loss"]
