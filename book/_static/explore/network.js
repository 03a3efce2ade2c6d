// A network small enough to show every number: two inputs, two or three hidden units, one output.
//
//   z_j = w_1j x_1 + w_2j x_2 + b_j    h_j = φ(z_j)    z = Σ v_j h_j + c
//   L = ½ (z - y)², or with p = σ(z) the cross-entropy L = -y log p - (1 - y) log(1 - p)
//
// The lines of networks/backpropagation for one sample. Formulas only: no page, no drawing.
//
// A network is plain data: {inputs: [x_1, x_2], target: y, weights: [[w_11, w_12, …],
// [w_21, w_22, …]], biases: [b_j], outputs: [v_j], offset: c, activation, loss}. Values and
// derivatives are objects with one number for each node, under the names that `nodes` lists.

import { linear, relu, sigmoid, softplus, tanh } from "./activations.js";
import { sigmoid_cross_entropy_with_logits } from "./losses.js";

export const ACTIVATIONS = { tanh, sigmoid, relu, softplus, linear };
export const LOSSES = ["squared", "crossentropy"];

const units = (network) => network.biases.map((_, j) => j + 1);
const hasProbability = (network) => network.loss === "crossentropy";

/** The names of all parameters, in the order of the walk: w11, w21, b1, …, v1, …, c. */
export function parameters(network) {
  const hidden = units(network).flatMap((j) => [`w1${j}`, `w2${j}`, `b${j}`]);
  return [...hidden, ...units(network).map((j) => `v${j}`), "c"];
}

/** The names of all nodes, in the order in which they are computed. */
export function nodes(network) {
  const sums = units(network).flatMap((j) => [`z${j}`, `h${j}`]);
  const end = hasProbability(network) ? ["z", "p", "L"] : ["z", "L"];
  return ["x1", "x2", "y", ...parameters(network), ...sums, ...end];
}

/** Where the number called `name` stands in a network: a list of keys. */
function place(name) {
  const [kind, first, second] = [name[0], name[1] - 1, name[2] - 1];
  if (name === "y") return ["target"];
  if (name === "c") return ["offset"];
  if (kind === "x") return ["inputs", first];
  if (kind === "w") return ["weights", first, second];
  return [kind === "b" ? "biases" : "outputs", first];
}

/** The input, target, weight or bias of this name. */
export function read(network, name) {
  return place(name).reduce((part, key) => part[key], network);
}

/** A copy of the network in which the input, target, weight or bias of this name is `number`. */
export function replace(network, name, number) {
  const copy = structuredClone(network);
  const keys = place(name);
  const last = keys.pop();
  keys.reduce((part, key) => part[key], copy)[last] = number;
  return copy;
}

/** φ(z) and φ'(z). */
function activate(network, z) {
  return ACTIVATIONS[network.activation](z);
}

/** The loss for the output z, and its slope in z. */
export function lossOf(network, z) {
  if (hasProbability(network)) return sigmoid_cross_entropy_with_logits(network.target, z);
  const residual = z - network.target;
  return [(residual * residual) / 2, residual];
}

/** The value of every node. */
export function forward(network) {
  const value = {};
  for (const name of ["x1", "x2", "y", ...parameters(network)]) value[name] = read(network, name);
  value.z = value.c;
  for (const j of units(network)) {
    const sum = value[`w1${j}`] * value.x1 + value[`w2${j}`] * value.x2 + value[`b${j}`];
    value[`z${j}`] = sum;
    [value[`h${j}`]] = activate(network, sum);
    value.z += value[`v${j}`] * value[`h${j}`];
  }
  if (hasProbability(network)) [value.p] = sigmoid(value.z);
  [value.L] = lossOf(network, value.z);
  return value;
}

/** The derivative of the loss in every input, parameter, sum and feature. */
export function backward(network) {
  const value = forward(network);
  const slope = { L: 1, x1: 0, x2: 0 };
  [, slope.z] = lossOf(network, value.z);
  slope.c = slope.z;
  for (const j of units(network)) {
    slope[`v${j}`] = slope.z * value[`h${j}`];
    slope[`h${j}`] = slope.z * value[`v${j}`];
    const delta = slope[`h${j}`] * activate(network, value[`z${j}`])[1];
    slope[`z${j}`] = delta;
    slope[`b${j}`] = delta;
    for (const i of [1, 2]) {
      slope[`w${i}${j}`] = delta * value[`x${i}`];
      slope[`x${i}`] += delta * value[`w${i}${j}`]; // each input is used by every unit: add
    }
  }
  return slope;
}

