"use strict";
// Filters the mistakes by what is typed; the page is complete without it.
const query = document.getElementById("query");
const matches = document.getElementById("matches");
const mistakes = [...document.querySelectorAll(".mistake")].map((element) => ({
  element,
  text: element.textContent.replace(/\s+/g, " ").toLowerCase(),
  kind: element.closest(".kind").id.replace("-", " "),
}));

function filter() {
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { element, text, kind } of mistakes) {
    const hit = words.every((word) => text.includes(word) || kind.includes(word));
    element.hidden = !hit;
    found += hit;
  }
  matches.textContent = words.length ? `${found} of ${mistakes.length}` : "";
}

for (const element of document.querySelectorAll("[data-live]")) element.hidden = false;
query.addEventListener("input", filter);
