// What the explorables draw beside what JSXGraph offers.

const FAR = 5; // in widths and heights of the picture

/** An SVG element. */
export function svg(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** A dot for the vertices of a curve, as a value for its attribute `marker-mid`. */
export function dot(board, color, radius, { uniqueId }) {
  const size = 2 * radius;
  const marker = svg("marker", {
    ...{ id: uniqueId("dot"), viewBox: `${-radius} ${-radius} ${size} ${size}` },
    ...{ markerWidth: size, markerHeight: size, markerUnits: "userSpaceOnUse" },
  });
  marker.append(svg("circle", { r: radius, fill: color }));
  board.renderer.defs.append(marker);
  return `url(#${marker.id})`;
}

/** A path as far as it can be drawn: it ends where it is far outside of the picture. */
export function reachable(points, { x, y }) {
  const size = [x[1] - x[0], y[1] - y[0]];
  const far = (a, b) => Math.max(Math.abs(a) / size[0], Math.abs(b) / size[1]);
  const end = points.findIndex(([a, b]) => !(far(a - x[0], b - y[0]) < FAR));
  if (end < 1) return points;
  const [a, b] = points[end - 1];
  const step = [points[end][0] - a, points[end][1] - b];
  if (!step.every(Number.isFinite)) return points.slice(0, end);
  const share = Math.min(1, FAR / far(...step));
  return [...points.slice(0, end), [a + share * step[0], b + share * step[1]]];
}
