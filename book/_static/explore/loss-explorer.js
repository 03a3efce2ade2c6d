/* One sample: drag the prediction, and see value and slope of every loss that fits the sample. */

import * as losses from "./losses.js";

const [SHOWN, HIDDEN] = [true, false];

/** The kinds of samples. `curve(x, s)` is the loss and its slope when the prediction is x, with the
 * settings s: target, delta, under, over, pos_weight. A loss that needs a row of two entries moves
 * along one line, and its slope is the derivative along that line. */
const KINDS = {
  number: {
    title: "A number",
    prediction: { label: "Prediction", min: -4, max: 4, step: 0.05, value: 2.5 },
    target: { label: "Target", min: -3, max: 3, step: 0.1, value: 1 },
    y: [-0.5, 6],
    curves: {
      mean_squared_error: ["squared error", SHOWN],
      mean_absolute_error: ["absolute error", SHOWN],
      huber: ["Huber", SHOWN, ["delta"]],
      log_cosh: ["log-cosh", HIDDEN],
      asymmetric_cost: ["asymmetric cost", HIDDEN, ["under", "over"]],
    },
  },
  positive: {
    title: "A positive number or a count",
    prediction: { label: "Prediction", min: 0.05, max: 8, step: 0.05, value: 5 },
    target: { label: "Target", min: 0, max: 6, step: 0.5, value: 3 },
    x: [0, 8],
    y: [-5, 8],
    curves: {
      mean_squared_error: ["squared error", SHOWN],
      mean_absolute_percentage_error: ["percentage error", HIDDEN],
      mean_squared_logarithmic_error: ["squared logarithmic error", SHOWN],
      poisson: ["Poisson", SHOWN],
    },
    // A percentage is a hundred times as large as anything else here.
    shrink: { mean_absolute_percentage_error: 100 },
  },
  probability: {
    title: "A label, from a probability",
    prediction: { label: "Predicted probability of 1", min: 0.002, max: 0.998, step: 0.002,
      value: 0.8 },
    label: 0,
    x: [0, 1],
    y: [-0.5, 5],
    curves: {
      binary_crossentropy: ["binary cross-entropy", SHOWN],
      mean_squared_error: ["squared error", SHOWN],
    },
  },
  score: {
    title: "A label, from a score (a logit)",
    prediction: { label: "Score", min: -4, max: 4, step: 0.05, value: -1.5 },
    label: 1,
    y: [-0.5, 6],
    curves: {
      sigmoid_cross_entropy_with_logits: ["cross-entropy from the logit", SHOWN],
      weighted_cross_entropy_with_logits: ["weighted cross-entropy", HIDDEN, ["pos_weight"]],
      hinge: ["hinge", SHOWN],
      squared_hinge: ["squared hinge", SHOWN],
      categorical_hinge: ["categorical hinge, against a score of 0", HIDDEN, [], rivalOfZero],
    },
  },
  distribution: {
    title: "A distribution over two classes",
    prediction: { label: "Predicted share of the first class", min: 0.002, max: 0.998, step: 0.002,
      value: 0.3 },
    target: { label: "True share of the first class", min: 0, max: 1, step: 0.05, value: 0.7 },
    x: [0, 1],
    y: [-0.5, 4],
    curves: {
      categorical_crossentropy: ["categorical cross-entropy", SHOWN, [], twoClasses],
      kl_divergence: ["KL divergence", SHOWN, [], twoClasses],
    },
  },
  direction: {
    title: "A direction in the plane",
    prediction: { label: "Angle of the prediction, in radians", min: -3.15, max: 3.15, step: 0.05,
      value: 1.5 },
    target: { label: "Angle of the target, in radians", min: -3, max: 3, step: 0.1, value: 0.5 },
    x: [-3.5, 3.5],
    y: [-1.5, 1.5],
    curves: { cosine_similarity: ["cosine similarity, as a loss", SHOWN, [], unitVectors] },
  },
};

/** Settings that some losses have besides the target: how the slider looks, and its start. */
const SETTINGS = {
  delta: { label: "Huber's delta", min: 0.1, max: 4, step: 0.05, value: 1 },
  under: { label: "Cost per unit too few (under)", min: 0, max: 5, step: 0.1, value: 3 },
  over: { label: "Cost per unit too many (over)", min: 0, max: 5, step: 0.1, value: 1 },
  pos_weight: { label: "Weight of label 1 (pos_weight)", min: 0.1, max: 5, step: 0.1, value: 2 },
};

function twoClasses(loss, target, share) {
  const [value, [first, second]] = loss([target, 1 - target], [share, 1 - share]);
  return [value, first - second];
}

function unitVectors(loss, target, angle) {
  const point = (a) => [Math.cos(a), Math.sin(a)];
  const [value, [along, up]] = loss(point(target), point(angle));
  return [value, up * Math.cos(angle) - along * Math.sin(angle)];
}

