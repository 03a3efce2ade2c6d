/* One activation: its value and derivative, and what twenty random layers of it do to a signal. */

import * as activations from "./activations.js";

/** Title, parameters in order, and the inputs where the graph of value or derivative jumps. */
const KINDS = {
  step: ["Step", [], () => [0]],
  linear: ["Identity", [], () => []],
  sigmoid: ["Sigmoid", [], () => []],
  tanh: ["tanh", [], () => []],
  relu: ["ReLU", ["relu_slope", "max_value", "threshold"], relu_jumps],
  leaky_relu: ["Leaky ReLU", ["negative_slope"], () => [0]],
  relu6: ["ReLU6", [], () => [0, 6]],
  elu: ["ELU", ["alpha"], () => [0]],
  selu: ["SELU", [], () => [0]],
  softplus: ["Softplus", [], () => []],
  silu: ["SiLU (swish)", [], () => []],
  gelu: ["GELU", ["approximate"], () => []],
  mish: ["Mish", [], () => []],
};

const NO_CEILING = 10; // the last step of the slider of max_value: none

function relu_jumps([, max_value, threshold]) {
  return max_value === null ? [threshold] : [threshold, max_value];
}

const number = { min: 0, max: 1, step: 0.01, value: 0 };
const PARAMETERS = {
  relu_slope: { ...number, label: "negative_slope" },
  max_value: { label: "max_value", min: 0.5, max: NO_CEILING, step: 0.5, value: NO_CEILING },
  threshold: { label: "threshold", min: -3, max: 3, step: 0.1, value: 0 },
  negative_slope: { ...number, label: "negative_slope", value: 0.2 },
  alpha: { label: "alpha", min: 0, max: 3, step: 0.05, value: 1 },
};

const INPUT = { label: "Input x", min: -6, max: 6, step: 0.05, value: 1 };
const POINTS = 480; // of a curve
const NEAR = 1e-9; // how close to a jump it goes

// Twenty layers

export const LAYERS = 20;
export const UNITS = 64;
const SAMPLES = 64;
const FLAT = 0.01; // a slope smaller than this lets almost nothing of a gradient through

/** Random numbers in [0, 1) that a seed repeats: mulberry32, 32 bits of state. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` draws from a normal distribution with mean 0 and variance 1 (Box and Muller). */
export function normals(random, count) {
  const drawn = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    drawn[i] = radius * Math.cos(angle);
    if (i + 1 < count) drawn[i + 1] = radius * Math.sin(angle);
  }
  return drawn;
}

/** Send random samples through random layers: weights with mean 0 and standard deviation
 * scale / √units, no bias. Returns for the input and after each layer mean and variance of all
 * values, and of the layer the share of values where the slope is almost 0 (`flat`), and of units
 * where it is 0 for every sample (`dead`). */
export function throughLayers(activation, scale, seed) {
  const random = generator(seed);
  let signal = normals(random, SAMPLES * UNITS);
  const layers = [{ ...moments(signal), flat: null, dead: null }];
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const weights = normals(random, UNITS * UNITS);
    const [next, flat, dead] = oneLayer(activation, signal, weights, scale / Math.sqrt(UNITS));
    signal = next;
    layers.push({ ...moments(signal), flat, dead });
  }
  return layers;
}

function oneLayer(activation, signal, weights, scale) {
  const next = new Float64Array(signal.length);
  let flat = 0;
  let dead = 0;
  for (let unit = 0; unit < UNITS; unit += 1) {
    let zero = 0;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      let sum = 0;
      for (let k = 0; k < UNITS; k += 1) {
        sum += weights[unit * UNITS + k] * signal[sample * UNITS + k];
      }
      const [value, derivative] = activation(scale * sum);
      next[sample * UNITS + unit] = value;
      if (Math.abs(derivative) < FLAT) flat += 1;
      if (derivative === 0) zero += 1;
    }
    if (zero === SAMPLES) dead += 1;
  }
  return [next, flat / signal.length, dead / UNITS];
}

