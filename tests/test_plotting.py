"""Every figure is labelled, legible, told apart without colour, and drawn the same every time."""

import io

import matplotlib
import numpy as np
import pytest
from matplotlib._pylab_helpers import Gcf
from matplotlib.image import imread
from matplotlib.text import Text

from companion import plotting

X = np.linspace(-3, 3, 61)
LABELS = np.array([0, 1, 1, 2, 2, 2])
PATH = np.array([[2.0, 1.0], [1.0, 0.2], [0.4, 0.0]])
RECORD = {"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5], "accuracy": [0.5, 0.7, 0.8]}
AXES = {"xlabel": "$x$", "ylabel": "value"}


def cube(x):
    return x**3, 3 * x**2


def step(x):
    return np.where(x >= 0, 1.0, 0.0), np.zeros_like(x)


def bowl(a, b):
    return a**2 + 10 * b**2


FIGURES = {
    "value_and_derivative": (
        plotting.value_and_derivative,
        [{"cube": cube, "step": step}, -2, 2],
        {"breaks": [0], "xlabel": "$r$", "ylabels": ("loss", "gradient")},
    ),
    "curves": (plotting.curves, [X, {"$x^2$": X**2, "$x$": X}], {**AXES, "mark": {"here": 1.0}}),
    "panels": (
        plotting.panels,
        [[{"x": X, "lines": {"a": X}, **AXES}, {"x": X, "lines": {"b": X, "a": -X}, **AXES}]],
        {},
    ),
    "history": (plotting.history, [{"one": RECORD, "two": RECORD}], {}),
    "loss_surface_paths": (
        plotting.loss_surface_paths,
        [bowl, {"first": PATH, "second": PATH[::-1]}],
        {"minimum": (0, 0)},
    ),
    "digit_sheet": (plotting.digit_sheet, [np.ones((25, 28, 28)), range(25)], {}),
    "class_counts": (plotting.class_counts, [{"training": LABELS, "test": LABELS[:3]}], {}),
    "confusion": (plotting.confusion, [LABELS, LABELS[::-1]], {}),
}


@pytest.fixture(params=FIGURES)
def draw(request):
    """A function that makes one of the figures anew."""
    function, positional, named = FIGURES[request.param]
    return lambda: function(*positional, **named)


def test_every_function_is_drawn_here():
    assert {*FIGURES, "Figure"} == set(plotting.__all__)


def test_a_figure_is_legible_on_a_phone_and_opaque(draw):
    figure = draw()
    png = figure._repr_png_()
    image = imread(io.BytesIO(png))
    assert len(png) < 120_000
    assert image.shape[1] <= 900
    assert (image[0, 0, :3] > 0.98).all()
    assert (image[..., 3] == 1).all()
    assert figure.get_figwidth() <= 6.5
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    assert texts
    assert min(text.get_fontsize() for text in texts) >= 10


def test_axes_say_what_they_show(draw):
    figure = draw()
    for axes in figure.axes:
        if axes.axison:  # a sheet of digits has none
            assert axes.get_xlabel()
        first = axes.get_subplotspec().is_first_col()
        if axes.axison and first:
            assert axes.get_ylabel()


def test_the_same_figure_twice_is_the_same_bytes(draw):
    figure = draw()
    first = figure._repr_png_()
    assert figure._repr_png_() == first
    assert draw()._repr_png_() == first


def test_a_notebook_shows_the_same_bytes_with_pyplot_and_without(draw):
    pylabtools = pytest.importorskip("IPython.core.pylabtools")
    assert pylabtools.print_figure(draw()) == draw()._repr_png_()


def test_the_readers_settings_neither_change_nor_count(draw):
    expected = draw()._repr_png_()
    own = {"font.size": 25, "font.family": "serif", "savefig.dpi": 50, "savefig.facecolor": "red"}
    own |= {"xtick.color": "red", "lines.linewidth": 9, "axes.grid": False, "text.color": "red"}
    with matplotlib.rc_context(own):
        before = matplotlib.rcParams.copy()
        assert draw()._repr_png_() == expected
        assert matplotlib.rcParams.copy() == before


def test_pyplot_knows_of_no_figure(draw):
    draw()
    assert Gcf.get_all_fig_managers() == []


def test_a_notebook_shows_a_figure_exactly_once():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    draw_one = "from companion.plotting import curves\n"
    draw_one += "curves([0, 1], {'': [0, 1]}, xlabel='x', ylabel='y')"
    sources = [draw_one, "import matplotlib.pyplot as plt", draw_one]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    shown = [
        [set(output["data"]) for output in cell.outputs if "data" in output]
        for cell in notebook.cells
    ]
    assert shown == [[{"image/png", "text/plain"}], [], [{"image/png", "text/plain"}]]
    first, _, second = notebook.cells
    assert first.outputs[0]["data"] == second.outputs[0]["data"]


# --- lines ----------------------------------------------------------------------------------


def test_lines_differ_in_colour_and_in_pattern():
    lines = {f"line {k}": k * X for k in range(7)}
    drawn = plotting.curves(X, lines, **AXES).axes[0].get_lines()
    assert len({line.get_color() for line in drawn}) == 7
    assert len({str(dashes) for dashes in plotting.DASHES}) == 7


def test_a_name_looks_the_same_in_every_panel_and_is_explained_once():
    function, positional, named = FIGURES["panels"]
    figure = function(*positional, **named)
    (a,), (b, again) = (axes.get_lines() for axes in figure.axes)
    assert a.get_label() == again.get_label() == "a"
    assert a.get_color() == again.get_color() != b.get_color()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_value_and_derivative_draws_what_the_functions_return():
    figure = plotting.value_and_derivative({"cube": cube}, -2, 2)
    for axes, expected in zip(figure.axes, cube(np.linspace(-2, 2, 401)), strict=True):
        (line,) = axes.get_lines()
        np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-12)


