"use strict";
// Filters the mistakes by kind, type, verdict and what is typed; the page is complete without it.
const $ = (id) => document.getElementById(id);
const kinds = [...document.querySelectorAll(".kind")];
const elements = [...document.querySelectorAll(".mistake")];
let known = null; // what is asked of a mistake, read when something is asked first

const read = () => elements.map((element) => ({
  element,
  text: element.textContent.replace(/\s+/g, " ").toLowerCase(),
  kind: element.closest(".kind").id.replace("-", " "),
  types: element.dataset.types.split("\n"),
  level: element.dataset.level,
}));

function filter() {
  known ??= read();
  const words = $("query").value.toLowerCase().split(/\s+/).filter(Boolean);
  const [kind, type, level] = ["kind", "type", "level"].map((id) => $(id).value);
  const asked = words.length > 0 || Boolean(kind || type || level);
  let found = 0;
  for (const mistake of known) {
    const hit = words.every((word) => mistake.text.includes(word) || mistake.kind.includes(word))
      && (!kind || mistake.kind === kind) && (!type || mistake.types.includes(type)) && (!level || mistake.level === level);
    mistake.element.hidden = !hit;
    found += hit;
  }
  for (const section of kinds) section.hidden = asked && !section.querySelector(".mistake:not([hidden])");
  $("matches").textContent = asked ? `${found} of ${known.length}` : "";
}

// A link to what is hidden, or folded, shows it.
function reveal(hash) {
  const target = $(hash.slice(1));
  if (!target) return;
  for (let folded = target.closest("details:not([open])"); folded; folded = folded.closest("details:not([open])")) folded.open = true;
  target.querySelector(":scope > details:not([open])")?.setAttribute("open", "");
  requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView())); // once what is above has its height
  if (!target.closest("[hidden]")) return;
  for (const id of ["query", "kind", "type", "level"]) $(id).value = "";
  filter();
  target.scrollIntoView();
}

for (const element of document.querySelectorAll("[data-live]")) element.hidden = false;
for (const id of ["query", "kind", "type", "level"]) $(id).addEventListener("input", filter);
addEventListener("hashchange", () => reveal(location.hash));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link) reveal(link.hash);
});
