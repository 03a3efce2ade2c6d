// All rules of the part, from one start, over one of five losses. Chapter: optimizers/race.

import { dot, reachable, svg } from "./drawing.js";
import { landscape } from "./landscape.js";
import * as formulas from "./optimizers.js";

const { sgd, adagrad, rmsprop, adam, VALLEYS_STATIONARY } = formulas;

// As in the chapter. `momentum` says that the slider reaches this rule; `face` is JSXGraph's, and
// `color` a number of explore.css: the four that run first differ most.
const RULES = [
  { name: "descent", rule: sgd, face: "circle", color: 1 },
  { name: "momentum", rule: sgd, face: "square", color: 7, momentum: true },
  {
    name: "Nesterov", rule: sgd, settings: { nesterov: true }, face: "diamond", color: 3,
    momentum: true,
  },
  { name: "AdaGrad", rule: adagrad, face: "triangleup", color: 4 },
  { name: "RMSProp", rule: rmsprop, face: "triangledown", color: 5 },
  {
    name: "centered RMSProp", rule: rmsprop, settings: { centered: true }, face: "triangleleft",
    color: 6,
  },
  { name: "Adam", rule: adam, face: "triangleright", color: 2 },
  { name: "AMSGrad", rule: adam, settings: { amsgrad: true }, face: "cross", color: 8 },
];

const SURFACES = {
  ravine: {
    title: "ravine, turned by 30°",
    loss: formulas.ravine,
    start: [-3.1, -0.6],
    steps: 300,
    x: [-3.8, 1.8],
    y: [-2.6, 1.4],
    lowest: [[0, 0]],
  },
  valley: {
    title: "the same valley, along the axes",
    loss: formulas.valley,
    start: [-3, 1],
    steps: 300,
    x: [-3.8, 1.8],
    y: [-1.75, 1.75],
    lowest: [[0, 0]],
  },
  rosenbrock: {
    title: "Rosenbrock's valley",
    loss: formulas.rosenbrock,
    start: [-1.5, 1],
    steps: 1000,
    x: [-2.4, 2.4],
    y: [-1, 3],
    lowest: [[1, 1]],
  },
  saddle: {
    title: "saddle",
    loss: formulas.saddle,
    start: [-1.5, 0.001],
    steps: 300,
    x: [-2, 2],
    y: [-1.6, 1.6],
    lowest: [[0, 1], [0, -1]],
  },
  basins: {
    title: "two basins",
    loss: formulas.basins,
    start: [-2.5, 1.2],
    steps: 300,
    x: [-2.8, 2.8],
    y: [-1.75, 1.75],
    lowest: [[VALLEYS_STATIONARY[2], 0]],
    local: [VALLEYS_STATIONARY[0], 0],
  },
};

const ASPECT = 1.6;
const FRAMES_PER_SECOND = 15;
const FIRST = ["descent", "Nesterov", "AdaGrad", "Adam"];

const SETTINGS = {
  surface: "ravine",
  rate: 0.02,
  momentum: 0.9,
  best: false,
  running: FIRST,
};