def test_value_and_derivative_takes_derivatives_apart_and_columns():
    column = {"square": lambda x: x[:, None] ** 2}
    slope = {"square": lambda x: 2 * x[:, None]}
    figure = plotting.value_and_derivative(column, 0, 1, derivatives=slope)
    values, slopes = (axes.get_lines()[0].get_ydata() for axes in figure.axes)
    assert values[-1] == pytest.approx(1)
    assert slopes[-1] == pytest.approx(2)


def test_no_line_is_drawn_across_a_jump():
    figure = plotting.value_and_derivative({"step": step}, -1, 1, breaks=[0])
    (line,) = figure.axes[0].get_lines()
    y = line.get_ydata()
    (gap,) = np.flatnonzero(np.isnan(y))
    assert (y[:gap] == 0).all()
    assert (y[gap + 1 :] == 1).all()


def test_curves_take_their_options():
    figure = plotting.curves(
        [1, 10, 100],
        {"fit": [1, 2, 3]},
        points={"data": ([2, 20], [1, 3])},
        mark={"here": 10},
        title="a title",
        logx=True,
        logy=True,
        xlim=(1, 200),
        ylim=(0.5, 5),
        **AXES,
    )
    (axes,) = figure.axes
    data, fit, mark = axes.get_lines()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlim(), axes.get_ylim()) == ((1, 200), (0.5, 5))
    assert axes.get_title("left") == "a title"
    assert (data.get_linestyle(), fit.get_marker()) == ("None", "None")
    assert list(mark.get_xdata()) == [10, 10]
    assert [text.get_text() for text in axes.texts] == ["here"]


def test_panels_may_share_their_scale():
    plots = [{"x": X, "lines": {"": k * X}, **AXES} for k in (1, 5)]
    for sharey in (True, False):
        left, right = plotting.panels(plots, sharey=sharey).axes
        assert (left.get_ylim() == right.get_ylim()) is sharey


def test_empty_places_in_the_last_row_stay_empty():
    plots = [{"x": X, "lines": {"": X}, **AXES}] * 3
    assert len(plotting.panels(plots, columns=2).axes) == 3


# --- training, paths, classes ---------------------------------------------------------------


def test_history_takes_what_fit_returns():
    class Fitted:
        history = RECORD

    for one in (Fitted(), RECORD, {"": Fitted()}):
        (axes,) = plotting.history(one).axes
        training, validation = axes.get_lines()
        assert list(training.get_xdata()) == [1, 2, 3]
        assert list(training.get_ydata()) == RECORD["loss"]
        assert list(validation.get_ydata()) == RECORD["val_loss"]
        assert training.get_linestyle() != validation.get_linestyle()
    (axes,) = plotting.history({"a": Fitted(), "b": RECORD}, "accuracy").axes
    assert [line.get_label() for line in axes.get_lines()] == ["a, training", "b, training"]