/** The slope of the loss in one number, from four nearby losses; the error is of fourth order. */
export function finiteDifference(network, name, width = 1e-3) {
  const at = read(network, name);
  const loss = (shift) => forward(replace(network, name, at + shift)).L;
  const near = loss(width) - loss(-width);
  const far = loss(2 * width) - loss(-2 * width);
  return (8 * near - far) / (12 * width);
}

/** The network after one step of gradient descent in all its parameters. */
export function descend(network, rate) {
  const slope = backward(network);
  const step = (moved, name) => replace(moved, name, read(network, name) - rate * slope[name]);
  return parameters(network).reduce(step, network);
}

// The walk, one node at a time: every formula, and the same with its numbers put in.

const BELOW = ["₀", "₁", "₂", "₃"];

/** How a node is written: w₁₂ for w12. */
export const symbol = (name) => name.replace(/\d/g, (digit) => BELOW[digit]);

/** How the derivative of the loss in a node is written: ∂L/∂w₁₂. */
export const derivativeSymbol = (name) => `∂L/∂${symbol(name)}`;

/** φ as text, of the symbol or the number z. */
function phi(network, z) {
  const texts = {
    tanh: `tanh(${z})`,
    sigmoid: `σ(${z})`,
    relu: `max(0, ${z})`,
    softplus: `log(1 + exp(${z}))`,
    linear: z,
  };
  return texts[network.activation];
}

/**
 * All steps of the walk, in order. A step has the `direction`, the node that it is `at`, one
 * sentence `why`, and `lines`, each {name, formula, numbers, result}: what is computed, by which
 * formula, the formula with its numbers put in, and the number that comes out. `show` formats one.
 */
export function walk(network, show = String) {
  const value = forward(network);
  const slope = backward(network);
  const put = (x) => (x < 0 || Object.is(x, -0) ? `(${show(x)})` : show(x));
  return [...wayThere(network, value, put), ...wayBack(network, value, slope, put)];
}

function wayThere(network, value, put) {
  const direction = "forward";
  const line = (name, formula, numbers) => ({ name, formula, numbers, result: value[name] });
  const steps = [];
  for (const j of units(network)) {
    const [w1, w2, b, z, h] = [`w1${j}`, `w2${j}`, `b${j}`, `z${j}`, `h${j}`];
    const sum = `${put(value[w1])} · ${put(value.x1)} + ${put(value[w2])} · ${put(value.x2)}`;
    const formula = `${symbol(w1)} x₁ + ${symbol(w2)} x₂ + ${symbol(b)}`;
    steps.push({
      direction,
      at: z,
      why: `Hidden unit ${j} adds up its inputs, each times its weight, and its bias.`,
      lines: [line(z, formula, `${sum} + ${put(value[b])}`)],
    });
    steps.push({
      direction,
      at: h,
      why: `The activation turns the sum of unit ${j} into its feature.`,
      lines: [line(h, phi(network, symbol(z)), phi(network, put(value[z])))],
    });
  }
  const formula = units(network).map((j) => `v${BELOW[j]} h${BELOW[j]}`);
  const sum = units(network).map((j) => `${put(value[`v${j}`])} · ${put(value[`h${j}`])}`);
  steps.push({
    direction,
    at: "z",
    why: "The output adds up the features, each times its weight, and its bias.",
    lines: [line("z", [...formula, "c"].join(" + "), [...sum, put(value.c)].join(" + "))],
  });
  return [...steps, ...lossThere(network, value, put, line)];
}