export default function build(root, tools) {
  const race = { ...SETTINGS, start: SURFACES.ravine.start, step: SURFACES.ravine.steps };
  const parts = {};
  const surface = () => SURFACES[race.surface];

  function run() {
    race.results = RULES.filter(({ name }) => race.running.includes(name)).map((entry) =>
      runOne(entry, surface(), race));
  }

  /** Run again with what changed, and show the paths as far as they were. */
  function update() {
    run();
    race.step = Math.min(race.step, surface().steps);
    show();
  }

  function show() {
    drawRace(parts, race, surface());
    const standings = race.results.map((result) => standing(result, race.step, surface()));
    parts.table.update(standings.map((entry) => row(entry)));
    addSwatches(parts, tools);
    parts.clock.textContent = `Step ${race.step} of ${surface().steps}`;
    const running = parts.motion.playing;
    parts.play.textContent = running ? "Pause" : "Play";
    if (!running) parts.words.textContent = inWords(standings, race, surface(), tools);
  }

  function restart() {
    parts.motion.pause();
    race.step = 0;
    show();
  }

  function play() {
    if (parts.motion.playing) return parts.motion.pause();
    if (race.step >= surface().steps) race.step = 0;
    return parts.motion.play();
  }

  /** One step, or several where many have been made: the first ones are worth a closer look. */
  function advance() {
    const stride = 1 + Math.floor(race.step / 20);
    race.step = Math.min(race.step + stride, surface().steps);
    const goesOn = race.step < surface().steps;
    if (goesOn) show();
    return goesOn;
  }

  function chooseSurface(name) {
    parts.motion.pause();
    const { start, steps, x, y } = SURFACES[name];
    Object.assign(race, { surface: name, start, step: steps });
    parts.board.setRange({ x, y });
    drawLandscape(parts, surface(), tools);
    parts.start.place(start);
    update();
  }

  function chooseStart(at) {
    race.start = inside(at, surface());
    parts.start.place(race.start);
    // A search over 16 rates is too slow for every step of a drag.
    clearTimeout(parts.later);
    if (race.best) parts.later = setTimeout(update, 100);
    else update();
    return race.start;
  }

  function buildPage() {
    const top = tools.el("div", { class: "explore-controls" });
    root.append(top);
    parts.surface = tools.select(top, {
      label: "Loss",
      options: Object.entries(SURFACES).map(([name, { title }]) => [name, title]),
      value: race.surface,
      onInput: chooseSurface,
    });
    parts.rate = tools.slider(top, {
      label: "Learning rate, one for all",
      min: 1e-4,
      max: 10,
      log: true,
      value: race.rate,
      onInput: (rate) => change({ rate }),
    });
    parts.momentum = tools.slider(top, {
      label: "Momentum",
      min: 0,
      max: 0.99,
      step: 0.01,
      value: race.momentum,
      onInput: (momentum) => change({ momentum }),
    });
    parts.best = tools.checkbox(root, {
      label: "Each rule at its own best rate, of 16 tried from this start",
      value: race.best,
      onInput: (best) => change({ best }),
    });
    buildBoard();
    buildButtons();
    buildRules();
    parts.words = tools.readout(root);
    parts.table = tools.table(root, {
      caption:
        "Loss above the lowest; distance from the nearest lowest point (a star); " +
        "arrived: the step since when the loss is below 0.001",
      columns: ["Rule", "Rate", "Loss", "Distance", "Arrived"],
    });
    parts.table.element.classList.add("explore-race-table");
  }

  function change(settings) {
    Object.assign(race, settings);
    parts.rate.input.disabled = race.best;
    update();
  }

  function buildRules() {
    const group = tools.el("fieldset", { class: "explore-rules" },
      tools.el("legend", {}, "Rules that run"));
    root.append(group);
    parts.rules = RULES.map(({ name }) => {
      const box = tools.checkbox(group, {
        label: name,
        value: race.running.includes(name),
        onInput: () => change({ running: ticked() }),
      });
      box.input.after(swatch(name, tools));
      return { name, box };
    });
  }

  const ticked = () => parts.rules.filter(({ box }) => box.value).map(({ name }) => name);

  function buildBoard() {
    const { x, y } = surface();
    const holder = tools.el("div", { class: "explore-race-board" });
    root.append(holder);
    parts.board = tools.board(holder, {
      label: "The loss from above, with the path of each rule",
      x: [...x],
      y: [...y],
      xlabel: "a",
      ylabel: "b",
      aspect: ASPECT,
    });
    drawLandscape(parts, surface(), tools);
    buildPaths(parts, race, tools);
    parts.start = tools.handle(parts.board, race.start, {
      label: "Start of all rules. Arrow keys move it.",
      color: "var(--explore-text)",
      text: (a, b) => `a ${tools.number(a)}, b ${tools.number(b)}`,
      move: (at) => {
        parts.motion.pause();
        parts.dragged = true;
        return chooseStart(at);
      },
    });
    const box = parts.board.containerObj;
    // A drag ends with a click, too, and that one chooses nothing.
    box.addEventListener("pointerdown", () => { parts.dragged = false; }, true);
    box.addEventListener("click", (event) => {
      if (!parts.dragged && !event.target.closest(".explore-handle")) startThere(event);
    });
  }

  /** A click or a tap beside the start: run from there. A scrolling finger makes no click. */
  function startThere(event) {
    const at = parts.board.getUsrCoordsOfMouse(event);
    restart();
    chooseStart(at);
    update();
    play();
  }

  function buildButtons() {
    const bar = tools.el("div", { class: "explore-buttons" });
    root.append(bar);
    parts.play = tools.button(bar, { label: "Play", onClick: play });
    tools.button(bar, {
      label: "Step",
      onClick: () => {
        parts.motion.pause();
        if (race.step >= surface().steps) race.step = 0;
        race.step += 1;
        show();
      },
    });
    tools.button(bar, {
      label: "To the end",
      onClick: () => {
        parts.motion.pause();
        race.step = surface().steps;
        show();
      },
    });
    tools.button(bar, { label: "Reset", onClick: reset });
    parts.clock = tools.el("span", { class: "explore-clock" });
    bar.append(parts.clock);
    parts.motion = tools.animate(advance, { fps: FRAMES_PER_SECOND, onChange: show });
  }

  /** All paths back at the start, and the start where the chapter has it. */
  function reset() {
    parts.motion.pause();
    race.step = 0;
    chooseStart(surface().start);
  }

  function state() {
    const { surface: name, start, rate, momentum, best, running, step } = race;
    const results = race.results.map((result) => standing(result, step, surface()));
    const playing = parts.motion.playing;
    const { steps } = surface();
    return { surface: name, start, rate, momentum, best, running, step, steps, playing, results };
  }

  function set({ surface: name, start, step, ...settings }) {
    if (name) {
      parts.surface.value = name;
      chooseSurface(name);
    }
    if (start) chooseStart(start);
    for (const key of ["rate", "momentum", "best"]) {
      if (key in settings) parts[key].value = settings[key];
    }
    const { running } = settings;
    if (running) {
      for (const { name: rule, box } of parts.rules) box.value = running.includes(rule);
    }
    if (step !== undefined) race.step = step;
    change(settings);
  }

  buildPage();
  chooseSurface(race.surface);
  root.explorable = { state, set };
}