def test_all_of_a_path_and_the_minimum_lie_inside():
    figure = plotting.loss_surface_paths(bowl, {"far": PATH + 5, "near": PATH}, minimum=(-3, -3))
    (axes,) = figure.axes
    for (low, high), values in zip(
        (axes.get_xlim(), axes.get_ylim()), np.vstack([PATH, PATH + 5, [[-3, -3]]]).T, strict=True
    ):
        assert low < values.min()
        assert high > values.max()


def test_a_digit_keeps_its_pixels_and_its_place_on_the_sheet():
    images = np.arange(6 * 4 * 4).reshape(6, 4, 4)
    (axes,) = plotting.digit_sheet(images, rows=2, columns=3).axes
    sheet = axes.get_images()[0].get_array()
    np.testing.assert_array_equal(sheet[5:9, 10:14], images[5])


def test_class_counts_are_counts():
    figure = plotting.class_counts({"training": LABELS, "test": np.array([2, 0])})
    widths = [[bar.get_width() for bar in axes.patches] for axes in figure.axes]
    assert widths == [[1, 2, 3], [1, 0, 1]]


def test_confusion_has_true_classes_in_rows():
    (axes,) = plotting.confusion([0, 1, 1, 1], [0, 0, 1, 1], classes=3).axes
    cells = {text.get_position(): text.get_text() for text in axes.texts}  # x is the column
    assert cells == {(0, 0): "1", (0, 1): "1", (1, 1): "2"}
    assert axes.get_images()[0].get_array().shape == (3, 3)


# --- bad input ------------------------------------------------------------------------------

MISTAKES = [
    (lambda: plotting.value_and_derivative({"f": cube}, 1, 1), "low must be below high"),
    (lambda: plotting.value_and_derivative({"f": cube}, 0, 1, breaks=[2]), "breaks must lie"),
    (lambda: plotting.value_and_derivative({"f": np.sin}, 0, 1), r"functions\['f'\] must return"),
    (
        lambda: plotting.value_and_derivative({"f": lambda x: (1.0, 0.0)}, 0, 1),
        r"functions\['f'\] must return one number per x",
    ),
    (
        lambda: plotting.value_and_derivative({"f": np.sin}, 0, 1, derivatives={"g": np.cos}),
        "derivatives must have the names",
    ),
    (lambda: plotting.curves(X, {"a": X[1:]}, **AXES), r"lines\['a'\] must have the shape"),
    (lambda: plotting.curves(X, {}, **AXES), "lines must hold at least one"),
    (
        lambda: plotting.curves(X, {f"{k}": X for k in range(8)}, **AXES),
        "lines must be at most 7",
    ),
    (lambda: plotting.panels([]), "plots must hold"),
    (lambda: plotting.history(RECORD, "acuracy"), "metric must be one of"),
    (lambda: plotting.history({}), "histories must hold"),
    (lambda: plotting.loss_surface_paths(bowl, {"a": PATH.T}), r"paths\['a'\] must have shape"),
    (lambda: plotting.loss_surface_paths(bowl, {}), "paths must be 1 to 7"),
    (lambda: plotting.digit_sheet(np.ones((24, 28, 28))), "images must have shape"),
    (lambda: plotting.digit_sheet(np.ones((25, 784))), "images must have shape"),
    (lambda: plotting.digit_sheet(np.ones((25, 8, 8)), [1]), "labels must be at least 25"),
    (lambda: plotting.class_counts({"a": np.eye(3)}), r"parts\['a'\] must be integers"),
    (lambda: plotting.class_counts({}), "parts must hold"),
    (lambda: plotting.confusion([0, 1], [0.5, 1.0]), "y_pred must be integers"),
    (lambda: plotting.confusion([0, -1], [0, 1]), "y_true must be integers"),
    (lambda: plotting.confusion([0, 1], [0]), "y_pred must have the shape of y_true"),
    (lambda: plotting.confusion([0, 1], [0, 1], classes=1), "classes must be at least 2"),
]


@pytest.mark.parametrize(("call", "message"), MISTAKES)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