function rivalOfZero(loss, label, score) {
  const [value, slopes] = loss(label ? [0, 1] : [1, 0], [0, score]);
  return [value, slopes[1]];
}

/** Value and slope of a kind's loss at a prediction. */
function evaluate(kind, name, prediction, settings) {
  const [, , names = [], along] = KINDS[kind].curves[name];
  const target = settings.target;
  if (along) return along(losses[name], target, prediction);
  return losses[name](target, prediction, ...names.map((setting) => settings[setting]));
}

const POINTS = 400; // of a curve
const TANGENT = 0.12; // half its length, as a share of the axis

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
    this.settings = {};
    for (const name of Object.keys(SETTINGS)) this.settings[name] = SETTINGS[name].value;
    const choice = tools.el("div", { class: "explore-controls" });
    root.append(choice);
    this.kinds = tools.select(choice, {
      label: "What is predicted",
      options: Object.entries(KINDS).map(([name, { title }]) => [name, title]),
      onInput: (kind) => this.open(kind),
    });
    this.board = tools.board(root, {
      label: "The losses over the prediction", x: [-4, 4], y: [-0.5, 6], ylabel: "loss",
      xlabel: "prediction",
    });
    this.controls = tools.el("div", { class: "explore-controls" });
    root.append(this.controls);
    this.words = tools.readout(root);
    this.tableAt = tools.el("div");
    root.append(this.tableAt);
    this.open("number");
  }

  get kind() { return KINDS[this.kinds.value]; }

  get shown() { return this.rows.filter((row) => row.box.value).map((row) => row.name); }

  /** Start anew with another kind of sample. */
  open(kind) {
    this.kinds.value = kind;
    const { prediction, target, label, y, x = [prediction.min, prediction.max] } = this.kind;
    this.settings.target = target ? target.value : label;
    this.prediction = prediction.value;
    this.controls.replaceChildren();
    this.addControls();
    this.addTable();
    this.draw();
    this.board.setRange({ x, y });
    this.update();
  }

  addControls() {
    const { tools, controls, kind } = this;
    this.sliders = {};
    const slide = (name, options, take) => {
      const onInput = (value) => { take(value); this.update(); };
      this.sliders[name] = tools.slider(controls, { ...options, onInput });
    };
    slide("prediction", kind.prediction, (value) => { this.prediction = value; });
    if (kind.target) {
      slide("target", kind.target, (value) => { this.settings.target = value; });
    } else {
      this.sliders.target = tools.select(controls, {
        label: "Target", options: [["0", "0"], ["1", "1"]], value: String(this.settings.target),
        onInput: (value) => { this.settings.target = Number(value); this.update(); },
      });
    }
    for (const name of Object.values(kind.curves).flatMap(([, , names = []]) => names)) {
      const options = { ...SETTINGS[name], value: this.settings[name] };
      slide(name, options, (value) => { this.settings[name] = value; });
    }
  }

  addTable() {
    const { tools } = this;
    const body = tools.el("tbody");
    const head = ["Loss", "Value", "Slope"].map((text) => tools.el("th", { scope: "col" }, text));
    this.tableAt.replaceChildren(tools.el("table", { class: "explore-table" },
      tools.el("caption", {}, "Tick a loss to draw it. Slope: the derivative in the prediction."),
      tools.el("thead", {}, tools.el("tr", {}, head)), body));
    this.rows = Object.entries(this.kind.curves).map(([name, [title, shown]], i) => {
      const first = tools.el("th", { scope: "row" });
      const shrink = this.kind.shrink?.[name];
      const box = tools.checkbox(first, {
        label: title + (shrink ? ` (drawn ÷ ${shrink})` : ""), value: shown,
        onInput: () => this.update(),
      });
      box.element.insertBefore(tools.lineSample(i), box.element.lastChild);
      const [value, slope] = [tools.el("td"), tools.el("td")];
      body.append(tools.el("tr", { "data-loss": name }, first, value, slope));
      return { name, title, box, value, slope, shrink: shrink ?? 1 };
    });
  }

  /** The curves, tangents and points, once; `update` moves them. */
  draw() {
    const { board, tools } = this;
    board.suspendUpdate();
    for (const element of this.drawn ?? []) board.removeObject(element);
    this.drawn = [];
    const create = (...what) => {
      this.drawn.push(board.create(...what));
      return this.drawn.at(-1);
    };
    const still = { highlight: false, fixed: true, tabindex: null };
    const upright = (at, dash, strokeColor) => create("segment", [
      [at, () => board.range.y[0]], [at, () => board.range.y[1]],
    ], { ...still, strokeColor, strokeWidth: 1, dash, point1: { visible: false },
      point2: { visible: false } });
    if (this.kind.target) {
      upright(() => this.settings.target, 2, "var(--explore-muted)");
      create("text", [() => this.settings.target, () => board.range.y[1], "\u2009target"], {
        ...still, fontSize: 13, anchorX: "left", anchorY: "top",
      });
    }
    upright(() => this.prediction, 0, "var(--explore-grid)");
    this.rows.forEach((row, i) => {
      const color = `var(--explore-${i + 1})`;
      row.curve = create("curve", [[], []], {
        ...still, strokeColor: color, strokeWidth: 2.5, dash: tools.dashes[i],
      });
      row.tangent = create("curve", [[], []], { ...still, strokeColor: color, strokeWidth: 1.5 });
      row.point = create("point", [0, 0], {
        ...still, withLabel: false, size: 4, strokeColor: color, fillColor: color, layer: 8,
      });
    });
    this.handle = tools.handle(board, [0, 0], {
      label: this.kind.prediction.label, color: "var(--explore-text)",
      text: (x) => tools.number(x),
      move: ([x]) => {
        this.sliders.prediction.value = snapped(x, this.kind.prediction);
        this.prediction = this.sliders.prediction.value;
        this.update();
        return this.onCurve();
      },
    });
    this.drawn.push(this.handle.point);
    board.unsuspendUpdate();
  }

  /** Where the handle stands: on the first of the losses shown, or at the edge where that is. */
  onCurve() {
    const row = this.rows.find(({ box }) => box.value) ?? this.rows[0];
    const [value] = evaluate(this.kinds.value, row.name, this.prediction, this.settings);
    const [low, high] = this.kind.y;
    return [this.prediction, Math.min(Math.max(value / row.shrink, low), high)];
  }

  /** Bring numbers, words and drawing to the settings. */
  update() {
    const { board, prediction, settings, kind } = this;
    const at = (name, x) => evaluate(this.kinds.value, name, x, settings);
    const [left, right] = board.range.x;
    const reach = TANGENT * (right - left);
    for (const row of this.rows) {
      const [value, slope] = at(row.name, prediction);
      row.now = [value, slope];
      row.value.textContent = this.tools.number(value);
      row.slope.textContent = this.tools.number(slope);
      const visible = row.box.value;
      for (const element of [row.curve, row.tangent, row.point]) element.setAttribute({ visible });
      if (!visible) continue;
      const xs = along(kind.prediction, settings.target);
      row.curve.dataX = xs;
      row.curve.dataY = xs.map((x) => at(row.name, x)[0] / row.shrink);
      row.tangent.dataX = [prediction - reach, prediction + reach];
      row.tangent.dataY = [-reach, reach].map((dx) => (value + slope * dx) / row.shrink);
      row.point.setPositionDirectly(1, [prediction, value / row.shrink]);
    }
    this.handle.place(this.onCurve());
    board.update();
    this.words.textContent = this.sentence();
  }

  sentence() {
    const { number } = this.tools;
    const { prediction, settings: { target } } = this;
    const shown = this.rows.filter(({ box }) => box.value);
    const parts = shown.map(({ title, now: [value, slope] }) =>
      `${title} ${number(value)} with slope ${number(slope)}`);
    const where = `Prediction ${number(prediction)}, target ${number(target)}`;
    if (!parts.length) return `${where}. No loss is drawn.`;
    const steepest = shown.reduce((a, b) => (Math.abs(b.now[1]) > Math.abs(a.now[1]) ? b : a));
    const pull = steepest.now[1] === 0
      ? "None of them would move the prediction."
      : `Descent would ${steepest.now[1] > 0 ? "lower" : "raise"} the prediction`
        + (shown.length > 1 ? `, most of all for ${steepest.title}.` : ".");
    return `${where}: ${parts.join("; ")}. ${pull}`;
  }

  state() {
    const values = Object.fromEntries(this.rows.map(({ name, now }) => [name, now]));
    const { kinds, prediction, settings, shown } = this;
    return { kind: kinds.value, prediction, ...settings, shown, values };
  }

  set({ kind, prediction, shown, ...settings }) {
    if (kind !== undefined) this.open(kind);
    if (prediction !== undefined) this.sliders.prediction.value = prediction;
    this.prediction = this.sliders.prediction.value;
    for (const [name, value] of Object.entries(settings)) {
      if (this.sliders[name]) this.sliders[name].value = value;
      this.settings[name] = this.sliders[name] ? Number(this.sliders[name].value) : value;
    }
    if (shown) this.rows.forEach((row) => { row.box.value = shown.includes(row.name); });
    this.update();
  }
}

/** A number on a slider's grid. */
function snapped(x, { min, step }) {
  return Number((min + Math.round((x - min) / step) * step).toFixed(6));
}

/** The predictions at which a curve is computed: evenly, and at the target, where kinks are. */
function along({ min, max }, target) {
  const even = Array.from({ length: POINTS + 1 }, (_, i) => min + ((max - min) * i) / POINTS);
  return target > min && target < max ? [...even, target].sort((a, b) => a - b) : even;
}
