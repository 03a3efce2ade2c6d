/* The activations of companion.reference.activations that are functions of a number, in float64:
 * `name(x, …)` returns [value, derivative]. tests/site holds them against the companion.
 */

const SELU_ALPHA = 1.6732632423543772848170429916717;
const SELU_SCALE = 1.0507009873554804934193349852946;

// Sigmoids

/** 1 where x >= 0, else 0; the derivative is 0, undefined only at 0. */
export function step(x) {
  return [x >= 0 ? 1 : 0, 0];
}

/** The identity. */
export function linear(x) {
  return [x, 1];
}

export const identity = linear;

/** 1 / (1 + e^-x), with e^-|x| so that nothing overflows. */
export function sigmoid(x) {
  const decay = Math.exp(-Math.abs(x));
  return [(x >= 0 ? 1 : decay) / (1 + decay), decay / (1 + decay) ** 2];
}

/** The hyperbolic tangent; 1 − tanh² without the subtraction. */
export function tanh(x) {
  const decay = Math.exp(-2 * Math.abs(x));
  return [Math.tanh(x), (4 * decay) / (1 + decay) ** 2];
}

// Rectifiers

/** x above the threshold, a line of the given slope below it, flat from max_value on. */
export function relu(x, negative_slope = 0, max_value = null, threshold = 0) {
  if (x > threshold) return max_value !== null && x >= max_value ? [max_value, 0] : [x, 1];
  // A slope of 0 times an input of −∞ would be NaN.
  return [negative_slope ? negative_slope * (x - threshold) : 0, negative_slope];
}

/** x above 0, a line of the given slope below it. */
export function leaky_relu(x, negative_slope = 0.2) {
  return relu(x, negative_slope);
}

/** x between 0 and 6, flat on both sides. */
export function relu6(x) {
  return relu(x, 0, 6);
}

// Exponential units

/** x above 0, α (e^x − 1) below it. */
export function elu(x, alpha = 1) {
  return x > 0 ? [x, 1] : [alpha * Math.expm1(x), alpha * Math.exp(x)];
}

/** ELU, with α and a scale that keep mean 0 and variance 1. */
export function selu(x) {
  const [value, derivative] = elu(x, SELU_ALPHA);
  return [SELU_SCALE * value, SELU_SCALE * derivative];
}

/** log(1 + e^x), whose derivative is the sigmoid. */
export function softplus(x) {
  const decay = Math.exp(-Math.abs(x));
  return [Math.max(x, 0) + Math.log1p(decay), (x >= 0 ? 1 : decay) / (1 + decay)];
}

// Gated units

/** x σ(x), and by the product rule σ + x σ'. */
export function silu(x) {
  const [gate] = sigmoid(x);
  const [rest] = sigmoid(-x);
  return [times(x, gate), times(1 + times(x, rest), gate)];
}

export const swish = silu;

/** x Φ(x), or, approximated, x σ(2u) with 2u = √(8/π) (x + 0.044715 x³). */
export function gelu(x, approximate = false) {
  if (!approximate) {
    const gate = erfc(-x / Math.SQRT2) / 2;
    const density = Math.exp(-Math.min(x * x, 1e4) / 2) / Math.sqrt(2 * Math.PI);
    return [times(x, gate), gate + times(x, density)];
  }
  const near = Math.min(Math.max(x, -20), 20); // beyond, the gate is 0 or 1, and its slope 0
  const twice_u = Math.sqrt(8 / Math.PI) * (near + 0.044715 * near ** 3);
  const steepness = Math.sqrt(8 / Math.PI) * (1 + 3 * 0.044715 * near ** 2);
  const [gate] = sigmoid(twice_u);
  const [rest] = sigmoid(-twice_u);
  return [times(x, gate), gate * (1 + near * steepness * rest)];
}

/** x tanh(log(1 + e^x)): with e^x = p / q the gate is p (p + 2q) / ((p + q)² + q²). */
export function mish(x) {
  const decay = Math.exp(-Math.abs(x));
  const [p, q] = x >= 0 ? [1, decay] : [decay, 1];
  const denominator = (p + q) ** 2 + q ** 2;
  const gate = (p * (p + 2 * q)) / denominator;
  const steepness = 4 * p * (p + q) * (q / denominator) ** 2;
  return [times(x, gate), gate + times(x, steepness)];
}

/** x times the gate, 0 where the gate is shut, at −∞ too. */
function times(x, gate) {
  return (gate === 0 ? 0 : x) * gate;
}

/** 1 − erf(x), which JavaScript does not have: a series of positive terms where |x| < 2, and the
 * continued fraction e^-x² / √π · 1/(x + ½/(x + 1/(x + 3/2 /(x + …)))) beyond. */
function erfc(x) {
  const size = Math.abs(x);
  if (size > 30) return x > 0 ? 0 : 2;
  // x² with its rounding error given back, as e^-x² would magnify it.
  const rough = Math.fround(size);
  const bell = Math.exp(-rough * rough) * Math.exp((rough - size) * (rough + size));
  if (size < 2) {
    let series = 0;
    for (let n = 50; n > 0; n -= 1) series = ((series + 1) * 2 * size * size) / (2 * n + 1);
    return 1 - (2 / Math.sqrt(Math.PI)) * bell * x * (1 + series);
  }
  let fraction = size;
  for (let n = 60; n > 0; n -= 1) fraction = size + n / 2 / fraction;
  const tail = bell / Math.sqrt(Math.PI) / fraction;
  return x > 0 ? tail : 2 - tail;
}
