// The way there and back through a tiny network, one node at a time.
// Chapter: networks/backpropagation.

import { svg } from "./drawing.js";
import {
  backward, derivativeSymbol, descend, finiteDifference, forward, nodes, parameters, read,
  replace, symbol, walk,
} from "./network.js";

const FIRST = {
  inputs: [1.5, -0.5],
  target: 0.5,
  weights: [[0.8, -0.3, 0.6], [0.4, 0.5, -1]],
  biases: [0.1, -0.2, 0],
  outputs: [1.2, -0.7, 0.5],
  offset: 0.1,
  activation: "tanh",
  loss: "squared",
};

/** The first network, with two or three hidden units. */
function fresh(units) {
  const { weights, biases, outputs } = FIRST;
  const cut = (row) => row.slice(0, units);
  return { ...FIRST, weights: weights.map(cut), biases: cut(biases), outputs: cut(outputs) };
}

export default function build(root, tools) {
  const { el } = tools;
  const stepper = { network: fresh(2), position: 0, losses: [], rate: 0.1 };
  const parts = {};

  function show() {
    const steps = walk(stepper.network, tools.number);
    stepper.position = Math.min(stepper.position, steps.length);
    const scene = sceneOf(stepper, steps);
    drawGraph(parts, scene, tools);
    showStep(parts, scene, tools);
    showNumbers(parts, scene, tools);
    showLosses(parts, scene, tools);
    parts.back.disabled = stepper.position === 0;
    parts.next.disabled = scene.done;
    parts.end.disabled = scene.done;
    parts.descend.disabled = !scene.done;
  }

  function go(position) {
    stepper.position = Math.max(0, position);
    show();
  }

  /** A number, or the network's shape, has changed: the losses so far belong to another one. */
  function change(network) {
    stepper.network = network;
    stepper.losses = [];
    show();
  }

  function chooseUnits(units) {
    const { activation, loss, target } = stepper.network;
    stepper.position = 0;
    buildNumbers(parts, { ...fresh(units), activation, loss, target }, edit, tools);
    change({ ...fresh(units), activation, loss, target });
  }

  function edit(name, number) {
    change(replace(stepper.network, name, number));
  }

  function chooseLoss(loss) {
    const { target } = stepper.network;
    const label = target > 0 ? 1 : 0;
    change({ ...stepper.network, loss, target: loss === "crossentropy" ? label : target });
  }

  function takeStep() {
    const before = forward(stepper.network).L;
    if (stepper.losses.length === 0) stepper.losses.push(before);
    stepper.network = descend(stepper.network, stepper.rate);
    stepper.losses.push(forward(stepper.network).L);
    show();
  }

  function reset() {
    const { activation, loss, biases } = stepper.network;
    stepper.position = 0;
    const target = loss === "crossentropy" ? 1 : FIRST.target;
    change({ ...fresh(biases.length), activation, loss, target });
  }

  function buildControls() {
    const bar = el("div", { class: "explore-controls explore-stepper-controls" });
    root.append(bar);
    parts.units = tools.select(bar, {
      label: "Hidden units",
      options: [["2", "two"], ["3", "three"]],
      onInput: (units) => chooseUnits(Number(units)),
    });
    parts.activation = tools.select(bar, {
      label: "Activation φ",
      options: ["tanh", "sigmoid", "relu", "softplus", "linear"].map((name) =>
        [name, name === "relu" ? "ReLU" : name]),
      onInput: (activation) => change({ ...stepper.network, activation }),
    });
    parts.loss = tools.select(bar, {
      label: "Loss",
      options: [["squared", "squared error"], ["crossentropy", "cross-entropy"]],
      onInput: chooseLoss,
    });
  }

  function buildStage() {
    const panel = el("div");
    const below = el("div");
    parts.graph = svg("svg", { class: "explore-graph", role: "img" });
    parts.arrow = arrowHead(tools);
    root.append(el("div", { class: "explore-stepper" }, panel, parts.graph, below));
    const bar = el("div", { class: "explore-buttons" });
    panel.append(bar);
    parts.next = tools.button(bar, { label: "Next", onClick: () => go(stepper.position + 1) });
    parts.back = tools.button(bar, { label: "Back", onClick: () => go(stepper.position - 1) });
    parts.end = tools.button(bar, { label: "To the end", onClick: () => go(Infinity) });
    tools.button(bar, { label: "Reset", onClick: reset });
    parts.clock = el("p", { class: "explore-clock" });
    panel.append(parts.clock);
    parts.words = tools.readout(panel);
    parts.rate = tools.slider(below, {
      label: "Learning rate",
      min: 0.001,
      max: 10,
      log: true,
      value: stepper.rate,
      onInput: (rate) => { stepper.rate = rate; },
    });
    const descendBar = el("div", { class: "explore-buttons" });
    below.append(descendBar);
    parts.descend = tools.button(descendBar, { label: "Take a step", onClick: takeStep });
    parts.losses = tools.readout(below);
    parts.check = tools.readout(below);
  }

  function state() {
    const steps = walk(stepper.network, tools.number);
    const { names, slopes, differences, current, done } = sceneOf(stepper, steps);
    return {
      ...structuredClone(stepper),
      steps: steps.length,
      done,
      current,
      values: forward(stepper.network),
      slopes,
      differences: Object.fromEntries(names.map((name, i) => [name, differences[i]])),
    };
  }

  function set({ network, position, rate }) {
    if (rate !== undefined) {
      stepper.rate = rate;
      parts.rate.value = rate;
    }
    if (position !== undefined) stepper.position = position;
    if (network) {
      const next = { ...stepper.network, ...network };
      parts.units.value = String(next.biases.length);
      parts.activation.value = next.activation;
      parts.loss.value = next.loss;
      buildNumbers(parts, next, edit, tools);
      change(next);
    }
    show();
  }

  buildControls();
  buildStage();
  parts.numbers = el("div", { class: "explore-scroll" });
  // On a phone the table is as tall as all the rest.
  const open = matchMedia("(min-width: 601px)").matches;
  root.append(el("details", { class: "explore-details", open },
    el("summary", {}, "All numbers: change them here"), parts.numbers));
  buildNumbers(parts, stepper.network, edit, tools);
  show();
  root.explorable = { state, set };
}

