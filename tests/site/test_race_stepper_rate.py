"""The optimizer race, the backpropagation stepper and the learning-rate playground, in a browser.

Their formulas against the cells of the chapters that they stand in; their numbers, words and
controls as a reader meets them: with a mouse, a finger, the keyboard, and with less motion.
"""

import math
import re
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from companion import reference
from companion.reference import activations, optimizers
from companion.reference.losses.binary import sigmoid_cross_entropy_with_logits
from companion.reference.losses.squared import mean_squared_error

BOOK = Path(__file__).parents[2] / "book"
NAMES = ["optimizer-race", "backpropagation-stepper", "rate-playground"]
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>An explorable</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/book.css"><link rel="stylesheet" href="/explore/explore.css">
<script type="module" src="/explore/main.js"></script>
<style>
html[data-theme="dark"] {{ --pst-color-text-base: #ced6dd; --pst-color-background: #121212 }}
main {{ max-width: 48rem; margin: 0 auto }}
</style>
<main><h1>Chapter</h1>
<figure class="explorable" data-explorable="{name}" role="group" aria-label="{name}">
<figcaption><p>What can be done here.</p></figcaption></figure></main>"""
PATIENCE = 60_000  # milliseconds, for a machine that does other things too


def cells(chapter, *marks):
    """What the code cells of a chapter define that hold one of `marks`, with the rules at hand."""
    text = (BOOK / f"{chapter}.md").read_text()
    source = re.findall(r"```\{code-cell\}\n(.*?)```", text, re.S)
    scope = {"np": np, "namedtuple": namedtuple}
    scope |= {name: getattr(optimizers, name) for name in optimizers.__all__}
    for mark in marks:
        [cell] = [cell for cell in source if mark in cell]
        exec(cell.split("\nfor ")[0], scope)
    return scope


@pytest.fixture(scope="module")
def module(browser, site):
    """Call a function of a module of formulas: `module("optimizers", "n => m.sgd(...n)", n)`."""
    page = browser.new_page()
    page.goto(site)

    def call(name, function, argument=None):
        script = f"async (x) => {{ const m = await import('/explore/{name}.js'); "
        return page.evaluate(f"{script} return ({function})(x); }}", argument)

    yield call
    page.close()


@pytest.fixture
def show(browser, site, pages):
    """Open an explorable; at the end there must be no error, and no other host was asked."""
    opened = []

    def show(name, width=1280, theme="light", **options):
        touch = {"has_touch": width < 600, "is_mobile": width < 600}
        context = browser.new_context(viewport={"width": width, "height": 900}, **touch, **options)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        troubles = []
        page.on("console", lambda m: troubles.append(m.text) if m.type != "log" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: None if allowed(r.url) else troubles.append(r.url))
        pages[f"/{name}-{theme}"] = ("text/html", PAGE.format(name=name, theme=theme))
        page.goto(f"{site}/{name}-{theme}")
        page.wait_for_selector("[data-state=ready]")
        opened.append((context, troubles))
        return page

    def allowed(url):
        return url.startswith((site, "data:", "blob:"))

    yield show
    for context, troubles in opened:
        context.close()
        assert not troubles


def state(page):
    """What the explorable says of itself."""
    return page.evaluate("document.querySelector('.explorable').explorable.state()")


def put(page, **settings):
    """Set a part of its state."""
    page.evaluate("x => document.querySelector('.explorable').explorable.set(x)", settings)


def choice(page, label):
    """The list to choose from that has this label."""
    return page.get_by_role("combobox", name=label, exact=True)


def table(page, selector=".explore-table"):
    """The texts of the first table's body."""
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    return page.eval_on_selector_all(f"{selector} tbody tr", script)


def value_of(text):
    """The number that a reader sees."""
    return float(text.replace("−", "-").replace("∞", "inf"))


# Formulas

RACE = cells("optimizers/race", "RULES = {", "def ravine(", "def paths(", "def losses_on(",
             "def score(", "def rosenbrock(", 'COURSES["Rosenbrock"] =')  # fmt: skip
IN_BROWSER = {
    "descent": ("sgd", {}),
    "momentum": ("sgd", {"momentum": 0.9}),
    "Nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": ("adagrad", {}),
    "RMSProp": ("rmsprop", {}),
    "centered RMSProp": ("rmsprop", {"centered": True}),
    "Adam": ("adam", {}),
    "AMSGrad": ("adam", {"amsgrad": True}),
}


def test_surfaces_and_their_slopes_are_those_of_the_chapters(module):
    """Five losses of two numbers, two of one."""
    random = np.random.default_rng(0)
    a, b = random.normal(0, 2, (2, 200))
    adam = cells("optimizers/adam", "def valley(")
    plain = cells("optimizers/gradient_descent", "def parabola_slope(")
    two = cells("optimizers/gradient_descent", "def valleys(x)")
    steep = two["valleys_slope"](a)
    expected = {
        "valley": (adam["valley"](a, b), adam["slope"](np.stack([a, b], -1)).T),
        "ravine": (RACE["ravine"](a, b), RACE["ravine_slope"](a, b)),
        "rosenbrock": (RACE["rosenbrock"](a, b), RACE["rosenbrock_slope"](a, b)),
        "saddle": (RACE["saddle"](a, b), RACE["saddle_slope"](a, b)),
        "basins": (two["valleys"](a) + 2 * b**2, (steep, 4 * b)),
    }
    for name, (values, slopes) in expected.items():
        points = np.stack([a, b], -1).tolist()
        ours = module("optimizers", f"p => p.map(([a, b]) => m.{name}(a, b).flat())", points)
        np.testing.assert_allclose(ours, np.stack([values, *slopes], -1), rtol=1e-12, atol=1e-12)
    one = module("optimizers", "p => p.map(m.parabola)", a.tolist())
    expected = [a**2 - a - 1, plain["parabola_slope"](a), np.full(200, 2.0)]
    np.testing.assert_allclose(one, np.transpose(expected), rtol=1e-12, atol=1e-12)
    one = module("optimizers", "p => p.map(m.valleys)", a.tolist())
    expected = [two["valleys"](a), steep, 12 * a**2 - 1.2 * a - 10]
    np.testing.assert_allclose(one, np.transpose(expected), rtol=1e-12, atol=1e-12)
    stationary = module("optimizers", "() => m.VALLEYS_STATIONARY")
    np.testing.assert_allclose(stationary, two["stationary"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", IN_BROWSER)
def test_paths_of_the_race_are_those_of_the_chapter(module, name):
    """Every rule on every course, over the whole budget, to 1e-12 of the frame."""
    rule, settings = IN_BROWSER[name]
    for place, course in RACE["COURSES"].items():
        rate = RACE["BEST"][place][name]
        expected = RACE["paths"](name, course, rate)[:, 0]
        arguments = [list(course.start), course.steps, {**settings, "learning_rate": rate}]
        run = f"([start, steps, s]) => m.descend(m.{rule}, m.{place.lower()}, start, steps, s)"
        ours = module("optimizers", run, arguments)
        assert not ours["ranAway"]
        # On a bent valley and behind a saddle a rounding error grows from step to step.
        np.testing.assert_allclose(ours["points"][:61], expected[:61], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ours["points"], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", IN_BROWSER)
def test_best_rates_and_arrivals_are_those_of_the_chapter(module, name):
    """The chapter's table: best rate and step of arrival."""
    rule, settings = IN_BROWSER[name]
    for place, course in RACE["COURSES"].items():
        arguments = [list(course.start), course.steps, settings]
        best = f"m.bestRate(m.{rule}, m.{place.lower()}, start, steps, s)"
        run = f"m.descend(m.{rule}, m.{place.lower()}, start, steps, {{...s, learning_rate}})"
        script = (
            f"([start, steps, s]) => {{ const learning_rate = {best}; "
            f"return [learning_rate, m.arrival({run}.losses)]; }}"
        )
        rate, arrived = module("optimizers", script, arguments)
        assert rate == pytest.approx(RACE["BEST"][place][name], rel=1e-12)
        score = RACE["SCORES"][place][name].min()
        assert arrived == (int(score) if score < course.steps else None)


def networks():
    """Small networks of all kinds with random numbers."""
    random = np.random.default_rng(1)
    for loss in ("squared", "crossentropy"):
        for activation in ("tanh", "sigmoid", "relu", "softplus", "linear"):
            for units in (2, 3):
                yield {
                    "inputs": random.normal(0, 1.5, 2).tolist(),
                    "target": float(random.random()),
                    "weights": random.normal(0, 1, (2, units)).tolist(),
                    "biases": random.normal(0, 1, units).tolist(),
                    "outputs": random.normal(0, 1, units).tolist(),
                    "offset": float(random.normal()),
                    "activation": activation,
                    "loss": loss,
                }


def by_reference(network):
    """Values and derivatives by name, from two Layers of the reference."""
    W, b = np.array(network["weights"]), np.array(network["biases"])
    v, c = np.array(network["outputs"]), network["offset"]
    first = reference.networks.Layer(W, b, getattr(activations, network["activation"]))
    second = reference.networks.Layer(v[:, None], np.array([c]), activations.linear)
    h = first.forward(np.array([network["inputs"]]))
    z, y = second.forward(h), np.array([[network["target"]]])
    if network["loss"] == "squared":
        loss, slope = (part / 2 for part in mean_squared_error(y, z))
    else:
        loss, slope = sigmoid_cross_entropy_with_logits(y, z)
    in_inputs = first.backward(second.backward(slope))[0]
    values, slopes = {"z": z.item(), "L": loss.item()}, {"z": slope.item()}
    slopes |= {"c": second.gradients[1].item(), "x1": in_inputs[0], "x2": in_inputs[1]}
    for j in range(len(b)):
        values |= {f"h{j + 1}": h[0, j]}
        slopes |= {f"v{j + 1}": second.gradients[0][j, 0], f"z{j + 1}": first.delta[0, j]}
        slopes |= {f"b{j + 1}": first.gradients[1][j]}
        slopes |= {f"w{i + 1}{j + 1}": first.gradients[0][i, j] for i in range(2)}
    return values, slopes


@pytest.mark.parametrize(
    "network", list(networks()), ids=lambda n: f"{n['activation']}-{n['loss']}"
)
def test_network_has_the_values_and_derivatives_of_the_reference(module, network):
    """Forward, backward, the differences beside them, and a step."""
    values, slopes = by_reference(network)
    script = (
        "n => ({values: m.forward(n), slopes: m.backward(n), moved: m.descend(n, 0.1), "
        "differences: m.parameters(n).map(p => [p, m.finiteDifference(n, p)])})"
    )
    ours = module("network", script, network)
    for name, value in values.items():
        assert ours["values"][name] == pytest.approx(value, rel=1e-12, abs=1e-12)
    for name, slope in slopes.items():
        assert ours["slopes"][name] == pytest.approx(slope, rel=1e-12, abs=1e-12)
    for name, difference in ours["differences"]:
        assert difference == pytest.approx(slopes[name], abs=1e-10)
    assert ours["moved"]["offset"] == pytest.approx(network["offset"] - 0.1 * slopes["c"])
    assert ours["moved"]["weights"][0][1] == pytest.approx(
        network["weights"][0][1] - 0.1 * slopes["w12"], rel=1e-12
    )


def evaluate(numbers):
    """What the text of an equation comes to."""
    python = numbers.replace("·", "*").replace("½ ", "0.5 * ").replace("²", "**2")
    python = python.replace("−", "-").replace("σ(", "sigma(")
    python = re.sub(r"log (\S+)", r"log(\1)", python)
    sigma = lambda z: 1 / (1 + math.exp(-z))  # noqa: E731
    scope = {"sigma": sigma, "tanh": math.tanh, "log": math.log, "exp": math.exp, "max": max}
    return eval(python, scope)


@pytest.mark.parametrize(
    "network", list(networks()), ids=lambda n: f"{n['activation']}-{n['loss']}"
)
def test_every_equation_of_the_walk_comes_to_its_result(module, network):
    """The numbers put into a formula, as text, give the number that stands behind it."""
    values, slopes = by_reference(network)
    steps = module("network", "n => m.walk(n)", network)
    seen = {"forward": set(), "backward": set()}
    for step in steps:
        for line in step["lines"]:
            assert evaluate(line["numbers"]) == pytest.approx(line["result"], rel=1e-9, abs=1e-12)
            known = values if step["direction"] == "forward" else slopes
            if line["name"] in known:
                assert line["result"] == pytest.approx(known[line["name"]], rel=1e-12, abs=1e-12)
            seen[step["direction"]].add(line["name"])
    assert seen["forward"] >= set(values)
    assert seen["backward"] >= set(slopes)
    assert [step["direction"] for step in steps] == sorted(
        (step["direction"] for step in steps), reverse=True
    )


# As a reader meets them


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_fits_the_page(show, name, theme, width):
    """Nothing is wider than the page, the text alternative stays, and all controls have names."""
    page = show(name, width, theme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("figcaption").is_visible()
    assert page.locator("[aria-live=polite]").count() >= 1
    unnamed = "nodes => nodes.filter(n => !n.labels?.length && !n.ariaLabel).length"
    assert page.eval_on_selector_all(".explorable :is(input, select)", unnamed) == 0
    if width == 390:
        small = "nodes => nodes.filter(n => n.getBoundingClientRect().height < 43.5).length"
        assert page.eval_on_selector_all(".explorable :is(select, button)", small) == 0


def test_race_tells_the_chapters_story(show):
    """At 0.02 Nesterov's rule is first; at the best rates the chapter's arrivals stand there."""
    page = show("optimizer-race")
    assert "Nesterov arrived first" in page.locator(".explore-readout").inner_text()
    put(page, rate=0.2)
    words = page.locator(".explore-readout").inner_text()
    assert "Ran away: descent" in words
    assert "Nesterov" in words
    assert "Adam arrived first" in words
    put(page, surface="rosenbrock", best=True, running=list(IN_BROWSER))
    results = {result["name"]: result for result in state(page)["results"]}
    for name, scores in RACE["SCORES"]["Rosenbrock"].items():
        arrived = int(scores.min()) if scores.min() < 1000 else None
        assert results[name]["below"] == arrived
    assert (
        "Momentum arrived first, after 100 steps" in page.locator(".explore-readout").inner_text()
    )
    assert page.get_by_label("Learning rate").is_disabled()


def test_race_shows_its_numbers(show):
    """The table's texts are the numbers of the state, to two digits."""
    page = show("optimizer-race", 390)
    for settings in ({"step": 40}, {"surface": "saddle", "best": True}, {"surface": "basins"}):
        put(page, **settings)
        now = state(page)
        rows = table(page)
        assert [row[0] for row in rows] == [result["name"] for result in now["results"]]
        for row, result in zip(rows, now["results"], strict=True):
            assert value_of(row[1]) == pytest.approx(result["rate"], rel=0.06)
            if not result["ranAway"]:
                assert value_of(row[2]) == pytest.approx(result["loss"], rel=0.51)
            arrived = "not yet" if result["below"] is None else str(result["below"])
            assert row[4] == arrived


def test_race_runs_and_pauses(show):
    """Play draws the paths as they run; Step, To the end and Reset do what they say."""
    page = show("optimizer-race")
    page.get_by_role("button", name="Reset").click()
    assert state(page)["step"] == 0
    page.get_by_role("button", name="Step").click()
    page.get_by_role("button", name="Step").click()
    assert state(page)["step"] == 2
    drawn = "lines => lines.map(line => line.getAttribute('d').split('L').length)"
    lines = page.eval_on_selector_all(".jxgbox path[marker-mid]", drawn)
    assert sorted(lines)[-4:] == [3, 3, 3, 3]  # the start and two steps of each rule that runs
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "document.querySelector('.explorable').explorable.state().step > 10", timeout=PATIENCE
    )
    page.get_by_role("button", name="Pause").click()
    paused = state(page)
    assert not paused["playing"]
    assert paused["step"] > 10
    page.get_by_role("button", name="To the end").click()
    assert state(page)["step"] == 300
    assert page.locator(".explore-clock").inner_text() == "Step 300 of 300"


def test_race_starts_where_one_clicks_or_steps_with_the_keys(show):
    """A click beside the start runs from there; arrow keys move it."""
    page = show("optimizer-race", reduced_motion="reduce")
    box = page.locator(".jxgbox").bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    clicked = state(page)
    assert -0.7 < clicked["start"][0] < 0.7
    assert 0 < clicked["start"][1] < 0.7
    assert clicked["step"] == 300
    assert not clicked["playing"]
    page.locator(".explore-handle").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    moved = state(page)
    assert moved["start"][0] < clicked["start"][0] - 0.05
    assert moved["start"][1] == pytest.approx(clicked["start"][1], abs=0.02)
    assert f"{moved['start'][0]:.3g}".replace("-", "−")[:4] in (
        page.locator(".explore-readout").inner_text()
    )


def test_race_starts_where_one_taps(show):
    """The same with a finger."""
    page = show("optimizer-race", 390)
    page.locator(".jxgbox").scroll_into_view_if_needed()
    box = page.locator(".jxgbox").bounding_box()
    page.touchscreen.tap(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    page.wait_for_function(
        "document.querySelector('.explorable').explorable.state().start[0] > -1", timeout=PATIENCE
    )
    assert state(page)["step"] < 300 or state(page)["playing"] is False


def test_race_changes_its_picture_with_the_theme(show):
    """The contours are drawn again in the colour of the text."""
    page = show("optimizer-race")
    picture = "document.querySelector('.jxgbox image').getAttribute('xlink:href')"
    before = page.evaluate(picture)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(300)
    page.wait_for_function("before => " + picture + " !== before", arg=before)


def test_stepper_walks_there_and_back(show):
    """One node at a time, by keyboard; each number is on the page once it is computed."""
    page = show("backpropagation-stepper")
    graph = page.locator(".explore-graph")
    assert "1.1" not in graph.text_content().replace("1.2", "")
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    words = page.locator(".explore-readout").first
    assert "0.8 · 1.5 + 0.4 · (−0.5) + 0.1" in words.inner_text()
    assert "z₁" in words.inner_text()
    assert "1.1" in graph.text_content()
    steps = state(page)["steps"]
    for position in range(1, steps):
        now = state(page)
        assert now["position"] == position
        assert not now["done"]
        page.keyboard.press("Enter")
        for line in state(page)["current"]["lines"]:
            text = page.evaluate(
                "x => import('/explore/tools.js').then(m => m.number(x))", line["result"]
            )
            assert text in words.inner_text()
    assert state(page)["done"]
    assert page.get_by_role("button", name="Next").is_disabled()
    rows = {row[0]: row for row in table(page)}
    assert value_of(rows["w₁₁"][2]) == value_of(rows["w₁₁"][3]) != 0
    page.get_by_role("button", name="Back").click()
    assert state(page)["position"] == steps - 1


@pytest.mark.parametrize("loss", ["squared error", "cross-entropy"])
@pytest.mark.parametrize("units", ["two", "three"])
def test_stepper_lets_numbers_be_changed_and_takes_steps(show, units, loss):
    """A field changes a weight, every derivative has its difference, and a step lowers the loss."""
    page = show("backpropagation-stepper", 390)
    choice(page, "Hidden units").select_option(label=units)
    choice(page, "Loss").select_option(label=loss)
    page.get_by_text("All numbers").tap()
    field = page.get_by_label("Weight from input 1 to hidden unit 2")
    field.fill("0.75")
    assert state(page)["network"]["weights"][0][1] == 0.75
    step = page.get_by_role("button", name="Take a step")
    assert step.is_disabled()
    page.get_by_role("button", name="To the end").click()
    now = state(page)
    for name, difference in now["differences"].items():
        assert difference == pytest.approx(now["slopes"][name], abs=1e-10)
    check = page.locator(".explore-readout", has_text="Check").inner_text()
    gap = re.search(r"The largest gap is (\S+),", check).group(1)
    assert value_of(gap) < 1e-10
    for _ in range(5):
        step.click()
    losses = state(page)["losses"]
    assert len(losses) == 6
    assert losses == sorted(losses, reverse=True)
    assert "it fell" in page.locator(".explore-readout", has_text="Loss after").inner_text()
    page.get_by_role("button", name="Reset").click()
    assert state(page)["network"]["weights"][0][1] == -0.3
    assert state(page)["position"] == 0


WORDS = {
    0.01: "stays on its side",
    0.1: "stays on its side",
    0.5: "arrives in one step",
    0.9: "from side to side",
    1.0: "hops between two points",
    1.1: "runs away",
}


@pytest.mark.parametrize("rate", WORDS)
def test_rates_on_the_parabola(show, rate):
    """The chapter's five rates and the one that arrives at once: walk, words, table."""
    descend = cells("optimizers/gradient_descent", "def descend(")
    page = show("rate-playground", 390)
    put(page, rate=rate, steps=40)
    expected = descend["descend"](descend["parabola_slope"], -0.5, rate, 40)
    np.testing.assert_allclose(state(page)["points"], expected, rtol=1e-12)
    assert WORDS[rate] in page.locator(".explore-readout").inner_text()
    rows = table(page)
    assert len(rows) == 41
    for row, x in zip(rows, expected, strict=True):
        assert value_of(row[1]) == pytest.approx(x, rel=1e-3, abs=1e-12)
        assert value_of(row[3]) == pytest.approx(2 * x - 1, rel=1e-3, abs=1e-12)
    assert [mark["rate"] for mark in state(page)["marks"]] == [0.5, 1.0]


def test_rates_in_two_valleys(show):
    """The chapter's thresholds, 0.0606 and 0.0953, and what happens on both sides of each."""
    page = show("rate-playground")
    choice(page, "Function").select_option(label="two valleys")
    marks = [mark["rate"] for mark in state(page)["marks"]]
    assert [round(rate, 4) for rate in marks] == [0.0606, 0.0953, 0.1047]
    shown = page.locator(".explore-marks").inner_text()
    assert "0.06061" in shown
    assert "0.09526" in shown
    words = page.locator(".explore-readout")
    for rate, tells in {
        0.01: "left minimum, a local one",
        0.06: "left minimum",
        0.062: "right minimum, the global one",
        0.08: "beyond the hump",
        0.1: "not at rest",
        0.13: "runs away",
    }.items():
        put(page, rate=rate, steps=100)
        assert tells in words.inner_text(), rate
    put(page, start=2.0, rate=0.01)
    assert [round(mark["rate"], 4) for mark in state(page)["marks"]] == [0.0953, 0.1047]


def test_start_and_rate_by_keyboard(show):
    """Arrow keys on the slider and on the point of the curve."""
    page = show("rate-playground")
    page.get_by_label("Learning rate").focus()
    page.keyboard.press("ArrowRight")
    assert state(page)["rate"] == pytest.approx(0.11)
    page.locator(".explore-handle").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    now = state(page)
    assert -0.5 < now["start"] < 0
    assert now["points"][0] == now["start"]
    assert table(page)[0][1] == f"{now['start']:.4g}".replace("-", "−")