function moments(signal) {
  const mean = signal.reduce((sum, x) => sum + x, 0) / signal.length;
  const variance = signal.reduce((sum, x) => sum + (x - mean) ** 2, 0) / signal.length;
  return { mean, variance };
}

// The page

export default function build(root, tools) {
  const explorer = new Explorer(root, tools);
  root.explorable = {
    state: () => explorer.state(),
    set: (change) => explorer.set(change),
  };
}

class Explorer {
  constructor(root, tools) {
    this.tools = tools;
    this.x = INPUT.value;
    this.seed = 1;
    this.parameters = { approximate: false };
    for (const name of Object.keys(PARAMETERS)) this.parameters[name] = PARAMETERS[name].value;
    this.addFunction(root);
    this.addLayers(root);
    this.open("relu");
  }

  addFunction(root) {
    const { tools } = this;
    const controls = tools.el("div", { class: "explore-controls" });
    root.append(controls);
    this.kinds = tools.select(controls, {
      label: "Activation", options: Object.entries(KINDS).map(([name, [title]]) => [name, title]),
      onInput: (name) => this.open(name),
    });
    this.input = tools.slider(controls, {
      ...INPUT, onInput: (x) => { this.x = x; this.updatePoint(); },
    });
    this.settings = tools.el("div", { class: "explore-controls" });
    const pair = tools.el("div", { class: "explore-pair" });
    root.append(this.settings, pair);
    this.graphs = ["value", "derivative"].map((what, i) => this.graph(pair, what, i));
    this.words = tools.readout(root);
  }

  graph(parent, what, i) {
    const { tools } = this;
    const board = tools.board(parent, {
      label: `The ${what} of the activation`, x: [INPUT.min, INPUT.max], y: [-2, 6], aspect: 1.2,
      ylabel: what, xlabel: "input x",
    });
    const still = { highlight: false, fixed: true, tabindex: null };
    const color = `var(--explore-${i + 1})`;
    for (const ends of [[[-100, 0], [100, 0]], [[0, -100], [0, 100]]]) {
      board.create("segment", ends, {
        ...still, strokeColor: "var(--explore-muted)", strokeWidth: 1,
        point1: { visible: false }, point2: { visible: false },
      });
    }
    const curve = board.create("curve", [[], []], {
      ...still, strokeColor: color, strokeWidth: 2.5, dash: tools.dashes[i],
    });
    const tangent = i === 0
      ? board.create("curve", [[], []], { ...still, strokeColor: color, strokeWidth: 1.5 })
      : null;
    const handle = tools.handle(board, [0, 0], {
      label: `Input x, on the ${what}`, color,
      text: (x) => tools.number(x),
      move: ([x]) => {
        this.input.value = Number((Math.round(x / INPUT.step) * INPUT.step).toFixed(6));
        this.x = this.input.value;
        this.updatePoint();
        return this.at(i);
      },
    });
    return { board, curve, tangent, handle };
  }

  addLayers(root) {
    const { tools } = this;
    root.append(tools.el("p", { class: "explore-heading" }, `The same in ${LAYERS} layers`));
    const controls = tools.el("div", { class: "explore-controls" });
    root.append(controls);
    this.scale = tools.slider(controls, {
      label: `Weight scale (standard deviation × √${UNITS})`, min: 0.1, max: 10, log: true,
      step: 0.01, value: 1, onInput: () => this.updateLayers(),
    });
    const buttons = tools.el("div", { class: "explore-buttons" });
    controls.append(buttons);
    const scaled = (label, scale) => tools.button(buttons, {
      label, onClick: () => { this.scale.value = scale; this.updateLayers(); },
    });
    scaled("LeCun: 1", 1);
    scaled("He: √2", Math.SQRT2);
    tools.button(buttons, {
      label: "New weights", onClick: () => { this.seed += 1; this.updateLayers(); },
    });
    const pair = tools.el("div", { class: "explore-pair" });
    root.append(pair);
    this.strip = this.strips(pair);
    this.decades = this.decadesOf(pair);
    this.layerWords = tools.readout(root);
    const fold = tools.el("details", {}, tools.el("summary", {}, "Every layer in numbers"));
    root.append(fold);
    this.table = tools.table(fold, {
      caption: `Over ${SAMPLES} samples and ${UNITS} units. Flat: a slope smaller than ${FLAT}. `
        + "Dead: a unit whose slope is 0 for every sample.",
      columns: ["Layer", "Mean", "Variance", "Flat values", "Dead units"],
    });
  }

