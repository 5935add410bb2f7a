"use strict";
// Filters the mistakes by what is typed; the page is complete without it.
const query = document.getElementById("query");
const matches = document.getElementById("matches");
const kinds = [...document.querySelectorAll(".kind")];
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
  for (const kind of kinds) kind.hidden = words.length > 0 && !kind.querySelector(".mistake:not([hidden])");
  matches.textContent = words.length ? `${found} of ${mistakes.length}` : "";
}

// A link to what the search hides ends the search.
function reveal(hash) {
  const target = document.getElementById(hash.slice(1));
  if (!target?.closest("[hidden]")) return;
  query.value = "";
  filter();
  target.scrollIntoView();
}

for (const element of document.querySelectorAll("[data-live]")) element.hidden = false;
query.addEventListener("input", filter);
addEventListener("hashchange", () => reveal(location.hash));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link) reveal(link.hash);
});
