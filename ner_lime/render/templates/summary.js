"use strict";
// Filters the lists by what is typed; the page is complete without it.
const query = document.getElementById("query");
const matches = document.getElementById("matches");
const rows = [...document.querySelectorAll("[data-word]")];

function filter() {
  const wanted = query.value.trim().toLowerCase();
  let found = 0;
  for (const row of rows) {
    const hit = row.dataset.word.toLowerCase().includes(wanted);
    row.hidden = !hit;
    found += hit;
  }
  matches.textContent = wanted ? `${found} of ${rows.length} rows` : "";
}

for (const element of document.querySelectorAll("[data-live]")) element.hidden = false;
query.addEventListener("input", filter);