/** All that is drawn: what is known after `position` steps, and which step was the last. */
function sceneOf({ network, position, losses }, steps) {
  const made = steps.slice(0, position);
  const known = (direction) => new Set(made.filter((step) => step.direction === direction)
    .flatMap((step) => step.lines.map(({ name }) => name)));
  const names = ["x1", "x2", ...parameters(network)];
  return {
    network,
    steps,
    losses,
    names,
    position: made.length,
    current: made.at(-1) ?? null,
    done: made.length === steps.length,
    values: forward(network),
    slopes: backward(network),
    differences: names.map((name) => finiteDifference(network, name)),
    knownValues: known("forward"),
    knownSlopes: known("backward"),
  };
}

// Words and numbers

function showStep(parts, { current, position, steps, done }, { el, number }) {
  const way = current?.direction === "backward" ? "on the way back" : "on the way there";
  const where = current ? `, ${way}` : "";
  parts.clock.textContent = `Step ${position} of ${steps.length}${where}`;
  if (!current) {
    parts.words.replaceChildren(
      "Inputs, target, weights and biases are given. Next computes the first sum, z₁, then one " +
        "node after the other down to the loss L, and from there up again the derivatives, " +
        "marked ∂.",
    );
    return;
  }
  const lines = current.lines.map((line) => equation(line, current.direction, el, number));
  const end = done ? " The walk is complete: every weight has its slope." : "";
  parts.words.replaceChildren(el("span", { class: "explore-why" }, current.why + end), ...lines);
}

function equation({ name, formula, numbers, result }, direction, el, number) {
  const left = direction === "forward" ? symbol(name) : derivativeSymbol(name);
  const text = number(result);
  const parts = [`${left} = ${formula}`, `= ${numbers}`, `= ${text}`];
  const shown = numbers === text ? [parts[0], parts[2]] : parts;
  return el("span", { class: "explore-equation" },
    shown.flatMap((part) => [el("span", {}, part), " "]));
}

