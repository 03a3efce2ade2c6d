"""Each explorable in a page: by mouse, keyboard and finger, in light and dark, with less motion.

What it shows as a number is what the companion computes; nothing is fetched from elsewhere, and the
console stays empty.
"""

import importlib.util
import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from companion import reference
from pages import EXPLORABLES

NAMES = sorted(
    path.stem for path in EXPLORABLES.glob("*.js") if "export default" in path.read_text("utf-8")
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}

PAGE = """<!doctype html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/book.css">
<link rel="stylesheet" href="/explore/explore.css"><link rel="icon" href="/favicon.svg">
{script}</head>
<body style="display: block"><article class="bd-article" style="max-width: 720px; margin: auto">
<p>Before</p>
<figure class="explorable" data-explorable="{name}" role="group" aria-label="{name}">
<figcaption><p><strong>Explorable.</strong> What can be done here, in one sentence or in two, so
that a reader without scripts misses nothing that matters.</p></figcaption></figure>
<p style="height: 1200px">After</p></article></body></html>"""
SCRIPT = '<script type="module" src="/explore/main.js"></script>'
FIGURE = "[data-explorable]"


@pytest.fixture
def show(browser, site, pages):
    """Open an explorable; afterwards check that the console is empty and no other host was asked.

    `faults` in the result collects what went wrong; a test that wants a fault clears it.
    """
    opened = []

    def show(name, *, theme="light", wait="ready", script=SCRIPT, routes=(), **options):
        path = f"/page/{name}-{len(script)}.html"
        pages[path] = ("text/html", PAGE.format(name=name, script=script))
        context = browser.new_context(**(options or DESKTOP))
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("requestfailed", lambda request: page.faults.append(request.url))
        page.on("request", lambda request: request.url.startswith(site)
                or page.faults.append(f"asks for {request.url}"))  # fmt: skip
        for pattern in routes:
            page.route(pattern, lambda route: route.abort())
        opened.append((context, page))
        page.goto(site + path)
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        if wait:
            page.wait_for_selector(f'{FIGURE}[data-state="{wait}"]')
        return page

    yield show
    for context, page in opened:
        assert page.faults == []
        context.close()


@pytest.fixture(scope="session", autouse=True)
def theme(pages):
    """The style sheet of the theme, as it is installed."""
    folder = Path(importlib.util.find_spec("pydata_sphinx_theme").origin).parent
    (style,) = folder.rglob("static/styles/pydata-sphinx-theme.css")
    pages["/theme.css"] = ("text/css", style.read_text("utf-8"))


def state(page):
    """The state that the explorable puts on its figure."""
    return page.eval_on_selector(FIGURE, "(figure) => figure.explorable.state()")


def change(page, **part):
    """Set a part of the state."""
    page.eval_on_selector(FIGURE, "(figure, part) => { figure.explorable.set(part); }", part)


def shown(text):
    """The number that a reader sees."""
    plain = text.replace("−", "-").replace("∞", "inf").replace("undefined", "nan")
    return float(plain.removesuffix(" %")) / (100 if plain.endswith("%") else 1)


def rounds_to(text, value):
    """Whether a shown number is this one, rounded to four digits."""
    return math.isclose(shown(text), value, rel_tol=5.1e-4, abs_tol=1e-300)


# Every explorable

each = pytest.mark.parametrize("name", NAMES)


@each
@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_starts_and_moves_nothing_below_it(show, name, options):
    before = show(name, script="", wait=None, **options)
    after = show(name, **options)
    heights = [page.eval_on_selector(FIGURE, "(f) => f.offsetHeight") for page in (before, after)]
    assert heights[0] == pytest.approx(heights[1], abs=2), "min-height in explore.css"
    assert after.evaluate("document.documentElement.scrollWidth") <= options["viewport"]["width"]


@each
def test_every_control_has_a_visible_label_and_can_be_reached_by_tab(show, name):
    page = show(name)
    unnamed = page.eval_on_selector_all(
        f"{FIGURE} :is(input, select, button)",
        """(controls) => controls.filter((control) => {
          const inTable = control.ariaLabel ? control.closest("tr")?.querySelector("th") : null;
          const label = control.tagName === "BUTTON" ? control : control.labels[0] ?? inTable;
          return !(label && label.checkVisibility() && label.innerText.trim());
        }).map((control) => control.outerHTML)""",
    )
    assert unnamed == []
    wanted = page.eval_on_selector_all(
        f"{FIGURE} :is(input, select, button, .explore-handle)",
        """(all) => all.filter((e) => !e.disabled && e.checkVisibility()).map((e, i) => {
          e.dataset.tab = i; return String(i);
        })""",
    )
    reached = set()
    for _ in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset?.tab"))
    groups = page.eval_on_selector_all(  # of a radio group, Tab reaches one
        f"{FIGURE} input[type=radio]", "(all) => all.map((e) => e.dataset.tab)"
    )
    assert set(wanted) - set(groups) <= reached


