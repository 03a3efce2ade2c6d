/* What the explorables share: controls with a visible label, boards in the colours of the theme,
 * numbers as text, and animations that stand still for readers who ask for less motion. */

import JXG from "./jsxgraph/jsxgraphcore.mjs";

const SIGNIFICANT_DIGITS = 4;
const REST_BEFORE_ANNOUNCING = 500; // milliseconds without a change, then a readout is read aloud
const MARGIN = { left: 52, right: 14, top: 10, bottom: 28 }; // pixels around a board's drawing
const CLIPPED_LAYERS = [0, 1, 3, 4, 5, 6, 7, 8]; // all but axes, their labels, points and texts

// Elements and text

let count = 0;

/** An id that no other element of the page has. */
export function uniqueId(name = "explore") {
  count += 1;
  return `${name}-${count}`;
}

/** An element: `el("button", {class: "big", onclick: f, "aria-label": "Go"}, "text", child)`. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

/** A number as a reader sees it: four significant digits, a true minus, e for powers of ten. */
export function number(x) {
  if (Number.isNaN(x)) return "undefined";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const plain = size >= 1e-3 && size < 1e6;
  const text = plain
    ? String(Number(size.toPrecision(SIGNIFICANT_DIGITS)))
    : String(size.toExponential(SIGNIFICANT_DIGITS - 1)).replace(/\.?0+e/, "e");
  return (x < 0 ? "−" : "") + text.replace("e+", "e").replace("e-", "e−");
}

/** A paragraph that says in words what the picture shows. It is read aloud once it has come to
 * rest, so that a drag is not a stream of numbers. */
export function readout(parent) {
  const element = el("p", { class: "explore-readout", "aria-live": "polite" });
  let rest;
  new MutationObserver(() => {
    element.setAttribute("aria-busy", "true");
    clearTimeout(rest);
    rest = setTimeout(() => element.setAttribute("aria-busy", "false"), REST_BEFORE_ANNOUNCING);
  }).observe(element, { childList: true, characterData: true, subtree: true });
  parent.append(element);
  return element;
}

/** A table: `columns` are its headings; `update(rows)` writes cells, the first of a row a heading.
 * Cells that stay the same are not touched. */
export function table(parent, { caption, columns }) {
  const body = el("tbody");
  const head = el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)));
  const element = el("table", { class: "explore-table" },
    el("caption", {}, caption), el("thead", {}, head), body);
  parent.append(el("div", { class: "explore-scroll" }, element));
  const update = (rows) => {
    while (body.rows.length > rows.length) body.lastChild.remove();
    rows.forEach((cells, i) => {
      const row = body.rows[i] ?? body.appendChild(el("tr", {}, cells.map((_, j) =>
        j === 0 ? el("th", { scope: "row" }) : el("td"))));
      cells.forEach((text, j) => {
        if (row.cells[j].textContent !== text) row.cells[j].textContent = text;
      });
    });
  };
  return { element, update };
}

// Controls

function control(parent, label, input, output = null) {
  input.id = uniqueId();
  const element = el("div", { class: "explore-control" },
    el("label", { for: input.id }, label), output, input);
  parent.append(element);
  return element;
}

/** A slider with its number beside it. With `log` the handle moves in powers of ten, and `step`
 * is one of its steps in decades (0.05 unless told). */
export function slider(parent, options) {
  const { label, min, max, step, log = false, format = number, onInput = () => {} } = options;
  const toHandle = log ? Math.log10 : (x) => x;
  const fromHandle = log ? (x) => 10 ** x : (x) => x;
  const stride = step ?? (log ? 0.05 : (max - min) / 100);
  const input = el("input", {
    type: "range", min: toHandle(min), max: toHandle(max), step: stride,
  });
  const output = el("output", { class: "explore-value" });
  let value;
  const show = (x) => {
    value = Math.min(Math.max(x, min), max);
    const text = format(value);
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", () => {
    // Rounded, as 10 ** -0.5 has digits that no reader chose.
    show(log ? Number(fromHandle(input.valueAsNumber).toPrecision(3)) : input.valueAsNumber);
    onInput(value);
  });
  const element = control(parent, label, input, output);
  output.setAttribute("for", input.id);
  const set = (x) => {
    input.value = toHandle(x);
    show(x);
  };
  set(options.value ?? min);
  return { element, input, get value() { return value; }, set value(x) { set(x); } };
}

/** A choice of one: `options` are pairs of value and text. */
export function select(parent, { label, options, value, onInput = () => {} }) {
  const input = el("select", {}, options.map(([key, text]) => el("option", { value: key }, text)));
  if (value !== undefined) input.value = value;
  input.addEventListener("input", () => onInput(input.value));
  const element = control(parent, label, input);
  return {
    element, input, get value() { return input.value; }, set value(key) { input.value = key; },
  };
}

