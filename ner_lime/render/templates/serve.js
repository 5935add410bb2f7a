// The form: what is typed is sent, and the view that comes back takes the place of the one before.
(() => {
  const $ = (id) => document.getElementById(id);
  const PAUSE = 200; // milliseconds without a key before a text is sent
  let shown = null; // what the view shows: its text, the places of the words, its data and state
  let underWay = null; // what would abort the request
  let waiting = null; // the timer of the pause
  let edited = false; // whether a word was changed: only then what was said before is compared with what is said now
  const before = []; // texts to go back to

  const asked = () => {
    const lime = $("method").value === "lime";
    return {
      text: $("sentence").value,
      method: $("method").value,
      keep: lime ? Number($("keep").value) : null,
      mask_string: $("mask").value || null,
      num_features: $("features").valueAsNumber || null,
    };
  };

  // Where the chosen word is in the new text: counted from the end where all from it on is the same, else from the start.
  const follow = (old, words) => {
    const rest = old.words.slice(old.state.word);
    const from = words.length - rest.length;
    const same = from >= 0 && rest.every((word, i) => word === words[from + i]);
    return same ? from : Math.min(old.state.word, words.length - 1);
  };

  const headline = () =>
    `${$("token").textContent} ${document.querySelector("[data-name]").textContent} ${$("value").textContent}`;

  const replaceView = (answer, text) => {
    const focused = document.activeElement;
    const inText = focused.closest("#text") !== null;
    const again = $("view").contains(focused) && !inText ? focused.id : null;
    const old = shown && headline();
    const numbers = shown && $("numbers").getAttribute("aria-pressed") === "true";
    const all = shown && $("more") && $("more").getAttribute("aria-expanded") === "true";
    const top = window.scrollY;
    $("view").innerHTML = answer.html; // escaped by the template, and no script in it would be allowed to run
    const words = answer.places.map(([start, end]) => text.slice(start, end));
    const { word, choice, other } = answer.data;
    const state = { ...(shown ? shown.state : { choice, other }), word: shown ? follow(shown, words) : word, entity: -1 };
    shown = { text, words, places: answer.places, state };
    showExplanation(answer.data, state);
    if (numbers) $("numbers").click();
    if (all && $("more")) $("more").click();
    window.scrollTo(0, top);
    if (inText) document.querySelector(".word.chosen").focus();
    if (again && $(again)) $(again).focus();
    chosen();
    const moved = edited && old && old !== headline() ? `${old} → ${headline()}. ` : "";
    edited = false;
    $("told").textContent = `${moved}${words.length} words explained in ${Math.round(1000 * answer.seconds)} ms.`;
  };

  const fail = (message) => {
    $("problem").textContent = message;
    $("view").classList.add("stale");
    $("told").textContent = "";
  };

  const busy = (is) => $("view").setAttribute("aria-busy", is);

  const explain = async () => {
    clearTimeout(waiting);
    waiting = null;
    if (underWay) underWay.abort();
    const content = asked();
    if (!content.text.trim()) {
      fail("Type a sentence.");
      busy(false);
      return;
    }
    if (!$("features").validity.valid) {
      fail(`Words listed: expected a whole number from ${$("features").min} to ${$("features").max}.`);
      busy(false);
      return;
    }
    const own = new AbortController();
    underWay = own;
    busy(true);
    try {
      const response = await fetch("/view", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(content),
        signal: own.signal,
      });
      const answer = await response.json();
      if (!response.ok) {
        fail(answer.error.message);
        return;
      }
      $("problem").textContent = "";
      $("view").classList.remove("stale");
      replaceView(answer, content.text);
    } catch (error) {
      if (error.name !== "AbortError") fail("The service does not answer: is it still running?");
    } finally {
      if (underWay === own) {
        underWay = null;
        busy(waiting !== null);
      }
    }
  };
  const explainSoon = () => {
    clearTimeout(waiting);
    busy(true);
    waiting = setTimeout(explain, PAUSE);
  };

  // A word is changed where it stands in the text; what was typed elsewhere meanwhile is not lost.
  const chosen = () => {
    $("edit").hidden = false;
    $("edited").textContent = document.querySelectorAll("#text .word")[shown.state.word].textContent;
    $("replacement").value = shown.words[shown.state.word];
  };
  const change = (replacement) => {
    if ($("sentence").value !== shown.text) {
      $("told").textContent = "Nothing was changed: the words below are not those of the sentence above.";
      return;
    }
    const [start, end] = shown.places[shown.state.word];
    const gap = replacement ? 0 : /\s/.test(shown.text.charAt(end)) ? 1 : 0;
    write(shown.text.slice(0, start) + replacement + shown.text.slice(end + gap));
  };
  const write = (text) => {
    before.push($("sentence").value);
    edited = true;
    $("sentence").value = text;
    $("undo").disabled = false;
    explain();
  };

  $("sentence").addEventListener("input", () => {
    before.length = 0; // or Undo would destroy what is typed now
    $("undo").disabled = true;
    explainSoon();
  });
  $("keep").addEventListener("input", () => {
    $("keep-shown").textContent = Number($("keep").value).toFixed(2);
    explainSoon();
  });
  $("mask").addEventListener("input", explainSoon);
  $("features").addEventListener("input", explainSoon);
  $("method").addEventListener("change", () => {
    $("keep").disabled = $("method").value !== "lime";
    explain();
  });
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    explain();
  });
  $("edit").addEventListener("submit", (event) => {
    event.preventDefault();
    change($("replacement").value.trim());
  });
  $("delete").addEventListener("click", () => change(""));
  $("undo").addEventListener("click", () => {
    $("sentence").value = before.pop();
    $("undo").disabled = !before.length;
    explain();
  });
  $("view").addEventListener("choose", chosen);
  $("view").addEventListener("keydown", (event) => {
    if (!event.target.closest(".word")) return;
    if (event.key === "Delete") change("");
    else if (event.key === "Enter") $("replacement").select();
    else return;
    event.preventDefault();
  });

  history.replaceState(null, "", "/"); // the token is in a cookie now
  $("keep").disabled = $("method").value !== "lime";
  explain();
})();
