// Gradient descent in one number: which rates arrive, which hop, which run away.
// Chapter: optimizers/gradient_descent.

import { dot, reachable } from "./drawing.js";
import { VALLEYS_STATIONARY, descend, parabola, sgd, valleys } from "./optimizers.js";

const [LEFT, , RIGHT] = VALLEYS_STATIONARY;

// Starts, rates and pictures as in the chapter.
const FUNCTIONS = {
  parabola: {
    title: "parabola",
    formula: "x² − x − 1",
    f: parabola,
    x: [-1.5, 2.5],
    y: [-1.7, 2.9],
    starts: [-1.4, 2.4],
    rates: { min: 0.01, max: 1.2, step: 0.01 },
    first: { start: -0.5, rate: 0.1, steps: 12 },
  },
  valleys: {
    title: "two valleys",
    formula: "x⁴ − 0.2x³ − 5x² + 4",
    f: valleys,
    x: [-2.8, 2.8],
    y: [-5, 18],
    starts: [-2.6, 2.6],
    rates: { min: 0.001, max: 0.13, step: 0.001 },
    first: { start: -2.5, rate: 0.01, steps: 40 },
  },
};

const MOST_STEPS = 100;
const CLOSE = 1e-3; // to a minimum, where a walk counts as arrived

/** The walk of one number, in the shape of `descend`. */
function walkOf({ f }, { start, rate, steps }) {
  const loss = (x) => [f(x)[0], [f(x)[1]]];
  const { points, ranAway } = descend(sgd, loss, [start], steps, { learning_rate: rate });
  return { points: points.map(([x]) => x), ranAway };
}

/** The rates at which something changes, each with the reason: [{rate, text}], in order. */
function marksOf(name, start) {
  if (name === "parabola") {
    return [
      { rate: 1 / 2, text: "1/h, with the curvature h = 2: up to here a walk stays on its side." },
      { rate: 2 / 2, text: "2/h: below it every step comes closer, above it goes further away." },
    ];
  }
  const [, slope] = valleys(start);
  const limit = (x) => 2 / valleys(x)[2];
  const marks = [
    { rate: limit(RIGHT), text: "2/h in the right minimum: above it no walk rests there." },
    { rate: limit(LEFT), text: "2/h in the left minimum: above it no walk rests there." },
  ];
  // The first step goes from the start to start - rate · slope, and the hump is at 0.
  const over = start / slope;
  const { max } = FUNCTIONS.valleys.rates;
  if (over > 0 && over < max) {
    marks.push({ rate: over, text: "start over slope: above it the first step crosses the hump." });
  }
  return marks.sort((a, b) => a.rate - b.rate);
}

