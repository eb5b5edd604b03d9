// The console works without this file. It copies, focuses the search with "/", filters on change, and reads news.
import { follow } from "./console-refresh.js";

const status = document.createElement("p");
status.className = "hide";
status.setAttribute("role", "status");
document.body.append(status);

function bindCopy(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = button.dataset.copy && document.getElementById(button.dataset.copy);
    const text = button.dataset.copyText || (source ? source.textContent.trim() : "");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (source) getSelection().selectAllChildren(source); // no permission: select it, so that the keyboard can copy
      return;
    }
    button.classList.add("copied");
    status.textContent = `${button.textContent.trim()}: ${text}`;
    setTimeout(() => button.classList.remove("copied"), 2000);
  });
}

function bindSlash(field) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

function bindFilters(form) {
  form.querySelectorAll("[data-without-js]").forEach((button) => { button.hidden = true; });
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    // Empty filters stay out of the address.
    form.querySelectorAll("select, input").forEach((field) => { field.disabled = field.value === ""; });
  });
  addEventListener("pageshow", () => form.querySelectorAll("[disabled]").forEach((field) => { field.disabled = false; }));
}

function bindOutsideClick(details) {
  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.open = false; });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
}

document.querySelectorAll("[data-copy], [data-copy-text]").forEach(bindCopy);
document.querySelectorAll("[data-slash]").forEach(bindSlash);
document.querySelectorAll("[data-submit-on-change]").forEach(bindFilters);
document.querySelectorAll("details.nav-switch, details.confirm").forEach(bindOutsideClick);
document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
  tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 24;
});
follow(document.querySelector("[data-refresh]"));
