/* The losses of companion.reference.losses for one sample, in float64: value and slope.
 *
 * `name(y_true, y_pred, …)` takes numbers and returns [loss, slope in y_pred]; what compares whole
 * rows takes arrays and returns [loss, [slope in each entry]]. tests/site holds them against the
 * companion, which the chapters derive; a reason given there is not repeated here.
 */

// Numbers

/** r², with r = y_pred − y_true. */
export function mean_squared_error(y_true, y_pred) {
  const residual = y_pred - y_true;
  return [residual * residual, 2 * residual];
}

/** |r|; the slope is 0 at the kink. */
export function mean_absolute_error(y_true, y_pred) {
  const residual = y_pred - y_true;
  return [Math.abs(residual), Math.sign(residual)];
}

/** 100 |r| / |y_true|, where a true value nearer to 0 than 1e-7 counts as 1e-7. */
export function mean_absolute_percentage_error(y_true, y_pred) {
  const residual = y_pred - y_true;
  const slope = (100 * Math.sign(residual)) / Math.max(Math.abs(y_true), 1e-7);
  return [slope * residual, slope];
}

/** d², with d = log(1 + y_pred) − log(1 + y_true) and negative numbers counted as 0. */
export function mean_squared_logarithmic_error(y_true, y_pred) {
  const truth = Math.max(y_true, 0);
  const guess = Math.max(y_pred, 0);
  const residual = guess - truth;
  // |d| from the difference of the numbers, as that of the logarithms loses digits.
  const ratio = Math.log1p(Math.abs(residual) / (1 + Math.min(truth, guess)));
  const slope = y_pred >= 0 ? (2 * Math.sign(residual) * ratio) / (1 + guess) : 0;
  return [ratio * ratio, slope];
}

/** r²/2 for |r| <= delta, and delta (|r| − delta/2) beyond. */
export function huber(y_true, y_pred, delta = 1) {
  const residual = y_pred - y_true;
  const size = Math.abs(residual);
  const loss = size <= delta ? (residual * residual) / 2 : delta * (size - delta / 2);
  return [loss, Math.min(Math.max(residual, -delta), delta)];
}

/** log(cosh(r)): near 0 without the cancellation, far out without the overflow. */
export function log_cosh(y_true, y_pred) {
  const residual = y_pred - y_true;
  const size = Math.abs(residual);
  const q = -Math.expm1(-Math.min(size, 1));
  const loss = size < 1
    ? Math.log1p((q * q) / (2 * (1 - q)))
    : size - Math.LN2 + Math.log1p(Math.exp(-2 * size));
  return [loss, Math.tanh(residual)];
}

/** under (−r) for r < 0, over r for r > 0; the slope is 0 at the kink. */
export function asymmetric_cost(y_true, y_pred, under = 1, over = 1) {
  const residual = y_pred - y_true;
  const slope = residual < 0 ? -under : residual > 0 ? over : residual;
  return [slope * residual, slope];
}

/** y_pred − y_true log(y_pred), for a rate y_pred > 0. */
export function poisson(y_true, y_pred) {
  return [y_pred - y_true * Math.log(y_pred), (y_pred - y_true) / y_pred];
}

// Labels

/** −y log p − (1 − y) log(1 − p), from a probability or a logit. */
export function binary_crossentropy(
  y_true, y_pred, from_logits = false, label_smoothing = 0,
) {
  const y = y_true * (1 - label_smoothing) + label_smoothing / 2;
  return from_logits ? binaryFromLogit(y, y_pred) : binaryFromProbability(y, y_pred);
}

/** −y log σ(z) − (1 − y) log(1 − σ(z)); the slope is σ(z) − y. */
export function sigmoid_cross_entropy_with_logits(label, logit) {
  return binaryFromLogit(label, logit);
}

/** −w y log σ(z) − (1 − y) log(1 − σ(z)). */
export function weighted_cross_entropy_with_logits(label, logit, pos_weight) {
  return binaryFromLogit(label, logit, pos_weight);
}

function binaryFromLogit(y, z, pos_weight = 1) {
  const ones = pos_weight * y;
  const zeros = 1 - y;
  const decay = Math.exp(-Math.abs(z));
  const [far, near] = z > 0 ? [zeros, ones] : [ones, zeros];
  const loss = far * Math.abs(z) + (far + near) * Math.log1p(decay);
  return [loss, ((z > 0 ? 1 : -1) * (far - near * decay)) / (1 + decay)];
}

function binaryFromProbability(y, p) {
  // A term without a label does not count, even at a probability of 0.
  const surpriseOfOne = -Math.log(y !== 0 ? p : 1);
  const surpriseOfZero = -Math.log1p(-(y !== 1 ? p : 0));
  const loss = y * surpriseOfOne + (1 - y) * surpriseOfZero;
  if (p > 0 && p < 1) return [loss, (p - y) / (p * (1 - p))];
  return [loss, p > 0 ? -y : 1 - y];
}

// Margins, for labels of −1 and 1, or 0 and 1

/** max(1 − y s, 0); the slope is −y where y s <= 1, the kink included. */
export function hinge(y_true, y_pred) {
  const y = sign(y_true);
  const shortfall = 1 - y * y_pred;
  return [Math.max(shortfall, 0), shortfall >= 0 ? -y : 0];
}