/** A button; with `pressed` given, one that stays down (`aria-pressed`, for the caller to turn). */
export function button(parent, { label, onClick, pressed }) {
  const element = el("button", {
    type: "button", class: "explore-button", onclick: onClick,
    "aria-pressed": pressed === undefined ? null : String(pressed),
  }, label);
  parent.append(element);
  return element;
}

/** A box to tick. */
export function checkbox(parent, { label, value = false, onInput = () => {} }) {
  const input = el("input", { type: "checkbox" });
  input.checked = value;
  input.addEventListener("input", () => onInput(input.checked));
  const element = el("label", { class: "explore-check" }, input, el("span", {}, label));
  parent.append(element);
  return {
    element, input, get value() { return input.checked; }, set value(on) { input.checked = on; },
  };
}

// Theme and motion

/** The colours of this theme, from explore.css. */
export function colors() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--explore-${name}`).trim();
  return {
    text: read("text"), grid: read("grid"), background: read("background"),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map(read),
  };
}

/** The dashes that go with the eight colours, as a colour alone tells some readers nothing. */
export const dashes = [0, 2, 3, 5, 4, 6, 1, 2];
// JSXGraph's, in pixels.
const DASH_PATTERNS = ["", "2 2", "5 5", "10 10", "20 20", "20 10 10 10", "20 5 10 5"];

/** A piece of line `i`, in its colour and dashes, to stand beside its name. */
export function lineSample(i) {
  const svg = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    return element;
  };
  const picture = svg("svg", { width: 50, height: 12, "aria-hidden": "true" });
  const stroke = `var(--explore-${i + 1})`;
  const dash = DASH_PATTERNS[dashes[i]];
  picture.append(svg("line", {
    x1: 0, y1: 6, x2: 50, y2: 6, stroke, "stroke-width": 3, "stroke-dasharray": dash,
  }));
  return picture;
}

/** Call back whenever the reader turns the light on or off. */
export function onTheme(callback) {
  new MutationObserver(callback).observe(document.documentElement, {
    attributes: true, attributeFilter: ["data-theme"],
  });
}

/** Whether the reader's system asks for less motion. */
export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Runs `step` again and again, until it returns false. Under reduced motion `play` goes straight
 * to the end, with no picture between. `limit` bounds that. */
export function animate(step, { fps = 30, limit = 100_000, onChange = () => {} } = {}) {
  let frame = null;
  let before = 0;
  const stop = () => {
    if (frame !== null) cancelAnimationFrame(frame);
    frame = null;
    onChange(false);
  };
  const tick = (now) => {
    frame = requestAnimationFrame(tick);
    if (now - before < 1000 / fps - 1) return;
    before = now;
    if (step() === false) stop();
  };
  return {
    get playing() { return frame !== null; },
    step: () => step(),
    pause: () => { if (frame !== null) stop(); },
    play: () => {
      if (frame !== null) return;
      if (reducedMotion()) {
        for (let i = 0; i < limit && step() !== false; i += 1);
        onChange(false);
        return;
      }
      frame = requestAnimationFrame(tick);
      onChange(true);
    },
  };
}

// Boards

JXG.Options.text.display = "internal"; // SVG, so that it takes its colour from explore.css
JXG.Options.text.highlight = false;

/** A drawing with axes: JSXGraph's board, with nothing on it but what its explorable draws.
 *
 * It has `setRange({x: [min, max], y: [min, max]})` besides JSXGraph's own methods. What is drawn
 * is cut off at the axes; points and texts are not. */
export function board(parent, options) {
  const { label, xlabel = "", ylabel = "", aspect = 1.6, keepaspectratio = false } = options;
  const range = { x: options.x, y: options.y };
  const box = el("div", { class: "jxgbox", id: uniqueId("board") });
  box.style.aspectRatio = aspect;
  parent.append(el("div", { class: "explore-board" },
    el("div", { class: "explore-ylabel", "aria-hidden": "true" }, ylabel), box,
    el("div", { class: "explore-xlabel", "aria-hidden": "true" }, xlabel)));
  const made = JXG.JSXGraph.initBoard(box, {
    boundingbox: withMargins(range, box), keepaspectratio, axis: false, grid: false, title: label,
    showCopyright: false, showNavigation: false, showInfobox: false, showLogo: false,
    pan: { enabled: false }, zoom: { enabled: false, wheel: false, pinch: false },
    keyboard: { enabled: true, dx: 5, dy: 5, panShift: false, panCtrl: false },
    resize: { enabled: false },
  });
  box.setAttribute("role", "group"); // a region for each board would crowd the list of landmarks
  const scale = drawAxes(made, range);
  const clip = clipped(made);
  const fit = () => {
    scale();
    made.resizeContainer(box.clientWidth, box.clientHeight, true, true);
    made.setBoundingBox(withMargins(range, box), keepaspectratio);
    clip(range);
    made.fullUpdate();
  };
  made.setRange = (change) => {
    Object.assign(range, change);
    fit();
  };
  made.range = range;
  fit();
  new ResizeObserver(() => { if (box.clientWidth) fit(); }).observe(box);
  return made;
}

function withMargins({ x, y }, box) {
  const unitX = (x[1] - x[0]) / Math.max(box.clientWidth - MARGIN.left - MARGIN.right, 50);
  const unitY = (y[1] - y[0]) / Math.max(box.clientHeight - MARGIN.top - MARGIN.bottom, 50);
  return [
    x[0] - MARGIN.left * unitX, y[1] + MARGIN.top * unitY,
    x[1] + MARGIN.right * unitX, y[0] - MARGIN.bottom * unitY,
  ];
}

const LABEL_SPACING = { x: 48, y: 30 }; // pixels that a number on an axis needs

/** The smallest of 1, 2, 5, 10, … (times a power of ten) that leaves room for every label. */
function tickDistance(made, range, name) {
  const [box, { left, right, top, bottom }] = [made.containerObj, MARGIN];
  const pixels = name === "x" ? box.clientWidth - left - right : box.clientHeight - top - bottom;
  const span = range[name][1] - range[name][0];
  const least = (span * LABEL_SPACING[name]) / Math.max(pixels, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}

/** Draw axes and grid; returns how to number them anew when the range or the size has changed. */
function drawAxes(made, range) {
  const scales = [];
  // Longer by a hair than what is shown: JSXGraph numbers nothing within 1e-5 of a line's end.
  const low = (name) => range[name][0] - 2e-5;
  const high = (name) => range[name][1] + 2e-5;
  const corner = [() => low("x"), () => low("y")];
  const ends = { x: [() => high("x"), () => low("y")], y: [() => low("x"), () => high("y")] };
  const labels = {
    x: { anchorX: "middle", anchorY: "top", offset: [0, -8] },
    y: { anchorX: "right", anchorY: "middle", offset: [-8, 0] },
  };
  for (const name of ["x", "y"]) {
    const ticks = { minorTicks: 0, drawZero: true, insertTicks: false, ticksDistance: 1 };
    const axis = made.create("axis", [corner, ends[name]], {
      straightFirst: false, straightLast: false, firstArrow: false, lastArrow: false,
      fixed: true, highlight: false, strokeWidth: 1, strokeColor: "var(--explore-text)",
      tabindex: null,
      ticks: {
        ...ticks, strokeColor: "var(--explore-text)", majorHeight: 8, tickEndings: [1, 0],
        drawLabels: true, label: { fontSize: 13, ...labels[name] },
      },
    });
    const grid = made.create("ticks", [axis], {
      ...ticks, layer: 1, majorHeight: -1, drawLabels: false, strokeWidth: 1,
      strokeColor: "var(--explore-grid)", strokeOpacity: 1,
    });
    scales.push([name, axis.defaultTicks], [name, grid]);
  }
  return () => scales.forEach(([name, ticks]) => {
    ticks.setAttribute({ ticksDistance: tickDistance(made, range, name) });
  });
}

/** Cut the layers of the drawing off at the axes; returns how to move the edge with the range. */
function clipped(made) {
  const svg = "http://www.w3.org/2000/svg";
  const id = uniqueId("clip");
  const edge = document.createElementNS(svg, "rect");
  const path = document.createElementNS(svg, "clipPath");
  path.id = id;
  path.append(edge);
  made.renderer.svgRoot.append(path);
  for (const layer of CLIPPED_LAYERS) {
    made.renderer.layer[layer].setAttribute("clip-path", `url(#${id})`);
  }
  return ({ x, y }) => {
    const [left, top] = toPixels(made, x[0], y[1]);
    const [right, bottom] = toPixels(made, x[1], y[0]);
    edge.setAttribute("x", left);
    edge.setAttribute("y", top);
    edge.setAttribute("width", Math.max(right - left, 0));
    edge.setAttribute("height", Math.max(bottom - top, 0));
  };
}

function toPixels(made, x, y) {
  return new JXG.Coords(JXG.COORDS_BY_USER, [x, y], made).scrCoords.slice(1);
}

/** A point to drag, with the mouse, a finger, or the arrow keys once it has the focus. `move` gets
 * where the reader wants it, [x, y], and returns where it may be. The result has `place([x, y])`,
 * which moves it without calling `move`, and `point`, JSXGraph's own. */
export function handle(made, at, { label, color = "var(--explore-1)", move, text = null }) {
  const point = made.create("point", at, {
    name: "", withLabel: false, size: 9, strokeWidth: 3, fillColor: "var(--explore-background)",
    strokeColor: color, highlight: false, tabindex: 0, showInfobox: false,
  });
  const node = point.rendNode;
  node.classList.add("explore-handle");
  node.setAttribute("role", "slider");
  node.setAttribute("aria-label", label);
  const place = ([x, y]) => {
    point.setPositionDirectly(JXG.COORDS_BY_USER, [x, y]);
    node.setAttribute("aria-valuenow", x);
    node.setAttribute("aria-valuetext", text ? text(x, y) : `${number(x)}, ${number(y)}`);
  };
  point.on("drag", () => place(move([point.X(), point.Y()])));
  place(at);
  return { point, place };
}