const EDITABLE = ["x1", "x2", "y"];

/** The table of numbers: a field for each that can be changed. */
function buildNumbers(parts, network, edit, tools) {
  const { el } = tools;
  parts.fields = {};
  const rows = [...EDITABLE, ...parameters(network)].map((name) => {
    const input = el("input", { type: "number", step: "0.1", "aria-label": describe(name) });
    input.addEventListener("input", () => {
      if (Number.isFinite(input.valueAsNumber)) edit(name, input.valueAsNumber);
    });
    const [slope, difference] = [el("td"), el("td")];
    parts.fields[name] = { input, slope, difference };
    return el("tr", {}, el("th", { scope: "row" }, symbol(name)), el("td", {}, input), slope,
      difference);
  });
  const heads = ["", "Number", "Derivative of L", "By differences"];
  const table = el("table", { class: "explore-table explore-numbers" },
    el("thead", {}, el("tr", {}, heads.map((text) => (text ? el("th", { scope: "col" }, text) : el("td", {}))))),
    el("tbody", {}, rows));
  parts.numbers.replaceChildren(table);
}

function describe(name) {
  const [kind, first, second] = name;
  const texts = {
    x: `Input ${first}`,
    y: "Target",
    w: `Weight from input ${first} to hidden unit ${second}`,
    b: `Bias of hidden unit ${first}`,
    v: `Weight of hidden unit ${first} in the output`,
    c: "Bias of the output",
  };
  return texts[kind];
}

function showNumbers(parts, scene, tools) {
  for (const [name, { input, slope, difference }] of Object.entries(parts.fields)) {
    // A field that is being edited keeps what was typed in it.
    const at = Number(read(scene.network, name).toPrecision(4));
    if (input.valueAsNumber !== at && document.activeElement !== input) input.value = at;
    const place = scene.names.indexOf(name);
    slope.textContent = place < 0 ? "" : later(scene, name, scene.slopes[name], tools);
    difference.textContent = place < 0 ? "" : tools.number(scene.differences[place]);
  }
  parts.check.textContent = check(scene, tools);
}

const later = ({ knownSlopes }, name, slope, { number }) =>
  knownSlopes.has(name) ? number(slope) : "not yet";

/** How far the derivatives are from finite differences. */
function check({ names, slopes, differences, knownSlopes, network }, { number }) {
  const gaps = names.map((name, i) => [name, Math.abs(slopes[name] - differences[i])])
    .filter(([name]) => knownSlopes.has(name));
  if (gaps.length === 0) return "Check: no derivative of an input or a weight is known yet.";
  const [worst, gap] = gaps.reduce((most, one) => (one[1] > most[1] ? one : most));
  const many = gaps.length === 1 ? "1 derivative" : `${gaps.length} derivatives`;
  const kink = network.activation === "relu" && gap > 1e-6
    ? " A difference across the kink of ReLU is no derivative." : "";
  const most = Number(gap.toPrecision(1));
  return `Check: ${many} compared with differences of the loss. The largest gap is ` +
    `${number(most)}, in ${derivativeSymbol(worst)}.${kink}`;
}

function showLosses(parts, { losses, done }, { number }) {
  if (losses.length === 0) {
    parts.losses.textContent = done
      ? "A step moves every weight and bias against its derivative."
      : "After the way back you can take a step.";
    return;
  }
  const [before, after] = losses.slice(-2);
  const verb = after < before ? "fell" : "rose";
  const shown = losses.slice(-6).map(number).join(" → ");
  const dots = losses.length > 6 ? "… " : "";
  const count = losses.length - 1;
  parts.losses.textContent =
    `Loss after ${count} ${count === 1 ? "step" : "steps"}: it ${verb}. ${dots}${shown}`;
}

// The graph: from the inputs down to the loss

const [EDGE, WIDTH] = [-6, 374]; // the left edge of the drawing, and its width
const [PILL, HEIGHT] = [68, 52];
const ROWS = { x: 28, z: 236, h: 322, out: 476, p: 562 };