  strips(parent) {
    const board = this.tools.board(parent, {
      label: "Mean and spread of the signal after each layer", x: [0, LAYERS], y: [-3, 3],
      aspect: 1.2, ylabel: "signal: mean ± one standard deviation", xlabel: "layer",
    });
    const still = { highlight: false, fixed: true, tabindex: null };
    const band = board.create("curve", [[], []], {
      ...still, strokeColor: "var(--explore-3)", strokeWidth: 1, fillColor: "var(--explore-3)",
      fillOpacity: 0.3,
    });
    const mean = board.create("curve", [[], []], {
      ...still, strokeColor: "var(--explore-3)", strokeWidth: 2.5,
    });
    return { board, band, mean };
  }

  decadesOf(parent) {
    const board = this.tools.board(parent, {
      label: "Variance of the signal after each layer, as a power of ten", x: [0, LAYERS],
      y: [-12, 12], aspect: 1.2, ylabel: "variance: its power of ten", xlabel: "layer",
    });
    const curve = board.create("curve", [[], []], {
      highlight: false, fixed: true, tabindex: null, strokeColor: "var(--explore-4)",
      strokeWidth: 2.5,
    });
    return { board, curve };
  }

  /** The activation with its parameters, as a function of a number. */
  get activation() {
    const kind = this.kinds.value;
    const settings = this.arguments();
    return (x) => activations[kind](x, ...settings);
  }

  arguments() {
    const values = KINDS[this.kinds.value][1].map((name) => this.parameters[name]);
    if (this.kinds.value === "relu" && values[1] === NO_CEILING) values[1] = null;
    return values;
  }

  open(kind) {
    const { tools } = this;
    this.kinds.value = kind;
    this.settings.replaceChildren();
    this.sliders = {};
    for (const name of KINDS[kind][1]) {
      const onInput = (value) => { this.parameters[name] = value; this.update(); };
      const format = name === "max_value"
        ? (x) => (x === NO_CEILING ? "none" : tools.number(x))
        : tools.number;
      this.sliders[name] = name === "approximate"
        ? tools.checkbox(this.settings, {
          label: "approximate, by tanh", value: this.parameters[name], onInput,
        })
        : tools.slider(this.settings, {
          ...PARAMETERS[name], value: this.parameters[name], format, onInput,
        });
    }
    this.update();
  }

  update() {
    this.drawCurves();
    this.updatePoint();
    this.updateLayers();
  }

  drawCurves() {
    const jumps = KINDS[this.kinds.value][2](this.arguments());
    const xs = withJumps(jumps);
    const ys = xs.map(this.activation);
    this.graphs.forEach(({ board, curve }, i) => {
      curve.dataX = xs;
      curve.dataY = ys.map((pair) => pair[i]);
      board.setRange({ y: roomFor(curve.dataY) });
    });
  }

  /** Where the handle of graph `i` stands. */
  at(i) {
    const [low, high] = this.graphs[i].board.range.y;
    return [this.x, Math.min(Math.max(this.activation(this.x)[i], low), high)];
  }

  updatePoint() {
    const { number: text } = this.tools;
    const { x } = this;
    const [value, derivative] = this.activation(x);
    this.now = [value, derivative];
    const { tangent } = this.graphs[0];
    tangent.dataX = [x - 1, x + 1];
    tangent.dataY = [value - derivative, value + derivative];
    this.graphs.forEach(({ board, handle }, i) => {
      handle.place(this.at(i));
      board.update();
    });
    const title = KINDS[this.kinds.value][0];
    this.words.textContent = `${title} at ${text(x)}: value ${text(value)}, derivative `
      + `${text(derivative)}. A gradient that comes back through it is multiplied by `
      + `${text(derivative)}.`;
  }

