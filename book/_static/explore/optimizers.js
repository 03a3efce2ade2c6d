// The optimizers and the losses that they descend, as in companion.reference.optimizers and in the
// chapters of the part. Formulas only: no page, no drawing.
//
// A rule takes one step: rule(parameter, gradient, state, settings) returns [parameter, state].
// Parameter and gradient are arrays of numbers; `state` is what the step before returned (null at
// the first). Nothing is changed in place. Names and defaults are those of the reference.

// Entry by entry over one to three arrays.
const map = (f, a, b = a, c = a) => a.map((x, i) => f(x, b[i], c[i]));
const zeros = (array) => array.map(() => 0);

/** One step of v ← μ v - η g, θ ← θ + v; with Nesterov θ ← θ + μ v - η g after that v. */
export function sgd(parameter, gradient, state = null, settings = {}) {
  const { learning_rate = 0.01, momentum = 0, nesterov = false } = settings;
  const push = (v, g) => momentum * v - learning_rate * g;
  const velocity = map(push, state?.velocity ?? zeros(parameter), gradient);
  const move = nesterov ? map(push, velocity, gradient) : velocity;
  return [map((x, u) => x + u, parameter, move), { velocity }];
}

/** One step of s ← s + g², θ ← θ - η g / √(s + ε). */
export function adagrad(parameter, gradient, state = null, settings = {}) {
  const { learning_rate = 0.001, initial_accumulator_value = 0.1, epsilon = 1e-7 } = settings;
  const before = state?.s ?? parameter.map(() => initial_accumulator_value);
  const s = map((sum, g) => sum + g * g, before, gradient);
  const step = (x, g, sum) => x - (learning_rate * g) / Math.sqrt(sum + epsilon);
  return [map(step, parameter, gradient, s), { s }];
}

/** One step of RMSprop. ε stands beside v, under the root. */
export function rmsprop(parameter, gradient, state = null, settings = {}) {
  const { learning_rate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7 } = settings;
  const { centered = false } = settings;
  const zero = zeros(parameter);
  const before = state ?? { mean: zero, v: zero, velocity: zero };
  const spread = centered
    ? map((g, m) => rho * (g - m) ** 2, gradient, before.mean)
    : gradient.map((g) => g * g);
  const v = map((old, now) => rho * old + (1 - rho) * now, before.v, spread);
  const mean = map((old, g) => rho * old + (1 - rho) * g, before.mean, gradient);
  const step = (old, g, size) =>
    momentum * old + (learning_rate * g) / Math.sqrt(size + epsilon);
  const velocity = map(step, before.velocity, gradient, v);
  return [map((x, u) => x - u, parameter, velocity), { mean, v, velocity }];
}

/** One step of Adam. ε stands beside √v, before the correction. */
export function adam(parameter, gradient, state = null, settings = {}) {
  const { learning_rate = 0.001, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7 } = settings;
  const { amsgrad = false } = settings;
  const zero = zeros(parameter);
  const before = state ?? { step: 0, m: zero, v: zero, v_max: zero };
  const t = before.step + 1;
  const m = map((old, g) => beta_1 * old + (1 - beta_1) * g, before.m, gradient);
  const v = map((old, g) => beta_2 * old + (1 - beta_2) * (g * g), before.v, gradient);
  const v_max = map((x, y) => Math.max(x, y), before.v_max, v);
  const rate = (learning_rate * Math.sqrt(1 - beta_2 ** t)) / (1 - beta_1 ** t);
  const step = (x, mean, size) => x - (rate * mean) / (Math.sqrt(size) + epsilon);
  return [map(step, parameter, m, amsgrad ? v_max : v), { step: t, m, v, v_max }];
}

/** One step of Adam after the parameter was shrunk by η λ. */
export function adamw(parameter, gradient, state = null, settings = {}) {
  const { learning_rate = 0.001, weight_decay = 0.004, ...options } = settings;
  const shrunk = parameter.map((x) => x * (1 - learning_rate * weight_decay));
  return adam(shrunk, gradient, state, { learning_rate, ...options });
}

// Losses of one number, those of optimizers/gradient_descent: x → [value, slope, curvature].

/** x² - x - 1, lowest at (0.5, -1.25). */
export function parabola(x) {
  return [x ** 2 - x - 1, 2 * x - 1, 2];
}

