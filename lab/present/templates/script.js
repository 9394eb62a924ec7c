"use strict";
// What a plot tells by its `title` elements is shown at once, beside the pointer; without scripts the browser shows it itself.
(() => {
  const told = document.getElementById("told");
  const texts = new Map();
  for (const tip of document.querySelectorAll("svg .tip, svg .part")) {
    const title = tip.querySelector("title");
    if (!title) continue;
    texts.set(tip, title.textContent);
    title.remove();
  }
  const place = (event) => {
    const box = told.getBoundingClientRect();
    const left = event.clientX + 14 + box.width > window.innerWidth ? event.clientX - 14 - box.width : event.clientX + 14;
    told.style.left = `${Math.max(4, left)}px`;
    told.style.top = `${Math.max(4, Math.min(event.clientY + 14, window.innerHeight - box.height - 4))}px`;
  };
  document.addEventListener("pointermove", (event) => {
    const text = event.target instanceof Element ? texts.get(event.target) : undefined;
    told.hidden = text === undefined;
    if (text === undefined) return;
    told.textContent = text;
    place(event);
  });
  document.addEventListener("pointerleave", () => { told.hidden = true; });
})();