/** max(1 − y s, 0)². */
export function squared_hinge(y_true, y_pred) {
  const y = sign(y_true);
  const shortfall = Math.max(1 - y * y_pred, 0);
  return [shortfall ** 2, -2 * y * shortfall];
}

function sign(label) {
  return label === 0 || label === 1 ? 2 * label - 1 : label;
}

// Rows

const sum = (row) => row.reduce((total, x) => total + x, 0);
const indexOfMax = (row) => row.indexOf(Math.max(...row));

/** max(1 + n − p, 0), with p the score of the true class and n the best of the others. */
export function categorical_hinge(y_true, y_pred) {
  const others = y_pred.map((score, k) => (1 - y_true[k]) * score);
  const best = Math.max(...others);
  const isBest = others.map((score) => (score === best ? 1 : 0));
  const shortfall = best - sum(y_pred.map((score, k) => y_true[k] * score)) + 1;
  const share = isBest.map((is) => is / sum(isBest));
  const slope = y_true.map((y, k) => (shortfall >= 0 ? (1 - y) * share[k] - y : 0));
  return [Math.max(shortfall, 0), slope];
}

/** Σ p log(p / q), with p = y_true, q = y_pred and 0 log 0 = 0; the slope is −p / q. */
export function kl_divergence(y_true, y_pred) {
  const terms = y_true.map((p, k) => {
    const q = y_pred[k];
    if (!(p > 0)) return 0;
    return p * Math.sign(p - q) * Math.log1p(Math.abs(p - q) / Math.min(p, q));
  });
  return [sum(terms), y_true.map((p, k) => -p / y_pred[k])];
}

/** −⟨u, v⟩ of the unit vectors u = y_true / |y_true| and v = y_pred / |y_pred|. */
export function cosine_similarity(y_true, y_pred) {
  const { unit: u } = direction(y_true);
  const { unit: v, length } = direction(y_pred);
  const cosine = sum(u.map((x, k) => x * v[k]));
  const slope = v.map((x, k) => (length > 0 ? (cosine * x - u[k]) / length : 0));
  return [-cosine, slope];
}

/** A row over its length. Divided by its largest entry first, no square overflows. */
function direction(row) {
  const largest = Math.max(...row.map(Math.abs));
  if (largest === 0) return { unit: row.map(() => 0), length: 0 };
  // Beside an infinite entry the finite ones vanish.
  const scaled = row.map((x) => {
    if (largest < Infinity) return x / largest;
    return Math.abs(x) === Infinity ? Math.sign(x) : 0;
  });
  const length = Math.sqrt(Math.max(sum(scaled.map((x) => x * x)), 1));
  return { unit: scaled.map((x) => x / length), length: largest * length };
}

/** −Σ y log p, from probabilities (or scores, divided by their sum) or from logits. */
export function categorical_crossentropy(
  y_true, y_pred, from_logits = false, label_smoothing = 0,
) {
  const classes = y_true.length;
  const y = y_true.map((label) => label * (1 - label_smoothing) + label_smoothing / classes);
  return from_logits ? categoricalFromLogits(y, y_pred) : categoricalFromProbabilities(y, y_pred);
}

/** The same for the number of the true class in place of a row. */
export function sparse_categorical_crossentropy(y_true, y_pred, from_logits = false) {
  const one_hot = y_pred.map((_, k) => (k === y_true ? 1 : 0));
  return categorical_crossentropy(one_hot, y_pred, from_logits);
}

/** Categorical cross-entropy from logits, under TensorFlow's name. */
export function softmax_cross_entropy_with_logits(labels, logits) {
  return categoricalFromLogits(labels, logits);
}

/** The same for the number of the true class. */
export function sparse_softmax_cross_entropy_with_logits(label, logits) {
  return sparse_categorical_crossentropy(label, logits, true);
}

function categoricalFromLogits(y, z) {
  const top = indexOfMax(z);
  const below = z.map((logit) => logit - z[top]);
  const growth = below.map((x, k) => (k === top ? 0 : Math.exp(x)));
  const s = sum(growth);
  const loss = sum(y.map((label, k) => (label === 0 ? 0 : label * (Math.log1p(s) - below[k]))));
  const total = sum(y);
  const otherLabels = sum(y.map((label, k) => (k === top ? 0 : label)));
  const slope = y.map((label, k) => (k === top
    ? (otherLabels - label * s) / (1 + s) // the 1 of its p has cancelled against its label
    : (total * growth[k]) / (1 + s) - label));
  return [loss, slope];
}

function categoricalFromProbabilities(y, p) {
  const top = indexOfMax(p);
  const q = p[top];
  const s = sum(p.map((score, k) => (k === top ? 0 : score)));
  // A class without a label does not count, even at a probability of 0.
  const counted = p.map((score, k) => (y[k] !== 0 ? score : 1));
  const surprise = counted.map((score, k) => (k === top
    ? Math.log1p(s / q)
    : -Math.log(score / (q + s))));
  const total = sum(y);
  const otherLabels = sum(y.map((label, k) => (k === top ? 0 : label)));
  const slope = y.map((label, k) => (k === top
    ? (otherLabels - (label * s) / q) / (q + s)
    : total / (q + s) - label / counted[k]));
  return [sum(y.map((label, k) => label * surprise[k])), slope];
}
