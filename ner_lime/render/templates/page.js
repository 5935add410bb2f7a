"use strict";
// Brings the page to life: the figures that the page already shows are rewritten for the chosen word and target.
// Every string goes through textContent, every position through an SVG attribute or a class.
// `state` says which word and target come first; it is returned, and goes on telling what is shown.
function showExplanation(data, state = { word: data.word, choice: data.choice, other: data.other }) {
  const $ = (id) => document.getElementById(id);
  const MOST = 10_000; // cells of the map
  const SHADES = 10;
  const nLabels = data.labels.length;
  const nComponents = data.components.length;
  const words = [...document.querySelectorAll(".word")];
  const names = data.components.map((component) => component.map((word) => words[word].textContent).join(" "));
  const componentOf = new Map(data.components.flatMap((component, c) => component.map((word) => [word, c])));

  // Whole numbers in base64 VLQ, five bits a character, the lowest bit of a number its sign; after a zero, how many.
  const unpacked = (text) => {
    const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const numbers = [];
    let value = 0, shift = 0, afterZero = false;
    for (const character of text) {
      const digit = ALPHABET.indexOf(character);
      value += (digit & 31) << shift;
      shift += 5;
      if (digit & 32) continue;
      const number = value & 1 ? -(value >> 1) : value >> 1;
      if (afterZero) for (let i = 0; i < number; i += 1) numbers.push(0);
      else if (number) numbers.push(number);
      afterZero = !afterZero && number === 0;
      value = shift = 0;
    }
    return numbers;
  };
  const scaled = (rows, unit) => rows.map((row) => row.map((number) => number === null ? null : number / unit));
  const probabilities = scaled(data.probabilities, 1e6);
  const biases = scaled(data.bias, 1e6);
  const r2 = scaled(data.r2, 1e3);
  const weights = unpacked(data.weights).map((steps) => steps * data.unit);
  let steps = 0;
  const errors = data.errors && unpacked(data.errors).map((change) => (steps += change) * data.error_unit);

  // Numbers as text.
  const signed = (value) => {
    const text = Math.abs(value).toFixed(3);
    return Number(text) === 0 ? text : (value > 0 ? "+" : "−") + text;
  };
  const short = (value) => {
    const text = Math.abs(value).toFixed(2).replace(/^0/, "");
    return Number(text) === 0 ? "0" : (value > 0 ? "+" : "−") + text;
  };
  const figure = (value, digits) => (value === null ? "–" : value.toFixed(digits));
  const percent = (share) => `${(100 * share).toFixed(0)} %`;
  const shade = (share) => {
    const strength = Math.floor(Math.abs(share) * SHADES + 0.5);
    return strength ? `${share > 0 ? "pos" : "neg"} s${strength}` : "";
  };
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // What is explained at a word: a name, signed labels, and where its R2 and verdict stand.
  const target = (word) => {
    const own = data.predicted[word];
    const [name, labels] = state.choice < 0 ? [data.labels[own], [own]] : data.choices[state.choice];
    const plus = labels.map((label) => [label, 1]);
    if (state.choice >= nLabels || state.other < 0) {
      return { name, parts: plus, contrast: false, judged: state.choice < 0 ? own : state.choice };
    }
    const [label] = labels;
    const among = label === own ? state.other : state.other === own ? label : null;
    return {
      name: `${name} rather than ${data.labels[state.other]}`,
      parts: [...plus, [state.other, -1]],
      contrast: true,
      judged: among === null ? null : data.choices.length + among,
    };
  };
  const combine = (parts, of) => sum(parts.map(([label, factor]) => factor * of(label)));
  const row = (array, position, parts, factorOf) =>
    Array.from({ length: nComponents }, (_, c) =>
      sum(parts.map(([label, factor]) => factorOf(factor) * array[(position * nLabels + label) * nComponents + c])));

  // Everything there is to say about one explained word.
  const explain = (word) => {
    const position = data.positions.indexOf(word);
    const goal = target(word);
    const weight = row(weights, position, goal.parts, (factor) => factor);
    const error = errors && row(errors, position, goal.parts, Math.abs);
    const bias = combine(goal.parts, (label) => biases[position][label]);
    const probability = combine(goal.parts, (label) => probabilities[word][label]);
    const [level, ...reasons] = goal.judged === null ? [null] : data.verdicts[data.judged[position][goal.judged]];
    const own = sum(weight.map((w, c) => (data.components[c].includes(word) ? Math.abs(w) : 0)));
    const total = sum(weight.map(Math.abs));
    return {
      word, token: words[word].textContent, name: goal.name, weight, error, bias, probability,
      value: goal.contrast ? signed(probability) : probability.toFixed(3),
      prediction: bias + sum(weight),
      order: [...weight.keys()].sort((a, b) => Math.abs(weight[b]) - Math.abs(weight[a])),
      ownShare: total > 0 ? own / total : 0,
      labels: goal.parts.map(([label]) => label),
      level,
      reasons: reasons.map((reason) => data.reasons[reason]),
      r2: goal.judged === null ? null : r2[position][goal.judged],
      kl: data.kl[position],
      top1: data.top1[position],
    };
  };

  const note = (word) => {
    const label = data.labels[data.predicted[word]];
    const p = probabilities[word];
    const likely = data.labels[p.indexOf(Math.max(...p))];
    const gold = data.gold && data.gold[word];
    return [
      likely !== label && `The tagger’s best sequence has ${label} here; by itself ${likely} is the most probable label.`,
      gold && gold !== label && `The gold label is ${gold}.`,
    ].filter(Boolean).join(" ");
  };

  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  };

  const scale = (weights) => {
    const largest = Math.max(...weights.map(Math.abs));
    return Number(largest.toFixed(3)) ? largest : 1; // what is told as 0.000 is not shaded
  };
  const showText = (view) => {
    const largest = scale(view.weight);
    words.forEach((element, word) => {
      const chosen = word === view.word;
      const share = componentOf.has(word) ? view.weight[componentOf.get(word)] / largest : 0;
      element.className = ["word", shade(share), chosen ? "chosen" : ""].filter(Boolean).join(" ");
      if (element.hasAttribute("role")) set(element, { "aria-checked": chosen, tabindex: chosen ? 0 : -1 });
    });
  };

  const showAnswer = (view) => {
    $("token").textContent = view.token;
    for (const element of document.querySelectorAll("[data-name]")) element.textContent = view.name;
    $("value").textContent = view.value;
    $("verdict").dataset.level = view.level || "none";
    $("level").textContent = view.level || "no verdict";
    $("reasons").textContent =
      view.level ? view.reasons.join("; ") : "for a contrast without the predicted label; verdict_of() has it";
    $("note").textContent = note(view.word);
    $("note").hidden = !$("note").textContent;
  };

  const showContributions = (view) => {
    const reach = (c) => (view.error ? 1.96 * view.error[c] : 0);
    const low = Math.min(0, ...view.weight.map((w, c) => w - reach(c)));
    const high = Math.max(0, ...view.weight.map((w, c) => w + reach(c)));
    [...$("contributions").tBodies[0].rows].forEach((line, rank) => {
      const c = view.order[rank];
      const weight = view.weight[c];
      const cells = [...line.cells];
      cells[0].textContent = data.components[c].join(", ");
      cells[1].firstChild.textContent = names[c];
      cells[2].textContent = signed(weight);
      const [bar, , interval] = line.querySelector("svg").children;
      set(line.querySelector("svg"), { viewBox: `${low.toFixed(4)} 0 ${(high - low || 1).toFixed(4)} 1` });
      set(bar, { class: weight > 0 ? "pos" : "neg", x: Math.min(weight, 0).toFixed(4), width: Math.abs(weight).toFixed(4) });
      if (view.error) {
        cells[3].textContent = reach(c).toFixed(3);
        set(interval, { x1: (weight - reach(c)).toFixed(4), x2: (weight + reach(c)).toFixed(4) });
      }
    });
    $("bias").textContent = signed(view.bias);
    $("prediction").textContent = signed(view.prediction);
  };

  const showFigures = (view) => {
    const p = probabilities[view.word];
    const order = [...p.keys()].sort((a, b) => p[b] - p[a]);
    const lines = [...$("likely").tBodies[0].rows];
    lines.forEach((line, rank) => {
      const label = order[rank];
      line.className = view.labels.includes(label) ? "current" : "";
      line.cells[0].textContent = data.labels[label];
      set(line.querySelector("rect"), { width: p[label].toFixed(4) });
      line.cells[2].textContent = p[label].toFixed(3);
    });
    if ($("unlikely")) $("unlikely").textContent = sum(order.slice(lines.length).map((label) => p[label])).toFixed(3);
    set($("own"), { width: view.ownShare.toFixed(4) });
    $("own-share").textContent = percent(view.ownShare);
    $("context-share").textContent = percent(1 - view.ownShare);
    $("r2").textContent = figure(view.r2, 3);
    $("kl").textContent = figure(view.kl, 4);
    $("top1").textContent = view.top1 === null ? "– %" : percent(view.top1);
  };

  // The map: one row an explained word, one column a component; its cells are made once.
  const element = (tag, text = "", attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    set(made, attributes);
    return made;
  };
  const makeMap = () => {
    const head = element("tr");
    head.append(element("td"), ...names.map((name) => element("th", name, { scope: "col" })));
    $("map").style.setProperty("--columns", nComponents);
    $("map").createTHead().append(head);
    const body = $("map").createTBody();
    for (const word of data.positions) {
      const line = element("tr");
      line.append(element("th", words[word].textContent, { scope: "row" }));
      for (let c = 0; c < nComponents; c += 1) {
        const cell = element("td");
        cell.append(element("span"));
        line.append(cell);
      }
      body.append(line);
    }
    body.addEventListener("click", (event) => {
      const line = event.target.closest("tr");
      if (line) choose(data.positions[line.sectionRowIndex]);
    });
    body.addEventListener("mouseover", (event) => {
      const cell = event.target.closest("td");
      if (!cell) return;
      const view = explain(data.positions[cell.parentNode.sectionRowIndex]);
      const c = cell.cellIndex - 1;
      $("readout").textContent = `${names[c]} → ${view.token}, ${view.name}: ${signed(view.weight[c])}`;
    });
  };
  const showMap = () => {
    if (!$("map").tBodies.length) return;
    const views = data.positions.map(explain);
    const largest = scale(views.flatMap((view) => view.weight));
    views.forEach((view, position) => {
      const line = $("map").tBodies[0].rows[position];
      line.className = view.word === state.word ? "chosen" : "";
      view.weight.forEach((weight, c) => {
        const cell = line.cells[c + 1];
        const own = data.components[c].includes(view.word) ? "own" : "";
        cell.className = [shade(weight / largest), own].filter(Boolean).join(" ");
        cell.firstChild.textContent = short(weight);
      });
    });
    const contrast = state.other < 0 ? "" : ` rather than ${data.labels[state.other]}`;
    $("map-name").textContent = state.choice < 0 ? `its predicted label${contrast}` : target(state.word).name;
  };

  const show = () => {
    const view = explain(state.word);
    showText(view);
    showAnswer(view);
    showContributions(view);
    showFigures(view);
    showMap();
    return view;
  };
  const tell = (view) => {
    const strongest = view.order.slice(0, 3).map((c) => `${names[c]} ${signed(view.weight[c])}`).join(", ");
    $("status").textContent = `${view.token}: ${view.name} ${view.value}. Strongest: ${strongest}. ${view.level || "No verdict"}.`;
  };
  const choose = (word) => {
    state.word = word;
    tell(show());
    $("text").dispatchEvent(new CustomEvent("choose", { bubbles: true }));
  };

  // Words are radio buttons: one is chosen, the arrow keys go to the next.
  const makeWords = () => {
    set($("text"), { role: "radiogroup", "aria-label": "The word to explain" });
    for (const word of data.positions) set(words[word], { role: "radio" });
    $("text").addEventListener("click", (event) => {
      const word = words.indexOf(event.target.closest(".word"));
      if (data.positions.includes(word)) choose(word);
    });
    $("text").addEventListener("keydown", (event) => {
      const forward = getComputedStyle($("text")).direction === "rtl" ? -1 : 1;
      const inOrder = [...data.positions].sort((a, b) => a - b);
      const now = inOrder.indexOf(state.word);
      const next = {
        ArrowRight: now + forward, ArrowLeft: now - forward, ArrowDown: now + 1, ArrowUp: now - 1,
        Home: 0, End: inOrder.length - 1,
      }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      choose(inOrder[(next + inOrder.length) % inOrder.length]);
      words[state.word].focus();
    });
  };

  const makeControls = () => {
    const choiceChanged = () => {
      $("other").disabled = state.choice >= nLabels;
      tell(show());
    };
    $("choice").value = state.choice;
    $("other").value = state.other;
    $("other").disabled = state.choice >= nLabels;
    $("choice").addEventListener("change", () => { state.choice = Number($("choice").value); choiceChanged(); });
    $("other").addEventListener("change", () => { state.other = Number($("other").value); choiceChanged(); });
    $("numbers").addEventListener("click", () => {
      const pressed = $("map").classList.toggle("numbers");
      set($("numbers"), { "aria-pressed": pressed });
    });
    if ($("more")) {
      const fewer = $("more").textContent;
      $("more").addEventListener("click", () => {
        const few = $("contributions").classList.toggle("few");
        $("more").textContent = few ? `Show all ${nComponents}` : fewer;
        set($("more"), { "aria-expanded": !few });
      });
      $("more").click();
    }
    $("copy").addEventListener("click", copy);
  };

  const asJson = (view) => JSON.stringify({
    word_index: view.word,
    token: view.token,
    target: view.name,
    probability: Number(view.probability.toFixed(4)),
    bias: Number(view.bias.toFixed(4)),
    prediction: Number(view.prediction.toFixed(4)),
    r2: view.r2,
    verdict: view.level,
    reasons: view.reasons,
    contributions: view.order.map((c) => ({
      word_indices: data.components[c],
      token: names[c],
      weight: Number(view.weight[c].toFixed(4)),
      std_error: view.error ? Number(view.error[c].toFixed(4)) : 0,
    })),
  }, null, 2);
  const copy = async () => {
    const json = asJson(explain(state.word));
    try {
      await navigator.clipboard.writeText(json);
      $("copied").textContent = "Copied.";
      $("json").hidden = true;
    } catch { // a page in a frame or from a file may not be allowed to
      $("json").value = json;
      $("json").hidden = false;
      $("json").select();
      $("copied").textContent = "Press Ctrl+C or ⌘C to copy.";
    }
  };

  makeWords();
  makeControls();
  const small = data.positions.length * nComponents <= MOST;
  if (small) makeMap();
  for (const hidden of document.querySelectorAll("[data-live]")) hidden.hidden = hidden.id === "influence" && !small;
  show();
  return state;
}

const embedded = document.getElementById("data");
if (embedded) showExplanation(JSON.parse(embedded.textContent));
