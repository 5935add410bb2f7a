"use strict";
// Brings the page to life: the figures that the page already shows are rewritten for the chosen word and target.
// Every string goes through textContent, every position through an SVG attribute or a class.
// `state` says which word and target come first; it is returned, and goes on telling what is shown.
function showExplanation(
  data, state = { word: data.word, choice: data.choice, other: data.other, entity: data.entity },
) {
  const $ = (id) => document.getElementById(id);
  const SHADES = 10; // steps of shading, one a tenth of probability
  const HARDLY = 0.02; // a change of the probability below this is grey, and no sentence names it
  const NEARLY = 0.2; // a label that was not predicted has nearly won from this probability on
  const MAX_BAND = 40; // rows and columns of the map
  const NARROW_CELL = 17, WIDE_CELL = 44, HEADS = 120; // pixels: cells without and with numbers, the rows' names
  const MAX_FOR = 3, MAX_AGAINST = 2, SHARE = 0.25, MAX_NAME = 40; // of the sentence, see answer.py
  const nLabels = data.labels.length;
  const nComponents = data.components.length;
  const words = [...document.querySelectorAll(".word")];
  const names = data.components.map((component) => component.map((word) => words[word].textContent).join(" "));
  const chips = [...document.querySelectorAll("#entities button")];
  const lineOfLikely = $("likely").tBodies[0].rows[0].cloneNode(true);
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
  const figure = (value, digits) => (value === null ? "not known" : value.toFixed(digits));
  const percent = (share) => `${(100 * share).toFixed(0)} %`;
  const clipped = (weight) => Math.max(-1, Math.min(1, weight));
  const strength = (weight) =>
    (Math.abs(weight) < HARDLY ? 0 : Math.max(1, Math.floor(SHADES * Math.min(Math.abs(weight), 1) + 0.5)));
  const shade = (weight) => (strength(weight) ? `${weight > 0 ? "pos" : "neg"} s${strength(weight)}` : "");
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // What is explained at a word: a name, what is claimed, signed labels, and where its R2 and verdict stand.
  const target = (word) => {
    const own = data.predicted[word];
    const [name, labels, claim = name] = state.choice < 0 ? [data.labels[own], [own]] : data.choices[state.choice];
    const plus = labels.map((label) => [label, 1]);
    const predicted = state.choice < 0 || state.choice === own;
    if (state.choice >= nLabels || state.other < 0) {
      return { name, claim, parts: plus, contrast: false, predicted, judged: state.choice < 0 ? own : state.choice };
    }
    const [label] = labels;
    const among = label === own ? state.other : state.other === own ? label : null;
    const contrast = `${name} rather than ${data.labels[state.other]}`;
    return {
      name: contrast,
      claim: contrast,
      parts: [...plus, [state.other, -1]],
      contrast: true,
      predicted: false,
      judged: among === null ? null : data.choices.length + among,
    };
  };
  const combine = (parts, of) => sum(parts.map(([label, factor]) => factor * of(label)));
  const row = (array, position, parts, factorOf) =>
    Array.from({ length: nComponents }, (_, c) =>
      sum(parts.map(([label, factor]) => factorOf(factor) * array[(position * nLabels + label) * nComponents + c])));

  // Everything there is to say about one explained word, or about an entity.
  const ranked = (weight) => [...weight.keys()].sort((a, b) => Math.abs(weight[b]) - Math.abs(weight[a]));
  const completed = (view) => {
    const own = sum(view.own.map((c) => Math.abs(view.weight[c])));
    const total = sum(view.weight.map(Math.abs));
    return {
      ...view,
      value: view.contrast ? signed(view.probability) : view.probability.toFixed(3),
      prediction: view.bias + sum(view.weight),
      order: ranked(view.weight),
      ownShare: total > 1e-12 ? own / total : 0,
    };
  };
  const explain = (word) => {
    const position = data.positions.indexOf(word);
    const goal = target(word);
    const probability = combine(goal.parts, (label) => probabilities[word][label]);
    const [level, ...reasons] = goal.judged === null ? [null] : data.verdicts[data.judged[position][goal.judged]];
    return completed({
      words: [word], token: words[word].textContent, name: goal.name, claim: goal.claim, contrast: goal.contrast,
      holds: goal.contrast ? probability >= 0 : goal.predicted || probability >= 0.5,
      nearly: !goal.contrast && probability >= NEARLY,
      weight: row(weights, position, goal.parts, (factor) => factor),
      error: errors && row(errors, position, goal.parts, Math.abs),
      bias: combine(goal.parts, (label) => biases[position][label]),
      probability,
      own: [...data.components.keys()].filter((c) => data.components[c].includes(word)),
      labels: goal.parts.map(([label]) => label),
      level,
      reasons: reasons.map((reason) => data.reasons[reason].map((part) => data.parts[part]).join("")),
      note: note(word),
      pair: state.choice < 0 && state.other < 0 ? data.pairs[word] || null : null,
      r2: goal.judged === null ? null : r2[position][goal.judged],
      kl: data.kl[position],
      top1: data.top1[position],
    });
  };
  const explainEntity = (number) => {
    const found = data.entities[number];
    const inside = Array.from({ length: found.end - found.start }, (_, i) => found.start + i);
    const [level, ...reasons] = found.verdict;
    const [claim, holds, nearly] = found.claim;
    return completed({
      words: inside, token: inside.map((word) => words[word].textContent).join(" "), name: found.name,
      claim, holds, nearly, contrast: false, weight: found.weights, error: found.errors, bias: found.bias,
      probability: found.value,
      own: [...data.components.keys()].filter((c) => data.components[c].some((word) => inside.includes(word))),
      level, reasons, note: found.note, pair: null, r2: found.r2, kl: null, top1: null,
    });
  };
  const current = () => (state.entity < 0 ? explain(state.word) : explainEntity(state.entity));

  // The sentence that answers; `ner_lime/render/answer.py` says why it is as it is.
  const shortened = (text) => {
    const characters = [...text];
    return characters.length <= MAX_NAME ? text : `${characters.slice(0, MAX_NAME - 1).join("")}…`;
  };
  const called = (view, c) => {
    if (view.own.length === 1 && view.own[0] === c && data.components[c].length === 1) return ["itself", "plain"];
    const name = shortened(names[c]);
    const twice = data.components[c].length === 1 && words.filter((word) => word.textContent === names[c]).length > 1;
    return [twice ? `${name} [${data.components[c][0]}]` : name, "part"];
  };
  const listed = (view, chosen) => chosen.flatMap((c, rank) => [
    ...(rank ? [[rank === chosen.length - 1 ? " and " : ", ", "plain"]] : []),
    called(view, c),
    [` (${short(view.weight[c])})`, "plain"],
  ]);
  const speak = (chosen, side) => ` speak${chosen.length === 1 ? "s" : ""} ${side} it`;
  const because = (view) => {
    const moving = view.order.filter((c) => Math.abs(view.weight[c]) >= HARDLY);
    const sure = moving.filter((c) => !view.error || Math.abs(view.weight[c]) > 1.96 * view.error[c]);
    if (!moving.length) return [[": hiding words hardly moves this.", "plain"]];
    if (!sure.length) return [[", but no word stands out from the noise of sampling.", "plain"]];
    const least = SHARE * Math.abs(view.weight[sure[0]]);
    const large = sure.filter((c) => Math.abs(view.weight[c]) >= least);
    const positive = large.filter((c) => view.weight[c] > 0), negative = large.filter((c) => view.weight[c] < 0);
    const won = (view.holds ? positive : negative).slice(0, MAX_FOR);
    const lost = (view.holds ? negative : positive).slice(0, MAX_AGAINST);
    const [side, other] = view.holds ? ["for", "against"] : ["against", "for"];
    const total = (chosen) => sum(chosen.map((c) => Math.abs(view.weight[c])));
    const spoken = (joint, chosen, of) =>
      (chosen.length ? [[joint, "plain"], ...listed(view, chosen), [speak(chosen, of), "plain"]] : []);
    const end = [".", "plain"];
    if (total(won) < total(lost)) return [...spoken(", although ", lost, other), ...spoken("; only ", won, side), end];
    const first = view.holds ? [[", mainly because of ", "plain"], ...listed(view, won)] : spoken(": ", won, side);
    return [...first, ...spoken("; ", lost, other), end];
  };
  const claimed = (view) => {
    if (view.holds) return ` is ${view.claim} (${view.value})`;
    return ` is not ${view.claim}${view.nearly ? ", but nearly" : ""} (${view.value})`;
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

  const showText = (view) => {
    words.forEach((element, word) => {
      const chosen = view.words.includes(word);
      const weight = componentOf.has(word) ? view.weight[componentOf.get(word)] : 0;
      element.className = ["word", shade(weight), chosen ? "chosen" : ""].filter(Boolean).join(" ");
      if (element.hasAttribute("role")) {
        const focused = word === state.word;
        set(element, { "aria-checked": state.entity < 0 && chosen, tabindex: focused ? 0 : -1 });
      }
    });
    chips.forEach((chip, number) => set(chip, { "aria-pressed": number === state.entity }));
  };

  const showAnswer = (view) => {
    $("token").textContent = shortened(view.token);
    const pieces = because(view).map(([text, kind]) => (kind === "plain" ? text : element("bdi", text, { class: "part" })));
    $("answer").replaceChildren($("token"), claimed(view), ...pieces);
    $("answer").normalize();
    for (const named of document.querySelectorAll("[data-name]")) named.textContent = view.name;
    for (const shown of document.querySelectorAll("[data-value]")) shown.textContent = view.value;
    $("verdict").dataset.level = view.level || "none";
    $("level").textContent = view.level || "no verdict";
    $("reasons").textContent = view.level ? view.reasons.join("; ") :
      "not judged on this page: it holds the verdicts on contrasts with the predicted label only";
    $("pair").hidden = !view.pair;
    $("pair-first").textContent = view.pair ? names[view.pair[0]] : "";
    $("pair-second").textContent = view.pair ? names[view.pair[1]] : "";
    $("pair-weight").textContent = view.pair ? short(view.pair[2] / 1e6) : "";
    $("pair-meaning").textContent =
      view.pair && view.pair[2] < 0 ? "one of them is nearly enough" : "one needs the other";
    $("note").textContent = view.note;
    $("note").hidden = !view.note;
  };

  const showContributions = (view) => {
    const reach = (c) => (view.error ? 1.96 * view.error[c] : 0);
    const lines = [...$("contributions").tBodies[0].rows];
    lines.forEach((line, rank) => {
      const c = view.order[rank];
      const weight = view.weight[c];
      const cells = [...line.cells];
      const more = rank >= data.most || signed(weight) === "0.000";
      line.className = [strength(weight) ? "" : "hardly", more ? "more" : ""].filter(Boolean).join(" ");
      cells[0].textContent = data.components[c].join(", ");
      cells[1].firstChild.textContent = names[c];
      cells[2].textContent = signed(weight);
      const bar = line.querySelector("rect"), interval = line.querySelector("line");
      set(bar, {
        class: weight > 0 ? "pos" : "neg",
        x: Math.min(clipped(weight), 0).toFixed(4),
        width: Math.abs(clipped(weight)).toFixed(4),
      });
      if (interval) {
        cells[3].textContent = reach(c).toFixed(3);
        set(interval, { x1: clipped(weight - reach(c)).toFixed(4), x2: clipped(weight + reach(c)).toFixed(4) });
      }
    });
    const folded = view.order.filter((_, rank) => lines[rank].classList.contains("more"));
    const rest = sum(folded.map((c) => view.weight[c]));
    const several = folded.length === 1 ? "1 more word adds" : `${folded.length} more words add`;
    const nothing = folded.every((c) => signed(view.weight[c]) === "0.000");
    $("rest").textContent = nothing ? `${several} nothing` : `${several} ${signed(rest)} together`;
    $("rest").closest("tr").hidden = !folded.length;
    $("more").hidden = !folded.length;
    $("more").textContent = $("contributions").classList.contains("few") ? `Show all ${nComponents}` : "Show fewer";
    $("bias").textContent = signed(view.bias);
    $("prediction").textContent = signed(view.prediction);
  };

  // What else the word could be; for an entity its words, each with its own label.
  const likely = (view) => {
    if (state.entity >= 0) {
      return view.words.map((word) => {
        const label = data.predicted[word];
        return [`${words[word].textContent} ${data.labels[label]}`, probabilities[word][label], true];
      });
    }
    const p = probabilities[state.word];
    const order = [...p.keys()].sort((a, b) => p[b] - p[a]);
    return order.map((label) => [data.labels[label], p[label], view.labels.includes(label)]);
  };
  const showFigures = (view) => {
    const all = likely(view);
    const listed = all.slice(0, data.listed);
    const nonzero = listed.filter(([, p]) => p.toFixed(3) !== "0.000").length;
    const shown = state.entity < 0 ? all.slice(0, Math.max(1, nonzero)) : listed;
    $("likely-title").textContent = state.entity < 0 ? "What else it could be" : "Its words, each by itself";
    $("likely").tBodies[0].replaceChildren(...shown.map(([name, p, isCurrent]) => {
      const line = lineOfLikely.cloneNode(true);
      if (isCurrent) line.className = "current";
      else line.removeAttribute("class");
      line.cells[0].firstChild.textContent = name;
      set(line.querySelector("rect"), { width: p.toFixed(4) });
      line.cells[2].textContent = p.toFixed(3);
      return line;
    }));
    const rest = state.entity < 0 ? all.slice(shown.length) : [];
    if ($("unlikely-row")) {
      $("unlikely-row").hidden = !rest.length;
      $("unlikely-count").textContent = `${rest.length} more`;
      $("unlikely").textContent = sum(rest.map(([, p]) => p)).toFixed(3);
    }
    $("own-name").textContent = state.entity < 0 ? "the word itself" : "its own words";
    set($("own"), { width: view.ownShare.toFixed(4) });
    $("own-share").textContent = percent(view.ownShare);
    $("context-share").textContent = percent(1 - view.ownShare);
    $("r2").textContent = figure(view.r2, 3);
    $("kl").textContent = figure(view.kl, 4);
    $("top1").textContent = view.top1 === null ? "not known" : percent(view.top1);
  };

  // The map: one row an explained word, one column a component; of a long sentence a band around the chosen word.
  const element = (tag, text = "", attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    set(made, attributes);
    return made;
  };
  const around = (all, middle, most) => {
    const begin = Math.max(0, Math.min(middle - Math.floor(most / 2), all.length - most));
    return all.slice(begin, begin + most);
  };
  const inBand = { rows: [], columns: [] }; // positions, and numbers of components
  const makeMap = () => {
    const all = [...data.components.keys()];
    const rows = around(data.positions, data.positions.indexOf(state.word), MAX_BAND);
    const cell = $("map").classList.contains("numbers") ? WIDE_CELL : NARROW_CELL;
    const room = Math.floor(($("map-region").clientWidth - HEADS) / cell);
    const columns = around(all, componentOf.get(state.word) || 0, Math.max(5, Math.min(room, MAX_BAND)));
    if (`${rows} ${columns}` === `${inBand.rows} ${inBand.columns}`) return;
    Object.assign(inBand, { rows, columns });
    const cut = rows.length < data.positions.length || columns.length < nComponents;
    $("map").replaceChildren();
    const head = element("tr");
    head.append(element("td"), ...columns.map((c) => element("th", names[c], { scope: "col" })));
    $("map").style.setProperty("--columns", columns.length);
    $("map-region").classList.toggle("cut", cut);
    $("map").createTHead().append(head);
    const body = $("map").createTBody();
    for (const word of rows) {
      const line = element("tr");
      line.append(element("th", words[word].textContent, { scope: "row" }));
      for (let c = 0; c < columns.length; c += 1) {
        const cell = element("td");
        cell.append(element("span"));
        line.append(cell);
      }
      body.append(line);
    }
    $("map-range").textContent = cut
      ? `Shown: ${columns.length} of ${nComponents} columns and ${rows.length} of ${data.positions.length} rows, around ${shortened(words[state.word].textContent)}; click another word to move.`
      : "";
  };
  const listenToMap = () => {
    $("map").addEventListener("click", (event) => {
      const line = event.target.closest("tbody tr");
      if (line) choose(inBand.rows[line.sectionRowIndex]);
    });
    $("map").addEventListener("mouseover", (event) => {
      const cell = event.target.closest("tbody td");
      if (!cell) return;
      const view = explain(inBand.rows[cell.parentNode.sectionRowIndex]);
      const c = inBand.columns[cell.cellIndex - 1];
      $("readout").textContent = `${names[c]} → ${view.token}, ${view.name}: ${signed(view.weight[c])}`;
    });
  };
  const showMap = () => {
    makeMap();
    inBand.rows.map(explain).forEach((view, position) => {
      const line = $("map").tBodies[0].rows[position];
      line.className = view.words[0] === state.word ? "chosen" : "";
      inBand.columns.forEach((c, column) => {
        const cell = line.cells[column + 1];
        cell.className = [shade(view.weight[c]), view.own.includes(c) ? "own" : ""].filter(Boolean).join(" ");
        cell.firstChild.textContent = short(view.weight[c]);
      });
    });
    const contrast = state.other < 0 ? "" : ` rather than ${data.labels[state.other]}`;
    $("map-name").textContent = state.choice < 0 ? `its predicted label${contrast}` : target(state.word).name;
  };

  const show = () => {
    const view = current();
    showText(view);
    showAnswer(view);
    showContributions(view);
    showFigures(view);
    showMap();
    return view;
  };
  const tell = (view) => {
    $("status").textContent = `${$("answer").textContent} This explanation: ${view.level || "no verdict"}.`;
  };
  const choose = (word) => {
    state.word = word;
    state.entity = -1;
    tell(show());
    $("text").dispatchEvent(new CustomEvent("choose", { bubbles: true }));
  };
  const chooseEntity = (number) => {
    state.entity = number;
    const { start, end } = data.entities[number];
    state.word = data.positions.find((word) => start <= word && word < end) ?? state.word;
    tell(show());
    $("text").dispatchEvent(new CustomEvent("choose", { bubbles: true }));
  };

  // Words are radio buttons: one is chosen, the arrow keys go to the next.
  const makeWords = () => {
    set($("text"), { role: "radiogroup", "aria-label": "The word to explain" });
    for (const word of data.positions) set(words[word], { role: "radio" });
    $("text").addEventListener("click", (event) => {
      const word = words.indexOf(event.target.closest(".word"));
      const inside = words.indexOf(event.target.closest(".entity")?.querySelector(".word"));
      const number = data.entities.findIndex(({ start, end }) => start <= inside && inside < end);
      if (data.positions.includes(word)) choose(word);
      else if (inside >= 0 && number >= 0) chooseEntity(number); // the line under it, or its type
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
    $("other").append(...data.labels.map((label, number) => new Option(label, number)));
    $("choice").value = state.choice;
    $("other").value = state.other;
    $("other").disabled = state.choice >= nLabels;
    $("choice").addEventListener("change", () => { state.choice = Number($("choice").value); choiceChanged(); });
    $("other").addEventListener("change", () => { state.other = Number($("other").value); choiceChanged(); });
    $("numbers").addEventListener("click", () => {
      const pressed = $("map").classList.toggle("numbers");
      set($("numbers"), { "aria-pressed": pressed });
      showMap();
    });
    chips.forEach((chip, number) => {
      chip.disabled = false;
      chip.addEventListener("click", () => chooseEntity(number));
    });
    $("more").addEventListener("click", () => {
      set($("more"), { "aria-expanded": !$("contributions").classList.toggle("few") });
      show();
    });
    $("contributions").classList.add("few");
    set($("more"), { "aria-expanded": false });
    $("copy").addEventListener("click", copy);
  };

  const asJson = (view) => JSON.stringify({
    word_index: view.words[0],
    word_indices: view.words,
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
    const json = asJson(current());
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
  listenToMap();
  for (const hidden of document.querySelectorAll("[data-live]")) hidden.hidden = false;
  $("influence").hidden = nComponents < 2;
  show();
  addEventListener("resize", showMap);
  return state;
}

const embedded = document.getElementById("data");
if (embedded) showExplanation(JSON.parse(embedded.textContent));
