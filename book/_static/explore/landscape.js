// A loss of two numbers as a picture: shaded bands between contours, drawn once on a canvas.

const WIDTH = 720; // pixels of the picture, twice those of a phone
const BANDS = 10;
const DARKEST = 0.22; // opacity of the lowest band, and of the lines
const LINE = 0.4;

/**
 * The address of a picture of `loss` over [x0, x1] × [y0, y1], in shades of `ink` (any CSS colour).
 *
 * The contours are at equal shares of the area, so that a narrow valley shows as well as a wide
 * bowl. The lowest band is the darkest.
 */
export function landscape(loss, [x0, x1], [y0, y1], aspect, ink) {
  const height = Math.round(WIDTH / aspect);
  const [unitX, unitY] = [(x1 - x0) / WIDTH, (y1 - y0) / height];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, height];
  const context = canvas.getContext("2d");
  context.fillStyle = ink;
  context.fillRect(0, 0, WIDTH, height);
  const picture = context.getImageData(0, 0, WIDTH, height);
  const levels = contours(loss, [x0, x1], [y0, y1]);
  for (let row = 0, at = 3; row < height; row += 1) {
    const y = y1 - (row + 0.5) * unitY;
    for (let column = 0; column < WIDTH; column += 1, at += 4) {
      const [value, [slopeX, slopeY]] = loss(x0 + (column + 0.5) * unitX, y);
      const perPixel = Math.hypot(slopeX * unitX, slopeY * unitY);
      picture.data[at] = 255 * opacity(value, perPixel, levels);
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}

/** The losses at which contours are drawn: quantiles over a grid. */
function contours(loss, [x0, x1], [y0, y1], size = 81) {
  const share = (low, high, i) => low + ((high - low) * i) / (size - 1);
  const values = Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [k % size, Math.floor(k / size)];
    return loss(share(x0, x1, i), share(y0, y1, j))[0];
  });
  values.sort((a, b) => a - b);
  return Array.from({ length: BANDS - 1 }, (_, k) =>
    values[Math.round(((k + 1) * (values.length - 1)) / BANDS)]);
}

/** How dark a pixel is: its band, and a line where a contour is less than a pixel away. */
function opacity(value, perPixel, levels) {
  const band = levels.findIndex((level) => value < level);
  const below = band < 0 ? levels.length : band;
  const away = Math.min(
    ...[levels[below - 1], levels[below]].map((level) => Math.abs(value - level) || Infinity),
  );
  const line = Math.max(0, Math.min(1, 1.5 - away / perPixel));
  const shade = DARKEST * (1 - below / levels.length);
  return Math.max(shade, LINE * line);
}
