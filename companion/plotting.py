"""Figures in house style, one line each in a chapter.

Every function returns a `Figure`. As the last expression of a notebook cell it shows itself once;
``figure.savefig("name.png")`` writes it to a file. Neither pyplot nor any global setting is
touched, and a reader's own matplotlib settings do not change what is drawn.

The style: Okabe and Ito's colours, which colour-blind readers can tell apart, each with a line
style of its own for print in grey; a background that stays light in dark mode; text that can be
read when a phone scales the figure to its width.
"""

import functools
import io
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence

import matplotlib.figure
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

__all__ = [
    "Figure",
    "class_counts",
    "confusion",
    "curves",
    "digit_sheet",
    "history",
    "loss_surface_paths",
    "panels",
    "value_and_derivative",
]

WIDTH = 6.4  # inches, of which text of 11 points fits about 84 letters
PAPER = "#fdfdfb"
INK = "#24272b"
GREY = "#7b7f85"
PALE = "#dfe1dc"
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
DASHES = ["-", (0, (5, 1.6)), (0, (6, 1.5, 1.2, 1.5)), (0, (1.2, 1.4))]
DASHES += [(0, (9, 2)), (0, (3, 1.2, 1, 1.2, 1, 1.2)), (0, (2.5, 2.5))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
SHADES = LinearSegmentedColormap.from_list("house", [PAPER, "#8fbfdd", COLOURS[0], "#00314d"])

HOUSE = {
    "figure.facecolor": PAPER,
    "figure.dpi": 130,
    "figure.constrained_layout.use": True,
    "axes.facecolor": PAPER,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 11,
    "axes.labelsize": 12,
    "axes.titlelocation": "left",
    "grid.color": PALE,
    "grid.linewidth": 0.7,
    "font.size": 11,
    "text.color": INK,
    "mathtext.fontset": "cm",  # the look of the formulas on the page
    "lines.linewidth": 2.0,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "legend.handlelength": 2.4,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}

_in_house_style = functools.partial(matplotlib.style.context, ["default", HOUSE])


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that pyplot does not know of, in house style however it is drawn.

    Example:
        >>> figure = class_counts({"training": np.array([0, 1, 1])})
        >>> isinstance(figure, Figure), len(figure.axes)
        (True, 1)
    """

    # Ticks and margins come about when a figure is drawn, from the settings of that moment.
    get_tightbbox = _in_house_style()(matplotlib.figure.Figure.get_tightbbox)
    savefig = _in_house_style()(matplotlib.figure.Figure.savefig)

    @_in_house_style()
    def draw(self, renderer) -> None:
        """Draw in house style; the layout is settled by the first drawing."""
        super().draw(renderer)
        # Each run of the layout starts from the last: a second drawing would differ by a pixel.
        self.set_layout_engine("none")

    def _repr_png_(self) -> bytes:
        # What a notebook shows where pyplot was never imported; the same bytes where it was.
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", bbox_inches="tight")
        return buffer.getvalue()


@_in_house_style()
def value_and_derivative(
    functions: Mapping[str, Callable],
    low: float,
    high: float,
    *,
    derivatives: Mapping[str, Callable] | None = None,
    breaks: Sequence[float] = (),
    xlabel: str = "$x$",
    ylabels: tuple[str, str] = ("value", "derivative"),
) -> Figure:
    """Draw functions of one number on the left and their derivatives on the right.

    Args:
        functions: name → function of an array of shape (n,). It returns the pair (value,
            derivative), as everything in `companion.reference` does, or the value alone if
            `derivatives` is given. Shapes such as (n, 1) are taken as (n,).
        low, high: the interval to draw.
        derivatives: the same names → the derivative, where `functions` return values alone.
        breaks: places inside the interval where a curve jumps; no line is drawn across them.
        xlabel, ylabels: the names of the axes.

    Returns:
        The figure, two axes side by side.

    Raises:
        ValueError: low is not below high, a break lies outside, names differ, too many curves.

    Example:
        >>> from companion.reference.activations.sigmoids import sigmoid, tanh
        >>> figure = value_and_derivative({"sigmoid": sigmoid, "tanh": tanh}, -5, 5)
        >>> [len(axes.get_lines()) for axes in figure.axes]
        [2, 2]
    """
    if not low < high:
        raise ValueError(f"low must be below high; got low={low}, high={high}")
    edges = [low, *sorted(breaks), high]
    if not all(a < b for a, b in itertools.pairwise(edges)):
        raise ValueError(f"breaks must lie between low={low} and high={high}; got {breaks}")
    if derivatives is not None and list(derivatives) != list(functions):
        raise ValueError(
            f"derivatives must have the names of functions, {list(functions)}; "
            f"got {list(derivatives)}"
        )
    pieces = [
        np.linspace(np.nextafter(a, b), np.nextafter(b, a), 401)
        for a, b in itertools.pairwise(edges)
    ]
    x = np.concatenate(pieces)
    gaps = np.cumsum([len(piece) for piece in pieces])[:-1]

    def with_gaps(name: str, values) -> np.ndarray:
        values = np.asarray(values, dtype=float)
        if values.size != x.size:
            raise ValueError(
                f"functions[{name!r}] must return one number per x, {x.shape}; got {values.shape}"
            )
        return np.insert(values.ravel(), gaps, np.nan)

    value, slope = {}, {}
    for name, function in functions.items():
        pair = function(x) if derivatives is None else (function(x), derivatives[name](x))
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise ValueError(
                f"functions[{name!r}] must return (value, derivative), or derivatives be given"
            )
        value[name], slope[name] = (with_gaps(name, part) for part in pair)
    x = np.insert(x, gaps, np.nan)
    return panels(
        [
            {"x": x, "lines": value, "xlabel": xlabel, "ylabel": ylabels[0]},
            {"x": x, "lines": slope, "xlabel": xlabel, "ylabel": ylabels[1]},
        ]
    )


def curves(x, lines: Mapping, *, xlabel: str, ylabel: str, **options) -> Figure:
    """Draw lines over a common x axis.

    Args:
        x: shape (n,).
        lines: name → values, shape (n,). The name goes into the legend; ``""`` stays out of it.
        xlabel, ylabel: the names of the axes.
        **options: any of ``title`` (text), ``logx``, ``logy`` (bool), ``xlim``, ``ylim``
            (pairs of numbers), ``points`` (name → (x, y), drawn as dots) and ``mark`` (text → x, a
            thin vertical line with the text at its top).

    Returns:
        The figure, one pair of axes.

    Raises:
        ValueError: a line has another shape than x, nothing to draw, or too many lines.

    Example:
        >>> steps = np.arange(1, 101)
        >>> figure = curves(steps, {"": 1 / steps}, xlabel="step", ylabel="rate", logy=True)
        >>> figure.axes[0].get_yscale()
        'log'
    """
    return panels([{"x": x, "lines": lines, "xlabel": xlabel, "ylabel": ylabel, **options}])


@_in_house_style()
def panels(plots: Sequence[Mapping], *, columns: int = 2, sharey: bool = False) -> Figure:
    """Draw several `curves` side by side, with one legend for all of them.

    A name has the same colour and line style in every panel.

    Args:
        plots: one dict of the arguments of `curves` per panel.
        columns: panels in a row.
        sharey: give all panels one scale of y.

    Returns:
        The figure, one pair of axes per panel.

    Raises:
        ValueError: as `curves`, or no panel at all.

    Example:
        >>> x = np.linspace(-1, 1, 21)
        >>> plot = {"x": x, "lines": {"$x^2$": x**2}, "xlabel": "$x$", "ylabel": "value"}
        >>> len(panels([plot, {**plot, "lines": {"$x^3$": x**3}}]).axes)
        2
    """
    if not plots:
        raise ValueError("plots must hold at least one panel; got none")
    columns = min(columns, len(plots))
    rows = math.ceil(len(plots) / columns)
    figure = Figure(figsize=(WIDTH, 0.5 + rows * (3.1 if columns == 1 else 2.5)))
    grid = figure.subplots(rows, columns, sharey=sharey, squeeze=False).flat
    lines = [name for plot in plots for name in plot["lines"]]
    points = [name for plot in plots for name in plot.get("points") or ()]
    names = list(dict.fromkeys(lines + points))
    if len(names) > len(COLOURS):
        raise ValueError(f"lines must be at most {len(COLOURS)} to be told apart; got {names}")
    if not names:
        raise ValueError("lines must hold at least one line; got none")
    for axes, plot in zip(grid, plots, strict=False):
        _draw(axes, names, **plot)
        if sharey and not axes.get_subplotspec().is_first_col():
            axes.set_ylabel("")
    for axes in figure.axes[len(plots) :]:
        axes.remove()
    _legend(figure)
    return figure


def _draw(
    axes: Axes,
    names: list[str],
    *,
    x,
    lines: Mapping,
    xlabel: str,
    ylabel: str,
    title: str = "",
    logx: bool = False,
    logy: bool = False,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    points: Mapping | None = None,
    mark: Mapping[str, float] | None = None,
) -> None:
    """Draw one panel; the position of a name in `names` decides on its colour."""
    x = np.asarray(x, dtype=float)
    if logx:
        axes.set_xscale("log")
    if logy:
        axes.set_yscale("log")
    for name, (x_points, y_points) in (points or {}).items():
        place = names.index(name)
        alone = len(points) == 1 and name not in lines  # data under curves: no colour of its own
        style = {
            "color": GREY if alone else COLOURS[place],
            "marker": MARKERS[0 if alone else place],
        }
        axes.plot(x_points, y_points, linestyle="none", markersize=4.5, label=name, **style)
    for name, y in lines.items():
        y = np.asarray(y, dtype=float)
        if x.ndim != 1 or y.shape != x.shape:
            raise ValueError(
                f"lines[{name!r}] must have the shape (n,) of x; got {y.shape} and x {x.shape}"
            )
        place = names.index(name)
        axes.plot(x, y, color=COLOURS[place], linestyle=DASHES[place], label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    # A limit of None would end the autoscaling of the axes that share it.
    axes.set(**({"xlim": xlim} if xlim else {}), **({"ylim": ylim} if ylim else {}))
    for text, place in (mark or {}).items():
        axes.axvline(place, color=GREY, linewidth=1, linestyle=":")
        axes.annotate(
            text,
            (place, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -2),
            textcoords="offset points",
            va="top",
            fontsize=10,
        )


def _legend(figure: Figure) -> None:
    """One legend above all axes, without repeats; none for a single nameless line."""
    entries = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    entries.pop("", None)
    if entries:
        # The key of an entry and the gap after it take the place of 7 letters out of 84.
        longest = max(len(re.sub(r"\\[a-z]+|[${}]", "", label)) for label in entries)
        figure.legend(
            entries.values(),
            entries.keys(),
            loc="outside upper left",
            ncols=max(1, min(len(entries), 84 // (7 + longest))),
            borderpad=0.1,
            columnspacing=1.4,
        )


@_in_house_style()
def history(histories, metric: str = "loss", *, ylabel: str = "", logy: bool = False) -> Figure:
    """Draw what ``fit`` recorded per epoch, training solid and validation dashed.

    Args:
        histories: what ``model.fit`` returned (or its ``history`` dict); or several, as
            name → that.
        metric: the name of the metric; its ``val_`` twin is drawn where it was recorded.
        ylabel: the name of the y axis; the metric's name by default.
        logy: draw the y axis in powers of ten.

    Returns:
        The figure, one pair of axes.

    Raises:
        ValueError: a history does not have the metric.

    Example:
        >>> figure = history({"loss": [0.5, 0.3, 0.2], "val_loss": [0.5, 0.4, 0.4]})
        >>> [line.get_label() for line in figure.axes[0].get_lines()]
        ['training', 'validation']
    """
    one = getattr(histories, "history", histories)
    if not one:
        raise ValueError("histories must hold at least one; got none")
    if all(isinstance(record, (list, tuple, np.ndarray)) for record in one.values()):
        histories = {"": one}
    figure = Figure(figsize=(WIDTH, 3.4))
    axes = figure.subplots()
    for place, (name, record) in enumerate(histories.items()):
        record = getattr(record, "history", record)
        if metric not in record:
            raise ValueError(f"metric must be one of {sorted(record)}; got {metric!r}")
        for key, part, dashes in ((metric, "training", "-"), (f"val_{metric}", "validation", "--")):
            if key in record:
                epochs = np.arange(1, len(record[key]) + 1)
                axes.plot(
                    epochs,
                    record[key],
                    color=COLOURS[place % len(COLOURS)],
                    linestyle=dashes,
                    marker=MARKERS[place % len(MARKERS)],
                    markersize=4.5,
                    markevery=max(1, len(epochs) // 10),
                    label=f"{name}, {part}" if name else part,
                )
    axes.set(xlabel="epoch", ylabel=ylabel or metric.replace("_", " "))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if logy:
        axes.set_yscale("log")
    _legend(figure)
    return figure


@_in_house_style()
def loss_surface_paths(
    function: Callable,
    paths: Mapping[str, np.ndarray],
    *,
    xlabel: str = r"$\theta_1$",
    ylabel: str = r"$\theta_2$",
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    minimum: tuple[float, float] | None = None,
) -> Figure:
    """Draw the paths of optimizers over the contours of a loss of two parameters.

    Contours are at equal shares of the area, so that a narrow valley shows as well as a wide bowl.

    Args:
        function: loss of two arrays of the same shape.
        paths: name → the parameters after each step, shape (steps, 2), the start first.
        xlabel, ylabel: the names of the two parameters.
        xlim, ylim: what to show; by default all paths with a margin.
        minimum: where to draw a star.

    Returns:
        The figure, one pair of axes.

    Raises:
        ValueError: a path is not of shape (steps, 2).

    Example:
        >>> path = np.array([[2.0, 1.0], [1.0, 0.2], [0.4, 0.0]])
        >>> figure = loss_surface_paths(lambda a, b: a**2 + 10 * b**2, {"descent": path})
        >>> len(figure.axes[0].get_lines())
        1
    """
    paths = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    for name, path in paths.items():
        if path.ndim != 2 or path.shape[1] != 2:
            raise ValueError(f"paths[{name!r}] must have shape (steps, 2); got {path.shape}")
    if not 0 < len(paths) <= len(COLOURS):
        raise ValueError(f"paths must be 1 to {len(COLOURS)}; got {len(paths)}")
    every = np.concatenate([*paths.values(), np.reshape(minimum or (), (-1, 2))])
    margin = 0.12 * np.ptp(every, axis=0) + 1e-9
    low, high = every.min(axis=0) - margin, every.max(axis=0) + margin
    xlim, ylim = xlim or (low[0], high[0]), ylim or (low[1], high[1])

    figure = Figure(figsize=(WIDTH, 4.2))
    axes = figure.subplots()
    axes.grid(False)
    a, b = np.meshgrid(np.linspace(*xlim, 161), np.linspace(*ylim, 161))
    values = np.asarray(function(a, b), dtype=float)
    levels = np.unique(np.quantile(values, np.linspace(0, 1, 11)))
    greys = LinearSegmentedColormap.from_list("valley", ["#d3dae0", PAPER])
    axes.contourf(a, b, values, levels, cmap=greys)
    axes.contour(a, b, values, levels, colors="#b4bcc3", linewidths=0.6)
    for place, (name, path) in enumerate(paths.items()):
        style = {"color": COLOURS[place], "marker": MARKERS[place], "markeredgecolor": PAPER}
        # Every step of a short path: every second one would hide a zigzag.
        style |= {"markeredgewidth": 0.5, "markersize": 4.5}
        style |= {"markevery": 1 if len(path) <= 60 else len(path) // 20}
        axes.plot(*path.T, linewidth=1.5, label=name, zorder=3, **style)
    if minimum is not None:
        axes.scatter(*minimum, marker="*", s=170, color=INK, edgecolor=PAPER, zorder=4)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=xlim, ylim=ylim)
    _legend(figure)
    return figure


@_in_house_style()
def digit_sheet(images, labels=None, *, rows: int = 5, columns: int = 5) -> Figure:
    """Draw the first rows · columns images on one sheet, dark ink on light paper.

    Args:
        images: shape (n, height, width), 0 is paper.
        labels: n numbers or texts, each written above its image.
        rows, columns: the size of the sheet.

    Returns:
        The figure, one pair of axes for the whole sheet.

    Raises:
        ValueError: images has another shape, or there are too few images or labels.

    Example:
        >>> figure = digit_sheet(np.eye(28).reshape(1, 28, 28), [0], rows=1, columns=1)
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['0']
    """
    images, count = np.asarray(images), rows * columns
    if images.ndim != 3 or len(images) < count:
        raise ValueError(
            f"images must have shape (n, height, width) with n at least {count}; got {images.shape}"
        )
    if labels is not None and len(labels) < count:
        raise ValueError(f"labels must be at least {count}; got {len(labels)}")
    height, width = images.shape[1:]
    top = 0 if labels is None else round(0.4 * height)
    gap = max(1, round(0.08 * width))
    tiles = np.pad(images[:count].astype(float), ((0, 0), (top, gap), (0, gap)))
    sheet = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    sheet = sheet.reshape(rows * tiles.shape[1], columns * tiles.shape[2])
    scale = 0.82 / width  # inches per pixel
    figure = Figure(figsize=(round(sheet.shape[1] * scale, 1), round(sheet.shape[0] * scale, 1)))
    axes = figure.subplots()
    paper_to_ink = LinearSegmentedColormap.from_list("ink", [PAPER, INK])
    axes.imshow(sheet, cmap=paper_to_ink, interpolation="nearest", vmin=0, aspect="equal")
    axes.set_axis_off()
    for place in range(count if labels is not None else 0):
        row, column = divmod(place, columns)
        axes.text(
            column * tiles.shape[2] + width / 2,
            row * tiles.shape[1] + top - 1,
            str(labels[place]),
            color=COLOURS[0],
            ha="center",
            va="bottom",
        )
    return figure


@_in_house_style()
def class_counts(parts: Mapping[str, np.ndarray]) -> Figure:
    """Draw how often each class occurs, one panel per part of the data, with the counts.

    Args:
        parts: name → labels as integers from 0, shape (n,), such as
            ``{"training": y_train, "test": y_test}``.

    Returns:
        The figure, one pair of axes per part.

    Raises:
        ValueError: labels that are not integers from 0 in one dimension.

    Example:
        >>> figure = class_counts({"training": np.array([0, 1, 1, 2]), "test": np.array([2, 0])})
        >>> [axes.get_title("left") for axes in figure.axes]
        ['training, 4', 'test, 2']
    """
    if not parts:
        raise ValueError("parts must hold at least one; got none")
    parts = {name: _labels(f"parts[{name!r}]", labels) for name, labels in parts.items()}
    classes = 1 + max(int(labels.max()) for labels in parts.values())
    figure = Figure(figsize=(WIDTH, 0.9 + 0.27 * classes))
    for axes, (name, labels) in zip(
        np.atleast_1d(figure.subplots(1, len(parts), sharey=True)), parts.items(), strict=True
    ):
        bars = axes.barh(
            np.arange(classes),
            np.bincount(labels, minlength=classes),
            height=0.72,
            color=COLOURS[0],
        )
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=10)
        axes.set(xlabel="samples", ylabel="class", title=f"{name}, {len(labels):,}")
        axes.set_yticks(np.arange(classes))
        axes.margins(x=0.24)  # room for the counts
        axes.set_ylim(classes - 0.4, -0.6)  # 0 on top
        axes.grid(False, axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.label_outer()
    return figure


@_in_house_style()
def confusion(y_true, y_pred, *, classes: int | None = None) -> Figure:
    """Draw how often each class was taken for each: counts, shaded by their share of the row.

    The shade grows with the square root of the share, so that rare mistakes can be seen.

    Args:
        y_true, y_pred: labels as integers from 0, shape (n,).
        classes: how many classes there are; by default as many as occur.

    Returns:
        The figure, one pair of axes: a row per true class, a column per predicted one.

    Raises:
        ValueError: labels that are not integers from 0, or two lengths.

    Example:
        >>> figure = confusion(np.array([0, 1, 1]), np.array([0, 1, 0]))
        >>> sorted(text.get_text() for text in figure.axes[0].texts)
        ['1', '1', '1']
    """
    y_true, y_pred = _labels("y_true", y_true), _labels("y_pred", y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"y_pred must have the shape of y_true, {y_true.shape}; got {y_pred.shape}"
        )
    occurring = 1 + int(max(y_true.max(), y_pred.max()))
    classes = occurring if classes is None else classes
    if classes < occurring:
        raise ValueError(
            f"classes must be at least {occurring}, the largest label + 1; got {classes}"
        )
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (y_true, y_pred), 1)
    share = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    size = min(WIDTH, 1.2 + 0.5 * classes)
    figure = Figure(figsize=(size, round(0.92 * size, 1)))
    axes = figure.subplots()
    axes.imshow(share, cmap=SHADES, vmin=0, vmax=1)
    for true, predicted in np.argwhere(counts):
        colour = PAPER if share[true, predicted] > 0.5 else INK
        style = {"color": colour, "ha": "center", "va": "center", "fontsize": 10}
        axes.text(predicted, true, f"{counts[true, predicted]}", **style)
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.set_xticks(np.arange(classes))
    axes.set_yticks(np.arange(classes))
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return figure


def _labels(argument: str, labels) -> np.ndarray:
    """Class labels as an array, or a ValueError that names the argument."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels) or labels.min() < 0:
        raise ValueError(
            f"{argument} must be integers from 0, shape (n,); "
            f"got {labels.dtype} of shape {labels.shape}"
        )
    return labels