/** Where the nodes are: name → [x, y], the middle of each. */
function places(network) {
  const units = network.biases.length;
  const columns = units === 2 ? [118, 288] : [86, 208, 330];
  const middle = (columns[0] + columns.at(-1)) / 2;
  const inputs = units === 2 ? columns : [middle - 70, middle + 70];
  const at = { x1: [inputs[0], ROWS.x], x2: [inputs[1], ROWS.x], z: [middle, ROWS.out] };
  columns.forEach((column, i) => {
    at[`z${i + 1}`] = [column, ROWS.z];
    at[`h${i + 1}`] = [column, ROWS.h];
  });
  const probability = nodes(network).includes("p");
  if (probability) at.p = [middle, ROWS.p];
  at.L = [middle, probability ? ROWS.p + 86 : ROWS.p];
  return at;
}

/** The arrows: from, to, and the weight that stands at them, if any. */
function edges(network) {
  const list = [];
  network.biases.forEach((_, i) => {
    const j = i + 1;
    list.push({ from: "x1", to: `z${j}`, weight: `w1${j}`, share: 0.48 });
    list.push({ from: "x2", to: `z${j}`, weight: `w2${j}`, share: 0.79 });
    list.push({ from: `z${j}`, to: `h${j}` });
    list.push({ from: `h${j}`, to: "z", weight: `v${j}`, share: 0.5 });
  });
  const probability = nodes(network).includes("p");
  if (probability) list.push({ from: "z", to: "p" });
  list.push({ from: probability ? "p" : "z", to: "L" });
  return list;
}

/** Whether a step walks along an edge. */
function walksAlong(step, { from, to, weight }) {
  if (!step) return false;
  if (step.direction === "forward") return to === step.at;
  if (step.at === "z") return to === "L" || to === "p";
  if (step.at === "x") return from[0] === "x";
  if (step.at === "v") return weight?.[0] === "v";
  if (step.at[0] === "w") return from[0] === "x" && to === `z${step.at[1]}`;
  return from === step.at;
}

function drawGraph({ graph, arrow }, scene, tools) {
  const at = places(scene.network);
  const height = at.L[1] + HEIGHT / 2 + 4;
  graph.setAttribute("viewBox", `${EDGE} 0 ${WIDTH} ${height}`);
  graph.setAttribute("aria-label", inWords(scene));
  const drawn = edges(scene.network).map((edge) => drawEdge(edge, at, scene, arrow));
  const labels = edges(scene.network).filter(({ weight }) => weight)
    .map((edge) => drawWeight(edge, at, scene, tools));
  const pills = Object.entries(at).map(([name, place]) => drawNode(name, place, scene, tools));
  const sides = drawSides(at, scene, tools);
  const texts = drawFunctions(at, scene);
  graph.replaceChildren(arrow, ...drawn, ...labels, ...sides, ...pills, ...texts);
}

function inWords({ network, current }) {
  const units = network.biases.length === 2 ? "two" : "three";
  const now = current ? ` Now at ${current.lines.map(({ name }) => symbol(name)).join(", ")}.` : "";
  return `The network as a graph: two inputs at the top, ${units} hidden units, one output and ` +
    `the loss at the bottom, each with its value and its derivative.${now}`;
}

