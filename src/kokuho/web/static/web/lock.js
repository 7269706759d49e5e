// The idle lock: without an operation for the set time the data leaves the page, and the server is told (AUTH-06).

const OPERATIONS = ["keydown", "pointerdown", "wheel", "touchstart"];
const LAST = "kokuho-operated";

export function startLock() {
  const minutes = Number(document.body.dataset.lockMinutes);
  const template = document.getElementById("locked-screen");
  if (!minutes || !template) return;
  const limit = minutes * 60 * 1000;
  let locked = false;

  // Several tabs of one person are one workplace: an operation in one keeps the others open. Only a time is kept.
  const operated = () => sessionStorage.setItem(LAST, String(Date.now()));
  const channel = new BroadcastChannel("kokuho");
  channel.onmessage = (message) => {
    if (message.data === "lock") cover();
    else operated();
  };

  let told = 0;
  const note = () => {
    operated();
    if (Date.now() - told > 15000) {
      told = Date.now();
      channel.postMessage("operated");
    }
  };
  for (const name of OPERATIONS) document.addEventListener(name, note, { passive: true, capture: true });
  operated();

  function cover() {
    if (locked) return;
    locked = true;
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    document.getElementById("frame").remove();
    document.getElementById("panel")?.remove();
    document.title = "ロック中";
    document.body.append(template.content.cloneNode(true));
    document.querySelector(".locked a").focus();
  }

  async function lock() {
    cover();
    channel.postMessage("lock");
    const headers = { "X-CSRFToken": document.body.dataset.csrf };
    // Without a connection the page is covered all the same; the server locks by its own clock.
    await fetch(document.body.dataset.lockUrl, { method: "POST", headers, credentials: "same-origin" }).catch(() => null);
  }

  setInterval(() => {
    if (!locked && Date.now() - Number(sessionStorage.getItem(LAST)) > limit) lock();
  }, 5000);
}