@each
def test_sliders_and_points_follow_the_arrow_keys(show, name):
    page = show(name)
    for slider in page.query_selector_all(f"{FIGURE} input[type=range]:not(:disabled)"):
        if not slider.is_visible():
            continue
        words = "(input) => input.getAttribute('aria-valuetext')"
        before = slider.evaluate(words)
        at_the_end = slider.evaluate("(input) => input.value === input.max")
        slider.press("ArrowLeft" if at_the_end else "ArrowRight")
        assert slider.evaluate(words) != before
    for point in page.query_selector_all(f"{FIGURE} .explore-handle"):
        before = state(page), point.get_attribute("aria-valuetext")
        point.focus()
        page.keyboard.press("ArrowLeft")
        after = state(page), point.get_attribute("aria-valuetext")
        assert after[0] != before[0]
        assert after[1] != before[1]


@each
def test_points_are_dragged_by_mouse_and_by_finger(show, name):
    for options in (DESKTOP, PHONE):
        page = show(name, **options)
        for point in page.query_selector_all(f"{FIGURE} .explore-handle")[:1]:
            point.scroll_into_view_if_needed()
            box = point.bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            before, scroll = state(page), page.evaluate("scrollY")
            drag(page, x, y, x - 40, y + 15, finger="has_touch" in options)
            assert state(page) != before
            assert page.evaluate("scrollY") == scroll


def drag(page, x, y, to_x, to_y, *, finger):
    """Drag from one point of the window to another, in steps."""
    path = [(x + (to_x - x) * t / 5, y + (to_y - y) * t / 5) for t in range(6)]
    if not finger:
        page.mouse.move(x, y)
        page.mouse.down()
        for at in path:
            page.mouse.move(*at)
        page.mouse.up()
        return
    session = page.context.new_cdp_session(page)
    for kind, at in [("touchStart", path[0]), *(("touchMove", at) for at in path), ("touchEnd", 0)]:
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_timeout(50)


@each
def test_a_finger_finds_what_it_aims_at_and_can_still_scroll(show, name):
    page = show(name, **PHONE)
    small = page.eval_on_selector_all(
        f"{FIGURE} :is(input[type=range], select, button, label:has(> input), summary)",
        """(all) => all.filter((e) => e.checkVisibility() && e.offsetHeight < 44)
          .map((e) => `${e.offsetHeight}: ${e.outerHTML.slice(0, 120)}`)""",
    )
    assert small == []
    for actions in page.eval_on_selector_all(
        f"{FIGURE} .jxgbox", "(all) => all.map((box) => getComputedStyle(box).touchAction)"
    ):
        assert actions in {"pan-y", "manipulation", "auto"}


@each
def test_it_follows_the_theme(show, name):
    page = show(name)
    colors = """(root) => [getComputedStyle(root).color, ...[...root.querySelectorAll("svg text")]
      .slice(0, 3).map((text) => getComputedStyle(text).fill)]"""
    light = page.eval_on_selector(FIGURE, colors)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(100)
    dark = page.eval_on_selector(FIGURE, colors)
    assert all(a != b for a, b in zip(light, dark, strict=True))


@each
def test_with_less_motion_nothing_moves_by_itself(show, name):
    page = show(name, reduced_motion="reduce", **DESKTOP)
    for button in page.query_selector_all(f"{FIGURE} button:not(:disabled)"):
        if not button.is_enabled():  # an earlier button may have ended the run
            continue
        button.click()
        looks = [page.eval_on_selector(FIGURE, "(figure) => figure.innerText")]
        page.wait_for_timeout(150)
        looks.append(page.eval_on_selector(FIGURE, "(figure) => figure.innerText"))
        assert looks[0] == looks[1], button.inner_text()
    assert page.evaluate("document.getAnimations().length") == 0


@each
def test_a_readout_says_in_words_what_the_picture_shows(show, name):
    page = show(name)
    words = page.eval_on_selector_all(
        f"{FIGURE} [aria-live=polite]", "(all) => all.map((e) => e.innerText)"
    )
    assert any(re.search(r"\w+ \w+ \w+", text) for text in words)


@each
def test_where_it_cannot_start_its_text_is_still_there(show, name):
    page = show(name, wait="failed", routes=[f"**/{name}.js"])
    assert page.inner_text(FIGURE).startswith("Explorable. What can be done here")
    assert any("could not start" in fault for fault in page.faults)
    page.faults.clear()


# The colours


