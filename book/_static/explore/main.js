/* Starts every explorable of a page. Where one fails, its text alternative is still there. */

import * as tools from "./tools.js";

async function start(root) {
  const name = root.dataset.explorable;
  const before = [...root.childNodes];
  try {
    const { default: build } = await import(`./${name}.js`);
    await build(root, tools);
    root.dataset.state = "ready";
  } catch (error) {
    root.replaceChildren(...before);
    root.dataset.state = "failed";
    console.error(`The explorable ${name} could not start:`, error);
  }
}

document.querySelectorAll("[data-explorable]").forEach(start);