function arrowHead(tools) {
  const marker = svg("marker", {
    ...{ id: tools.uniqueId("arrow"), viewBox: "0 0 8 8", refX: 7, refY: 4 },
    ...{ markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" },
    markerUnits: "userSpaceOnUse",
  });
  marker.append(svg("path", { d: "M 0 0 L 8 4 L 0 8 z", class: "explore-arrow" }));
  return marker;
}

function drawEdge(edge, at, { current }, arrow) {
  const [start, end] = ends(at[edge.from], at[edge.to]);
  const active = walksAlong(current, edge);
  const line = svg("line", {
    ...{ x1: start[0], y1: start[1], x2: end[0], y2: end[1] },
    class: active ? "explore-edge is-current" : "explore-edge",
  });
  const back = active && current.direction === "backward";
  line.setAttribute(back ? "marker-start" : "marker-end", `url(#${arrow.id})`);
  return line;
}

/** An arrow leaves a node at its lower edge and arrives at the upper edge of the next. */
function ends([x0, y0], [x1, y1]) {
  const lean = Math.max(-18, Math.min(18, (x1 - x0) / 6));
  return [[x0 + lean, y0 + HEIGHT / 2], [x1 - lean, y1 - HEIGHT / 2 - 1]];
}

function drawWeight({ from, to, weight, share }, at, scene, tools) {
  const [[x0, y0], [x1, y1]] = ends(at[from], at[to]);
  const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
  return stack([x, y], weight, scene, tools);
}

/** The biases stand left of their sums, the target left of the loss. */
function drawSides(at, scene, tools) {
  const beside = (name, node) =>
    stack([at[node][0] - PILL / 2 - 28, at[node][1]], name, scene, tools);
  const biases = scene.network.biases.map((_, i) => beside(`b${i + 1}`, `z${i + 1}`));
  return [...biases, beside("c", "z"), beside("y", "L")];
}

/** A name, its number, and below it the derivative once it is known, on a piece of paper that keeps
 * the arrows away. */
function stack([x, y], name, scene, tools) {
  const group = svg("g", { class: isCurrent(name, scene) ? "is-current" : "" });
  const value = graphNumber(read(scene.network, name), tools);
  const lines = [[symbol(name), "explore-name"], [value, "explore-forward"]];
  const slope = scene.knownSlopes.has(name) ? graphNumber(scene.slopes[name], tools) : null;
  if (slope !== null) lines.push([`∂ ${slope}`, "explore-backward"]);
  const width = 6 * Math.max(...lines.map(([text]) => text.length));
  const height = 15 * lines.length;
  const paper = { x: x - width / 2, y: y - height / 2, width, height, class: "explore-paper" };
  group.append(svg("rect", paper), ...textLines([x, y], lines));
  return group;
}

function drawNode(name, [x, y], scene, tools) {
  const given = name[0] === "x";
  const known = given || scene.knownValues.has(name);
  const group = svg("g", { class: isCurrent(name, scene) ? "is-current" : "" });
  group.append(svg("rect", {
    ...{ x: x - PILL / 2, y: y - HEIGHT / 2, width: PILL, height: HEIGHT, rx: 12 },
    class: "explore-node",
  }));
  const lines = [[symbol(name), "explore-name"]];
  if (known) lines.push([graphNumber(scene.values[name], tools), "explore-forward"]);
  if (scene.knownSlopes.has(name)) {
    lines.push([`∂ ${graphNumber(scene.slopes[name], tools)}`, "explore-backward"]);
  }
  group.append(...textLines([x, y], lines));
  return group;
}

/** φ and σ beside the arrows that they stand for. */
function drawFunctions(at, { network }) {
  const { activation } = network;
  const text = activation === "relu" ? "ReLU" : activation;
  const beside = (from, to, what) =>
    svgText([at[from][0] + 6, (at[from][1] + at[to][1]) / 2], what, "explore-function");
  const units = network.biases.map((_, i) => beside(`z${i + 1}`, `h${i + 1}`, text));
  return at.p ? [...units, beside("z", "p", "sigmoid")] : units;
}

const isCurrent = (name, { current }) => current?.lines.some((line) => line.name === name);

/** Three places after the point: there is no room for more. */
function graphNumber(x, { number }) {
  const size = Math.abs(x);
  if (size >= 1000 || (size > 0 && size < 5e-4)) return number(Number(x.toPrecision(1)));
  return number(Number(size < 10 ? x.toFixed(3) : x.toPrecision(3)));
}

/** Lines of text around a middle. */
function textLines([x, y], lines) {
  const top = y - 7.5 * (lines.length - 1);
  return lines.map(([text, kind], i) => svgText([x, top + 15 * i], text, kind));
}

function svgText([x, y], text, kind) {
  const element = svg("text", { x, y, class: kind });
  element.append(text);
  return element;
}