  updateLayers() {
    const { number: text } = this.tools;
    this.layers = throughLayers(this.activation, this.scale.value, this.seed);
    this.drawLayers();
    const percent = (share) => (share === null ? "–" : `${text(100 * share)} %`);
    this.table.update(this.layers.map(({ mean, variance, flat, dead }, i) => [
      i === 0 ? "input" : String(i), text(mean), text(variance), percent(flat), percent(dead),
    ]));
    const last = this.layers.at(-1);
    const before = this.layers[LAYERS / 2];
    const ratio = (last.variance / before.variance) ** (2 / LAYERS);
    const trend = Number.isFinite(ratio)
      ? ` Each of the last ${LAYERS / 2} layers multiplies it by about ${text(ratio)}.`
      : "";
    this.layerWords.textContent = `The variance goes from ${text(this.layers[0].variance)} to `
      + `${text(last.variance)} after ${LAYERS} layers.${trend} In the last layer `
      + `the slope is almost 0 at ${percent(last.flat)} of the values, and `
      + `${percent(last.dead)} of the units are dead: slope 0 for every sample.`;
  }

  drawLayers() {
    const numbers = this.layers.map((_, i) => i);
    const { band, mean } = this.strip;
    const spread = this.layers.map(({ variance }) => Math.sqrt(variance));
    const means = this.layers.map((layer) => layer.mean);
    band.dataX = [...numbers, ...[...numbers].reverse()];
    band.dataY = [
      ...means.map((m, i) => m + spread[i]),
      ...means.map((m, i) => m - spread[i]).reverse(),
    ].map(drawable);
    [mean.dataX, mean.dataY] = [numbers, means.map(drawable)];
    const { curve } = this.decades;
    [curve.dataX, curve.dataY] = [
      numbers, this.layers.map(({ variance }) => drawable(Math.log10(variance))),
    ];
    this.strip.board.update();
    this.decades.board.update();
  }

  state() {
    const { kinds, x, now, scale, seed, layers } = this;
    return {
      activation: kinds.value, x, arguments: this.arguments(), value: now[0], derivative: now[1],
      scale: scale.value, seed, layers,
    };
  }

  set({ activation, x, scale, seed, ...parameters }) {
    Object.assign(this.parameters, parameters);
    if (scale !== undefined) this.scale.value = scale;
    if (seed !== undefined) this.seed = seed;
    if (x !== undefined) this.input.value = x;
    this.x = this.input.value;
    this.open(activation ?? this.kinds.value);
  }
}

/** The inputs of a curve; at a jump it is interrupted, as a line up would be no value of it. */
function withJumps(jumps) {
  const { min, max } = INPUT;
  const even = Array.from({ length: POINTS + 1 }, (_, i) => min + ((max - min) * i) / POINTS);
  const cuts = [...jumps.filter((x) => x > min && x < max), Infinity].sort((a, b) => a - b);
  return cuts.flatMap((cut, i) => {
    const after = i === 0 ? -Infinity : cuts[i - 1];
    const between = even.filter((x) => x > after && x < cut);
    const start = i === 0 ? [] : [NaN, after + NEAR];
    return [...start, ...between, ...(cut === Infinity ? [] : [cut - NEAR])];
  });
}

/** The range of an axis that shows all of these values, in halves. */
function roomFor(ys) {
  const finite = ys.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite, 0), Math.max(...finite, 1)];
  return [Math.floor(2 * (low - 0.1)) / 2, Math.ceil(2 * (high + 0.1)) / 2];
}

/** A number that can be drawn: far outside of the board where it is infinite or huge. */
function drawable(y) {
  return Number.isNaN(y) ? NaN : Math.min(Math.max(y, -1e4), 1e4);
}
