// A displayed formula that is wider than its column, as on a phone, is set smaller, but not tiny. What
// is still too wide scrolls in its own box, which the keyboard reaches then. Without this, all scroll.

const SMALLEST = 0.62;

function fitFormulas() {
  const boxes = [...document.querySelectorAll("article .formula")];
  for (const box of boxes) box.style.removeProperty("--fit");
  const shares = boxes.map((box) => (box.clientWidth - 1) / box.scrollWidth);
  boxes.forEach((box, i) => {
    if (box.scrollWidth <= box.clientWidth) return;
    box.style.setProperty("--fit", Math.max(SMALLEST, shares[i]));
  });
  for (const box of boxes) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", "Formula, scrolls sideways");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  fitFormulas();
  document.fonts.ready.then(fitFormulas);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) requestAnimationFrame(fitFormulas);
    width = innerWidth;
  });
});