export default function build(root, tools) {
  const { el, number } = tools;
  const playground = { name: "parabola", ...FUNCTIONS.parabola.first };
  const parts = {};
  const chosen = () => FUNCTIONS[playground.name];

  function show() {
    const walk = walkOf(chosen(), playground);
    draw(walk);
    showMarks();
    parts.words.textContent = inWords(walk, playground, number);
    const far = playground.name === "parabola";
    parts.table.update(walk.points.map((x, step) => {
      const [value, slope] = chosen().f(x);
      return [String(step), number(x), number(value), number(slope),
        number(far ? Math.abs(x - 0.5) : Math.min(Math.abs(x - LEFT), Math.abs(x - RIGHT)))];
    }));
  }

  function draw({ points }) {
    const { f } = chosen();
    const visited = reachable(points.map((x) => [x, f(x)[0]]), chosen());
    parts.path.dataX = visited.map(([x]) => x);
    parts.path.dataY = visited.map(([, y]) => y);
    const [x, y] = visited.at(-1);
    parts.last.setPositionDirectly(1, [x, y]);
    const { x: [low, high], y: [bottom, top] } = chosen();
    const inside = x >= low && x <= high && y >= bottom && y <= top;
    parts.last.setAttribute({ visible: inside && visited.length > 1 });
    parts.start.place([playground.start, f(playground.start)[0]]);
    parts.board.update();
  }

  function showMarks() {
    const { rates: { min, max } } = chosen();
    const marks = marksOf(playground.name, playground.start);
    const letters = marks.map((_, i) => "ABC"[i]);
    const ticks = marks.map(({ rate }, i) => {
      const tick = el("span", { class: "explore-tick" }, letters[i]);
      tick.style.left = `${(100 * (rate - min)) / (max - min)}%`;
      return tick;
    });
    parts.ruler.replaceChildren(...ticks);
    parts.marks.replaceChildren(...marks.map(({ rate, text }, i) => {
      const side = playground.rate > rate ? "above" : "below";
      const now = Math.abs(playground.rate - rate) < 1e-12 ? "there" : side;
      return el("li", {}, el("b", {}, `${letters[i]} at ${number(rate)}`), `, ${text} `,
        el("em", {}, `(Now ${now}.)`));
    }));
  }

  function choose(name) {
    Object.assign(playground, { name }, FUNCTIONS[name].first);
    const { x, y, starts, rates } = chosen();
    setRange(parts.rate, rates);
    setRange(parts.slide, { min: starts[0], max: starts[1], step: 0.05 });
    parts.rate.value = playground.rate;
    parts.slide.value = playground.start;
    parts.steps.value = playground.steps;
    parts.board.setRange({ x: [...x], y: [...y] });
    parts.formula.textContent = `f(x) = ${chosen().formula}`;
    show();
  }

  function buildControls() {
    const bar = el("div", { class: "explore-controls" });
    root.append(bar);
    parts.name = tools.select(bar, {
      label: "Function",
      options: Object.entries(FUNCTIONS).map(([name, { title }]) => [name, title]),
      onInput: choose,
    });
    parts.slide = tools.slider(bar, {
      label: "Start",
      min: -2.6,
      max: 2.6,
      step: 0.05,
      value: playground.start,
      onInput: (start) => change({ start }),
    });
    parts.steps = tools.slider(bar, {
      label: "Steps",
      min: 1,
      max: MOST_STEPS,
      step: 1,
      value: playground.steps,
      onInput: (steps) => change({ steps }),
    });
  }

  function buildRate() {
    const holder = el("div", { class: "explore-rate" });
    root.append(holder);
    parts.rate = tools.slider(holder, {
      label: "Learning rate",
      ...{ min: 0.001, max: 1.2, step: 0.001 },
      value: playground.rate,
      onInput: (rate) => change({ rate }),
    });
    parts.ruler = el("div", { class: "explore-ruler", "aria-hidden": "true" });
    parts.marks = el("ul", { class: "explore-marks" });
    holder.append(parts.ruler, parts.marks);
  }

  function buildBoard() {
    const { x, y } = chosen();
    const holder = el("div", { class: "explore-rate-board" });
    root.append(holder);
    parts.board = tools.board(holder, {
      label: "The function, and the points that the walk visits",
      ...{ x: [...x], y: [...y], xlabel: "x", ylabel: "f(x)" },
    });
    parts.formula = holder.querySelector(".explore-ylabel");
    const still = { highlight: false, tabindex: null };
    parts.board.create("functiongraph", [(at) => chosen().f(at)[0], -3, 3], {
      ...{ strokeColor: "var(--explore-8)", strokeWidth: 2 }, ...still,
    });
    parts.path = parts.board.create("curve", [[], []], {
      ...{ strokeColor: "var(--explore-1)", strokeWidth: 1.2, dash: 2 }, ...still,
    });
    const marker = dot(parts.board, "var(--explore-1)", 3.5, tools);
    parts.path.rendNode.setAttribute("marker-mid", marker);
    parts.last = parts.board.create("point", [0, 0], {
      ...{ face: "diamond", size: 7, name: "", withLabel: false, fixed: true },
      ...{ fillColor: "var(--explore-2)", strokeColor: "var(--explore-background)" }, ...still,
    });
    parts.start = tools.handle(parts.board, [playground.start, 0], {
      label: "Start. Left and right arrow keys move it.",
      text: (at) => `x ${number(at)}`,
      move: ([at]) => {
        parts.slide.value = Math.min(Math.max(at, chosen().starts[0]), chosen().starts[1]);
        change({ start: Number(parts.slide.value.toFixed(3)) });
        return [playground.start, chosen().f(playground.start)[0]];
      },
    });
  }

  function change(settings) {
    Object.assign(playground, settings);
    show();
  }

  function state() {
    const { name, start } = playground;
    return { ...playground, marks: marksOf(name, start), ...walkOf(chosen(), playground) };
  }

  function set({ name, ...settings }) {
    if (name) {
      parts.name.value = name;
      choose(name);
    }
    for (const [key, slider] of [["rate", "rate"], ["start", "slide"], ["steps", "steps"]]) {
      if (key in settings) parts[slider].value = settings[key];
    }
    change(settings);
  }

  buildControls();
  buildRate();
  buildBoard();
  parts.words = tools.readout(root);
  parts.table = tools.table(root, {
    caption: "The walk. Distance: from the nearest minimum",
    columns: ["Step", "x", "f(x)", "Slope", "Distance"],
  });
  const scroll = parts.table.element.parentElement;
  scroll.classList.add("explore-walk");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "The walk as a table");
  choose(playground.name);
  root.explorable = { state, set };
}