// The run of one rule

function runOne({ name, rule, settings = {}, momentum }, surface, race) {
  const all = momentum ? { ...settings, momentum: race.momentum } : settings;
  const lowest = surface.loss(...surface.lowest[0])[0];
  const { loss, steps } = surface;
  const rate = race.best
    ? formulas.bestRate(rule, loss, race.start, steps, all, lowest)
    : race.rate;
  const run = formulas.descend(rule, loss, race.start, steps, { ...all, learning_rate: rate });
  return { name, rate, ...run, losses: run.losses.map((value) => value - lowest) };
}

/** Where a rule stands at a step: plain numbers. `below` is the step since when, or null. */
function standing({ name, rate, points, losses, ranAway }, step, surface) {
  const at = Math.min(step, points.length - 1);
  const from = (point, [a, b]) => Math.hypot(point[0] - a, point[1] - b);
  return {
    name,
    rate,
    step: at,
    point: points[at],
    loss: losses[at],
    distance: Math.min(...surface.lowest.map((place) => from(points[at], place))),
    below: formulas.arrival(losses.slice(0, at + 1)),
    trapped: Boolean(surface.local) && from(points[at], surface.local) < 0.05,
    ranAway: ranAway && step >= points.length - 1,
  };
}

// Words

/** Two digits, as five columns have to fit on a phone. */
function short(x) {
  const plain = x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5);
  const text = plain ? String(Number(x.toPrecision(2))) : x.toExponential(0);
  return text.replace("e+", "e").replaceAll("-", "−");
}

function row({ name, rate, loss, distance, below, ranAway }) {
  const rest = ranAway ? ["ran away", "ran away"] : [short(loss), short(distance)];
  return [name, short(rate), ...rest, below === null ? "not yet" : String(below)];
}

function inWords(standings, race, surface, { number }) {
  if (standings.length === 0) return "No rule runs. Choose at least one.";
  const last = race.step >= surface.steps;
  const rate = race.best ? "each at its own best rate" : `all at the rate ${number(race.rate)}`;
  const from = `(${race.start.map(number).join(", ")})`;
  const head = `${race.step} of ${surface.steps} steps from ${from}, ${rate}. `;
  const sentences = [
    arrivals(standings, last), stragglers(standings, number), prisoners(standings),
    runaways(standings),
  ];
  return head + sentences.filter(Boolean).join(" ");
}

const listed = (items) =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);

function arrivals(standings, last) {
  const there = standings.filter(({ below }) => below !== null).sort((a, b) => a.below - b.below);
  if (there.length === 0) return `No rule ${last ? "arrived" : "has arrived yet"}.`;
  const [{ below }] = there;
  const first = there.filter((one) => one.below === below).map(({ name }) => name);
  const rest = there.slice(first.length).map((one) => `${one.name} (${one.below})`);
  const verb = last ? "arrived" : "is below 0.001";
  const verbs = first.length > 1 && !last ? "are below 0.001" : verb;
  const then = rest.length ? `; then ${listed(rest)}` : "";
  return `${capital(listed(first))} ${verbs} first, after ${below} steps${then}.`;
}

function stragglers(standings, number) {
  const late = standings.filter(({ below, ranAway, trapped }) =>
    below === null && !ranAway && !trapped);
  if (late.length === 0) return "";
  const names = late.map(({ name, loss }) => `${name} (loss ${number(loss)})`);
  return `Not there: ${listed(names)}.`;
}

function prisoners(standings) {
  const names = standings.filter(({ trapped }) => trapped).map(({ name }) => name);
  return names.length ? `In the other basin, a local minimum: ${listed(names)}.` : "";
}

function runaways(standings) {
  const lost = standings.filter(({ ranAway }) => ranAway);
  if (lost.length === 0) return "";
  const names = lost.map(({ name, step }) => `${name} (step ${step})`);
  return `Ran away: ${listed(names)}.`;
}