def luminance(color):
    """How bright a colour #rrggbb is, after WCAG 2.1."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b):
    """The ratio of two luminances, from 1 to 21."""
    bright, dark = sorted([luminance(a), luminance(b)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_stands_out_from_its_background(show, theme):
    page = show(NAMES[0], theme=theme)
    colors = page.evaluate("import('/explore/tools.js').then((tools) => tools.colors())")
    background = colors["background"].replace("#fff", "#ffffff")[:7]
    assert len(set(colors["series"])) == 8
    assert all(contrast(color, background) >= 3 for color in colors["series"])
    assert contrast(colors["text"], background) >= 4.5


WRITTEN = {
    0: "0", -1.5: "−1.5", 2 / 3: "0.6667", 99999.9: "100000", 123456.7: "123500",
    1234567: "1.235e6", -1e-9: "−1e−9", 1.05e-4: "1.05e−4", 1e300: "1e300", 1e100: "1e100",
    math.inf: "∞", -math.inf: "−∞", math.nan: "undefined",
}  # fmt: skip


def test_a_number_is_written_with_four_digits(show):
    page = show(NAMES[0])
    call = "(xs) => import('/explore/tools.js').then((tools) => xs.map(tools.number))"
    assert page.evaluate(call, list(WRITTEN)) == list(WRITTEN.values())


# The loss explorer

SETTINGS = {"huber": ["delta"], "asymmetric_cost": ["under", "over"],
            "weighted_cross_entropy_with_logits": ["pos_weight"]}  # fmt: skip
SAMPLES = {
    "number": {"prediction": [-4, -0.35, 1, 3.2], "target": [-2, 1]},
    "positive": {"prediction": [0.05, 3, 7.5], "target": [0, 3]},
    "probability": {"prediction": [0.002, 0.5, 0.998], "target": [0, 1]},
    "score": {"prediction": [-4, 0, 1, 3.3], "target": [0, 1]},
    "distribution": {"prediction": [0.002, 0.7, 0.9], "target": [0, 0.7, 1]},
    "direction": {"prediction": [-3, 0.5, 2.05], "target": [-1.1, 0.5]},
}


def right_loss(name, now):
    """Value and slope as the companion has them; of a row, along the line that it moves on."""
    function, x, y = getattr(reference.losses, name), now["prediction"], now["target"]
    if now["kind"] == "distribution":
        loss, gradient = function(np.array([y, 1 - y]), np.array([x, 1 - x]))
        return float(loss), float(gradient @ [1, -1])
    if now["kind"] == "direction":
        unit = [np.array([math.cos(a), math.sin(a)]) for a in (y, x)]
        loss, gradient = function(*unit)
        return float(loss), float(gradient @ [-math.sin(x), math.cos(x)])
    if name == "categorical_hinge":
        loss, gradient = function(np.array([1.0 - y, y]), np.array([0.0, x]))
        return float(loss), float(gradient[1])
    settings = [now[setting] for setting in SETTINGS.get(name, [])]
    loss, gradient = function(np.array([float(y)]), np.array([x]), *settings)
    return float(np.squeeze(loss)), float(gradient[0])


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_loss_explorer_shows_what_the_companion_computes(show, kind):
    page = show("loss-explorer")
    change(page, kind=kind)
    for prediction, target in itertools.product(*SAMPLES[kind].values()):
        change(page, prediction=prediction, target=target, delta=0.75, under=2.5, over=0.3)
        now = state(page)
        assert (now["prediction"], now["target"]) == (prediction, target)
        cells = page.eval_on_selector_all(
            f"{FIGURE} tr[data-loss]",
            "(rows) => rows.map((r) => [r.dataset.loss, ...[...r.cells].map((c) => c.innerText)])",
        )
        assert {name for name, *_ in cells} == set(now["values"])
        for name, _, *texts in cells:
            for found, right, text in zip(
                now["values"][name], right_loss(name, now), texts, strict=True
            ):
                assert found == pytest.approx(right, rel=1e-12, abs=1e-15), name
                assert rounds_to(text, found), (name, text, found)


def test_the_loss_explorer_has_every_loss_of_one_sample(show):
    page = show("loss-explorer")
    there = set()
    for kind in SAMPLES:
        change(page, kind=kind)
        there |= set(state(page)["values"])
    # The others are these from other arguments: whole rows of logits, or labels as numbers.
    others = {
        "softmax_cross_entropy_with_logits",
        "sparse_categorical_crossentropy",
        "sparse_softmax_cross_entropy_with_logits",
    }
    assert there == set(reference.losses.__all__) - others


def test_the_handle_stays_on_the_curve_and_the_slider_follows(show):
    page = show("loss-explorer")
    change(page, prediction=2)
    page.focus(".explore-handle")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    prediction = state(page)["prediction"]
    assert prediction > 2
    handle = page.get_attribute(".explore-handle", "aria-valuetext")
    slider = page.get_attribute(f"{FIGURE} input[type=range]", "aria-valuetext")
    assert shown(handle) == shown(slider) == prediction


def test_a_loss_that_is_not_ticked_is_not_drawn_and_not_spoken_of(show):
    page = show("loss-explorer")
    page.get_by_label("squared error").uncheck()
    page.get_by_label("log-cosh").check()
    assert state(page)["shown"] == ["mean_absolute_error", "huber", "log_cosh"]
    words = page.inner_text(f"{FIGURE} .explore-readout")
    assert "log-cosh" in words
    assert "squared error" not in words


# The activation explorer

ARGUMENTS = {
    "relu": {"relu_slope": 0.1, "max_value": 3, "threshold": -0.5},
    "leaky_relu": {"negative_slope": 0.35},
    "elu": {"alpha": 1.7},
    "gelu": {"approximate": True},
}
ACTIVATIONS = sorted(set(reference.activations.__all__) - {"softmax", "identity", "swish"})


def test_the_activation_explorer_shows_what_the_companion_computes(show):
    page = show("activation-explorer")
    calls = [(name, {}) for name in ACTIVATIONS] + list(ARGUMENTS.items())
    for (name, settings), x in itertools.product(calls, [-6, -0.75, 0, 2.5, 6]):
        change(page, activation=name, x=x, **settings)
        now = state(page)
        assert now["x"] == x
        if settings:
            assert now["arguments"] == list(settings.values())
        right = getattr(reference.activations, name)(x, *now["arguments"])
        found = now["value"], now["derivative"]
        assert found == pytest.approx([float(part) for part in right], rel=1e-12, abs=1e-17)
        words = page.inner_text(f"{FIGURE} .explore-readout >> nth=0")
        texts = re.search(r"value (\S+), derivative (\S+)\.", words).groups()
        assert all(rounds_to(text, part) for text, part in zip(texts, found, strict=True))


def mulberry32(seed):
    """The generator of the explorable: random numbers in [0, 1) from 32 bits of state."""
    word = 0xFFFFFFFF
    while True:
        seed = (seed + 0x6D2B79F5) & word
        bits = (seed ^ seed >> 15) * (seed | 1) & word
        bits ^= bits + ((bits ^ bits >> 7) * (bits | 61) & word) & word
        yield ((bits ^ bits >> 14) & word) / 2**32


def normals(random, count):
    """Box and Muller's pairs."""
    pairs = np.array([[next(random), next(random)] for _ in range(count // 2)])
    radius, angle = np.sqrt(-2 * np.log1p(-pairs[:, 0])), 2 * np.pi * pairs[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).ravel()


@pytest.mark.parametrize(
    ("name", "scale", "seed"), [("relu", 1.41, 1), ("tanh", 3.0, 2), ("selu", 1.0, 5)]
)
def test_twenty_layers_are_what_numpy_makes_of_the_same_weights(show, name, scale, seed):
    page = show("activation-explorer")
    change(page, activation=name, scale=scale, seed=seed)
    layers, activation = state(page)["layers"], getattr(reference.activations, name)
    random = mulberry32(seed)
    signal = normals(random, 64 * 64).reshape(64, 64)
    page.click(f"{FIGURE} summary")
    texts = "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"
    rows = page.eval_on_selector_all(f"{FIGURE} details tbody tr", texts)
    assert len(rows) == len(layers) == 21
    for layer, (there, row) in enumerate(zip(layers, rows, strict=True)):
        if layer:
            weights = normals(random, 64 * 64).reshape(64, 64)
            signal, derivative = activation(scale / 8 * signal @ weights.T)
            assert there["flat"] == (np.abs(derivative) < 0.01).mean()
            assert there["dead"] == (derivative == 0).all(axis=0).mean()
        assert there["variance"] == pytest.approx(signal.var(), rel=1e-9)
        assert there["mean"] == pytest.approx(signal.mean(), rel=1e-9, abs=1e-12)
        for text, key in zip(row[1:], ("mean", "variance", "flat", "dead"), strict=True):
            assert text == "–" if there[key] is None else rounds_to(text, there[key])


def test_weights_of_the_right_scale_keep_the_signal_alive(show):
    page = show("activation-explorer")
    change(page, activation="relu")
    page.get_by_role("button", name="LeCun").click()
    assert state(page)["layers"][-1]["variance"] < 1e-4
    page.get_by_role("button", name="He").click()
    assert 0.05 < state(page)["layers"][-1]["variance"] < 5
    seed = state(page)["seed"]
    page.get_by_role("button", name="New weights").click()
    assert state(page)["seed"] == seed + 1
