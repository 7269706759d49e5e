// Who knows the way presses g i while the page is still arriving. The way to another place waits here for keys.js;
// what decides something does not: nobody has seen yet what it would decide.
(() => {
  const kept = [];
  const leads = (key) => key === "g" || key === "/" || key.startsWith("Arrow") || (kept.at(-1)?.key === "g" && key.length === 1 && key !== " ");
  function keep(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || !leads(event.key)) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    event.preventDefault();
    kept.push(event);
  }
  document.addEventListener("keydown", keep);
  window.takeEarlyKeys = () => {
    document.removeEventListener("keydown", keep);
    return kept;
  };
})();