function lossThere(network, value, put, line) {
  const direction = "forward";
  const y = put(value.y);
  if (!hasProbability(network)) {
    const numbers = `½ (${put(value.z)} − ${y})²`;
    const why = "The loss is half the squared distance from the target.";
    return [{ direction, at: "L", why, lines: [line("L", "½ (z − y)²", numbers)] }];
  }
  const p = put(value.p);
  const loss = "−y log p − (1 − y) log(1 − p)";
  const numbers = `−${y} · log ${p} − (1 − ${y}) · log(1 − ${p})`;
  return [
    {
      direction,
      at: "p",
      why: "The sigmoid turns the output into a probability.",
      lines: [line("p", "σ(z)", `σ(${put(value.z)})`)],
    },
    {
      direction,
      at: "L",
      why: "The loss is the cross-entropy: how surprised p is by the target.",
      lines: [line("L", loss, numbers)],
    },
  ];
}

function wayBack(network, value, slope, put) {
  const direction = "backward";
  const d = derivativeSymbol;
  const line = (name, formula, numbers) => ({ name, formula, numbers, result: slope[name] });
  const times = (a, b) => `${put(a)} · ${put(b)}`;
  const steps = [startOfWayBack(network, value, put, line)];
  const ofOutput = units(network).map((j) =>
    line(`v${j}`, `${d("z")} · h${BELOW[j]}`, times(slope.z, value[`h${j}`])),
  );
  steps.push({
    direction,
    at: "v",
    why: "Each output weight was multiplied by its feature, so that is its local slope.",
    lines: [...ofOutput, line("c", d("z"), put(slope.z))],
  });
  for (const j of [...units(network)].reverse()) {
    const [z, h, b] = [`z${j}`, `h${j}`, `b${j}`];
    const [, local] = activate(network, value[z]);
    steps.push({
      direction,
      at: h,
      why: `Feature ${j} was multiplied by v${BELOW[j]}, so that is its local slope.`,
      lines: [line(h, `${d("z")} · v${BELOW[j]}`, times(slope.z, value[`v${j}`]))],
    });
    steps.push({
      direction,
      at: z,
      why: `Through the activation of unit ${j}: times its slope φ′ = ${localSlope(network, j)}.`,
      lines: [line(z, `${d(h)} · φ′(${symbol(z)})`, times(slope[h], local))],
    });
    const ofWeights = [1, 2].map((i) =>
      line(`w${i}${j}`, `${d(z)} · x${BELOW[i]}`, times(slope[z], value[`x${i}`])),
    );
    steps.push({
      direction,
      at: `w${j}`,
      why: `The weights of unit ${j}: the derivative in its sum, times the input.`,
      lines: [...ofWeights, line(b, d(z), put(slope[z]))],
    });
  }
  steps.push(endOfWayBack(network, value, slope, put, line));
  return steps;
}

function localSlope(network, j) {
  const [z, h] = [`z${BELOW[j]}`, `h${BELOW[j]}`];
  const texts = {
    tanh: `1 − ${h}²`,
    sigmoid: `${h} (1 − ${h})`,
    relu: `1 where ${z} > 0, else 0`,
    softplus: `σ(${z})`,
    linear: "1",
  };
  return texts[network.activation];
}

function startOfWayBack(network, value, put, line) {
  const direction = "backward";
  if (!hasProbability(network)) {
    const numbers = `${put(value.z)} − ${put(value.y)}`;
    const why = "The way back starts at the loss: the slope of ½ (z − y)² in z.";
    return { direction, at: "z", why, lines: [line("z", "z − y", numbers)] };
  }
  const numbers = `${put(value.p)} − ${put(value.y)}`;
  const why =
    "The way back starts at the loss. Its slope in p, times the sigmoid's, p (1 − p), " +
    "leaves the difference.";
  return { direction, at: "z", why, lines: [line("z", "p − y", numbers)] };
}

function endOfWayBack(network, value, slope, put, line) {
  const parts = (i) => {
    const formula = units(network).map(
      (j) => `${derivativeSymbol(`z${j}`)} · w${BELOW[i]}${BELOW[j]}`,
    );
    const numbers = units(network).map(
      (j) => `${put(slope[`z${j}`])} · ${put(value[`w${i}${j}`])}`,
    );
    return line(`x${i}`, formula.join(" + "), numbers.join(" + "));
  };
  return {
    direction: "backward",
    at: "x",
    why: "Each input is used by every unit, and what comes back along these edges is added.",
    lines: [parts(1), parts(2)],
  };
}
