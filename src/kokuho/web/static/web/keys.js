// Keys: / search, g + letter to a desk, arrows in lists, ? help, and what a page declares with data-key and data-key-label.

// While g waits for its letter all places lie open to be read; that takes a newcomer a moment.
const PATIENCE = 6000;
let waiting = 0;
let folded = [];

// A box takes no letters: whoever ticked rows goes on by key.
function typing(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

function pageKeys() {
  return [...document.querySelectorAll("main [data-key]")].filter((element) => !element.closest("[hidden]"));
}

function listPageKeys() {
  const section = document.getElementById("page-keys");
  const found = pageKeys();
  if (!section || !found.length) return;
  const list = section.querySelector("dl");
  list.replaceChildren();
  for (const element of found) {
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    key.textContent = element.dataset.key;
    term.append(key);
    const text = document.createElement("dd");
    text.textContent = element.dataset.keyLabel || element.textContent.trim();
    list.append(term, text);
  }
  section.hidden = false;
}

function rows() {
  const table = document.querySelector("main table.list[data-rows]") || document.querySelector("main table.list");
  return table ? [...table.tBodies].flatMap((body) => [...body.rows]) : [];
}

function choose(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.findIndex((row) => row.classList.contains("chosen"));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  if (at >= 0) all[at].classList.remove("chosen");
  all[next].classList.add("chosen");
  all[next].scrollIntoView({ block: "nearest" });
  all[next].querySelector("a, button")?.focus({ preventScroll: true });
  return true;
}

function follow(selector) {
  const link = document.querySelector(selector);
  if (link) link.click();
  return link !== null;
}

function handle(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  if (document.querySelector("dialog[open]")) return false;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
    return true;
  }
  if (typing(event.target)) return false;
  if (waiting) {
    if (event.key === "Shift") return false;
    clearTimeout(waiting);
    stopWaiting();
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    return link !== null;
  }
  switch (event.key) {
    case "/": {
      const search = document.querySelector('[data-shortcut="/"]');
      search?.focus();
      search?.select();
      return search !== null;
    }
    case "?":
      listPageKeys();
      document.querySelector('[data-open="keys"]')?.click();
      return true;
    case "g":
      waiting = setTimeout(stopWaiting, PATIENCE);
      folded = [...document.querySelectorAll(".nav details:not([open])")];
      for (const group of folded) group.open = true;
      document.body.classList.add("keys-waiting");
      return true;
    case "ArrowDown":
      return choose(1);
    case "ArrowUp":
      return choose(-1);
    case "ArrowRight":
      return follow('.pager a[rel="next"]');
    case "ArrowLeft":
      return follow('.pager a[rel="prev"]');
    case "f": {
      const first = document.querySelector(".filters input, .filters select");
      first?.focus();
      return Boolean(first);
    }
    case "Enter": {
      const chosen = rows().find((row) => row.classList.contains("chosen"));
      if (!chosen || event.target.closest("a, button")) return false;
      return follow("tr.chosen a");
    }
    default: {
      const wanted = pageKeys().find((element) => element.dataset.key === event.key);
      wanted?.click();
      // What a key unfolds is typed into next.
      if (wanted?.matches("summary")) wanted.parentElement.querySelector("input")?.focus();
      return Boolean(wanted);
    }
  }
}

function stopWaiting() {
  waiting = 0;
  for (const group of folded) group.open = false;
  folded = [];
  document.body.classList.remove("keys-waiting");
}

export function startKeys() {
  const early = window.takeEarlyKeys();
  document.addEventListener("keydown", (event) => {
    if (handle(event)) event.preventDefault();
  });
  document.querySelector('[data-open="keys"]')?.addEventListener("click", listPageKeys);
  for (const event of early) handle(event);
}