/** x⁴ - 0.2x³ - 5x² + 4: a local minimum at -1.51, a hump at 0, the global minimum at 1.66. */
export function valleys(x) {
  return [
    x ** 4 - 0.2 * x ** 3 - 5 * x ** 2 + 4,
    4 * x ** 3 - 0.6 * x ** 2 - 10 * x,
    12 * x ** 2 - 1.2 * x - 10,
  ];
}

/** The stationary points of `valleys`: 0, and the roots of 4x² - 0.6x - 10. */
export const VALLEYS_STATIONARY = [
  (0.6 - Math.sqrt(0.36 + 160)) / 8,
  0,
  (0.6 + Math.sqrt(0.36 + 160)) / 8,
];

// Losses of two numbers: (a, b) → [value, [slope in a, slope in b]].

/** The valley of optimizers/adam: 50 times as steep across as along, in line with the axes. */
export function valley(a, b) {
  return [0.5 * (a * a + 50 * b * b), [a, 50 * b]];
}

const [COSINE, SINE] = [Math.sqrt(0.75), 0.5];

/** The ravine of optimizers/race: the same valley, turned by 30 degrees. */
export function ravine(a, b) {
  const [u, w] = [a * COSINE + b * SINE, b * COSINE - a * SINE];
  const slope = [u * COSINE - 50 * w * SINE, u * SINE + 50 * w * COSINE];
  return [0.5 * (u * u + 50 * w * w), slope];
}

/** Rosenbrock's function: a valley that bends, lowest at (1, 1). */
export function rosenbrock(a, b) {
  const off = b - a * a;
  return [(1 - a) ** 2 + 100 * off ** 2, [-2 * (1 - a) - 400 * a * off, 200 * off]];
}

/** The saddle of optimizers/race: a saddle at (0, 0), minima at (0, 1) and (0, -1). */
export function saddle(a, b) {
  const value = (a * a) / 2 - (b * b) / 2 + (b * b * b * b) / 4 + 0.25;
  return [value, [a, b * b * b - b]];
}

/** `valleys` in a and a parabola in b: two basins, of which the right one is the deeper. */
export function basins(a, b) {
  const [value, slope] = valleys(a);
  return [value + 2 * b * b, [slope, 4 * b]];
}

// A race.

/** Where descent is given up: no rule comes back from a loss as high as this. */
const RAN_AWAY = 1e12;

/**
 * The path of a rule over `loss` from `start`, the start first: {points, losses, ranAway}.
 *
 * It ends after `steps` steps, or where the loss exceeds every bound.
 */
export function descend(rule, loss, start, steps, settings = {}) {
  const points = [start];
  const losses = [loss(...start)[0]];
  for (let t = 0, state = null, theta = start; t < steps; t += 1) {
    [theta, state] = rule(theta, loss(...theta)[1], state, settings);
    points.push(theta);
    losses.push(loss(...theta)[0]);
    if (!(losses.at(-1) < RAN_AWAY)) return { points, losses, ranAway: true };
  }
  return { points, losses, ranAway: false };
}

/** The step from which on all losses are below `line`; null if the last one is not. */
export function arrival(losses, line = 1e-3) {
  let step = losses.length;
  while (step > 0 && losses[step - 1] < line) step -= 1;
  return step < losses.length ? step : null;
}

/** The grid of optimizers/race: 16 rates from 0.0001 to 10, three to a factor of ten. */
export const RATES = [0.0001, 0.001, 0.01, 0.1, 1]
  .flatMap((rate) => [rate, 2 * rate, 5 * rate])
  .concat(10);

/** The rate of the grid that arrives first, or else ends lowest: the score of optimizers/race. */
export function bestRate(rule, loss, start, steps, settings = {}, lowest = 0) {
  const score = (learning_rate) => {
    const run = descend(rule, loss, start, steps, { ...settings, learning_rate });
    if (run.ranAway) return Infinity;
    const above = run.losses.map((value) => value - lowest);
    return Math.round(((arrival(above) ?? steps) + above.at(-1)) * 1e9); // the rest is rounding
  };
  const scores = RATES.map(score);
  return RATES[scores.indexOf(Math.min(...scores))];
}
