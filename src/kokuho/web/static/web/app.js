// The workplace in the browser: keys, lists, dialogs, the lock. Everything else is the server's.
import { startKeys } from "./keys.js";
import { startLock } from "./lock.js";

const panel = document.getElementById("panel");
let returnTo = null;

function openDialog(dialog) {
  returnTo = document.activeElement;
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) openDialog(document.getElementById(opener.dataset.open));
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".toast").remove();
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("close", (event) => {
  if (event.target === panel) document.getElementById("panel-body").replaceChildren();
  if (returnTo && returnTo.isConnected) returnTo.focus();
  returnTo = null;
}, true);

// A part that is loaded into the panel opens it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "panel-body") {
    openDialog(panel);
    panel.querySelector(".body").focus();
    const wanted = event.detail.target.querySelector("[data-wanted]");
    if (wanted) wanted.scrollIntoView({ block: "start" });
  }
});

// Fields left empty do not lengthen the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (value === "") event.detail.formData.delete(name);
  }
});

document.addEventListener("htmx:sendError", () => tell("サーバーに接続できません。通信を確かめてから、もう一度操作してください。"));
document.addEventListener("htmx:timeout", () => tell("応答がありません。しばらくしてから、もう一度操作してください。"));

function tell(text) {
  const toast = document.createElement("div");
  toast.className = "toast error";
  const line = document.createElement("p");
  line.textContent = text;
  toast.append(line);
  document.getElementById("toasts").replaceChildren(toast);
}

// A form is sent once; a second press while it is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
});

// The box in the head of a table ticks all its rows.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-check-all]")) return;
  for (const box of event.target.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
});

// A page from the browser's memory would show what may no longer be shown.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest" });
document.querySelector("[data-focus]")?.focus();
startKeys();
startLock();