// Drawing

const place = (name) => RULES.findIndex((entry) => entry.name === name);
const colorOf = (name) => `var(--explore-${RULES[place(name)].color})`;

function inside([a, b], { x, y }) {
  const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);
  // Three digits are what a finger can choose.
  return [clamp(a, x), clamp(b, y)].map((value) => Math.round(value * 1000) / 1000);
}

function drawLandscape(parts, { loss, x, y, lowest }, tools) {
  const { board } = parts;
  const draw = () => landscape(loss, x, y, ASPECT, tools.colors().text);
  for (const old of parts.landscape ?? []) board.removeObject(old);
  const size = [x[1] - x[0], y[1] - y[0]];
  const fixed = { fixed: true, highlight: false, layer: 0, tabindex: null };
  const picture = board.create("image", [draw(), [x[0], y[0]], size], fixed);
  const marks = lowest.map((at) => board.create("text", [...at, "★"], {
    anchorX: "middle",
    anchorY: "middle",
    fontSize: 20,
    fixed: true,
    highlight: false,
    tabindex: null,
    cssClass: "explore-star",
  }));
  parts.landscape = [picture, ...marks];
  parts.repaint = () => {
    picture.url = draw();
    board.fullUpdate();
  };
  if (!parts.watchesTheme) tools.onTheme(() => parts.repaint());
  parts.watchesTheme = true;
}

function buildPaths(parts, race, tools) {
  const { board } = parts;
  parts.paths = new Map(RULES.map(({ name, face }, i) => {
    const color = colorOf(name);
    const line = board.create("curve", [[], []], {
      strokeColor: color,
      strokeWidth: 1.7,
      dash: tools.dashes[i],
      highlight: false,
      tabindex: null,
    });
    line.rendNode.setAttribute("marker-mid", dot(board, color, 1.6, tools));
    const head = board.create("point", [0, 0], {
      ...{ face, size: 6, name: "", withLabel: false, fixed: true, highlight: false },
      ...{ fillColor: color, strokeColor: "var(--explore-background)", strokeWidth: 1 },
      ...{ tabindex: null, visible: false, layer: 8 },
    });
    if (face === "cross") head.setAttribute({ strokeColor: color, strokeWidth: 3 });
    return [name, { line, head }];
  }));
}

function drawRace(parts, race, surface) {
  const { board, paths } = parts;
  board.suspendUpdate();
  for (const [name, { line, head }] of paths) {
    const result = race.results.find((one) => one.name === name);
    const points = result ? reachable(result.points.slice(0, race.step + 1), surface) : [];
    line.dataX = points.map(([a]) => a);
    line.dataY = points.map(([, b]) => b);
    head.setAttribute({ visible: points.length > 1 });
    if (points.length) head.setPositionDirectly(1, points.at(-1));
  }
  board.unsuspendUpdate();
}

const DASHES = ["", "2 2", "5 5", "10 10", "20 20", "20 10 10 10", "20 5 10 5"];
const SHAPES = {
  circle: "M 24 8 m -5 0 a 5 5 0 1 0 10 0 a 5 5 0 1 0 -10 0",
  square: "M 19 3 h 10 v 10 h -10 z",
  diamond: "M 24 2 l 6 6 l -6 6 l -6 -6 z",
  triangleup: "M 24 2 l 6 10 h -12 z",
  triangledown: "M 24 14 l 6 -10 h -12 z",
  triangleleft: "M 18 8 l 10 -6 v 12 z",
  triangleright: "M 30 8 l -10 -6 v 12 z",
  cross: "M 19 3 l 10 10 m 0 -10 l -10 10",
};

/** A rule's line and head, small, to stand beside its name. */
function swatch(name, tools) {
  const at = place(name);
  const picture = svg("svg", {
    viewBox: "0 0 48 16", class: "explore-swatch", "aria-hidden": "true",
  });
  const color = colorOf(name);
  const line = { d: "M 0 8 H 48", stroke: color, "stroke-width": 2.2 };
  const { face } = RULES[at];
  const stroke = face === "cross" ? { stroke: color, "stroke-width": 3 } : {};
  picture.append(
    svg("path", { ...line, "stroke-dasharray": DASHES[tools.dashes[at]] }),
    svg("path", { d: SHAPES[face], fill: color, ...stroke }),
  );
  return picture;
}

/** The table's rows come and go; each gets the swatch of its rule. */
function addSwatches(parts, tools) {
  for (const { cells } of parts.table.element.tBodies[0].rows) {
    const [head] = cells;
    const name = head.textContent;
    if (head.querySelector("svg")?.dataset.rule === name) continue;
    head.querySelector("svg")?.remove();
    const picture = swatch(name, tools);
    picture.dataset.rule = name;
    head.prepend(picture);
  }
}
