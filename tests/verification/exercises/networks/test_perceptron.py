"""The exercises on the perceptron ask for what the page says."""

from companion.verification import check
from companion.verification.exercises.networks.perceptron import EXERCISES


def test_a_network_of_two_relus_computes_exclusive_or():
    weights = [[[1, 1], [1, 1]], [0, -1], [[1], [-2]], [0]]
    assert check("perceptron-xor", weights).passed
    sums = [[[1, 1], [1, 1]], [0, -1], [[1], [0]], [0]]
    assert repr(check("perceptron-xor", sums)).endswith(
        "hint: that is the sum: a hidden unit has to notice that both inputs are 1."
    )
    assert "should be the weights (w1, b1, w2, b2)" in repr(check("perceptron-xor", weights[:2]))
    assert "nothing came back yet" in repr(check("perceptron-xor", None))


def test_the_parameters_of_the_book_are_counted_as_in_the_book():
    count = EXERCISES["perceptron-parameters"].truth
    assert count([784, 256, 256, 10]) == 269_322
    assert count([256, 10]) == 2_570