/** Another range for a slider. Its number is to be set afterwards. */
function setRange({ input }, { min, max, step }) {
  Object.assign(input, { min, max, step });
}

// Words

function inWords(walk, playground, number) {
  const say = playground.name === "parabola" ? aboutParabola : aboutValleys;
  return say(walk, playground, number);
}

function aboutParabola({ points, ranAway }, { rate, start, steps }, number) {
  const factor = 1 - 2 * rate;
  const rule = `Each step multiplies the distance from 0.5 by 1 − 2η = ${number(round(factor))}. `;
  if (start === 0.5) return `${rule}The start is the goal already, and the slope there is 0.`;
  const end = points.at(-1);
  const where = ranAway
    ? `After ${points.length - 1} steps it is beyond every bound.`
    : `After ${steps} ${steps === 1 ? "step" : "steps"} x is ${number(end)}, at the distance ` +
      `${number(Math.abs(end - 0.5))}.`;
  return `${kind(round(factor))} ${rule}${where}`;
}

const round = (x) => Math.round(x * 1e12) / 1e12;

function kind(factor) {
  if (factor > 0) return "It comes closer, and stays on its side.";
  if (factor === 0) return "It arrives in one step.";
  if (factor > -1) return "It comes closer, from side to side.";
  if (factor === -1) return "It hops between two points for ever.";
  return "It runs away, from side to side.";
}

function aboutValleys({ points, ranAway }, { rate, steps }, number) {
  const [start, next] = points;
  const crosses = start * next < 0;
  const first = start === 0
    ? "The start is the hump, where the slope is 0. "
    : `The first step lands at ${number(next)}, ` +
      `${crosses ? "beyond the hump" : "on the same side of the hump"}. `;
  if (ranAway) {
    return `${first}The walk runs away: beyond every bound at step ${points.length - 1}.`;
  }
  const end = points.at(-1);
  const after = `After ${steps} ${steps === 1 ? "step" : "steps"} it `;
  const minimum = [LEFT, RIGHT].find((x) => Math.abs(end - x) < CLOSE);
  if (minimum !== undefined) return first + after + rests(minimum, rate, number);
  const [before, last] = points.slice(-2).map((x) => number(x));
  return `${first}${after}is at ${last}, and not at rest: the step before, it was at ${before}.`;
}

/** In which minimum, and how a walk of this rate comes near. */
function rests(minimum, rate, number) {
  const which = minimum === LEFT ? "left minimum, a local one" : "right minimum, the global one";
  const [, , curvature] = valleys(minimum);
  const from = rate * curvature > 1 ? "from side to side" : "from one side";
  return `is in the ${which}, at ${number(minimum)}. The curvature there is ` +
    `${number(curvature)}, and so 1/h is ${number(1 / curvature)} and 2/h is ` +
    `${number(2 / curvature)}: at this rate it comes ${from}.`;
}
