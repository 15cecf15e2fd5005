/* What pages do beyond links and forms: swap a part, poll the queue, listen to keys. Every page works without it. */
"use strict";

const root = document.documentElement;
root.classList.add("scripted");
const markup = window.trustedTypes ? trustedTypes.createPolicy("remit", { createHTML: (text) => text }) : { createHTML: (text) => text };
const store = { get: (name) => { try { return localStorage.getItem(name); } catch { return null; } }, set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* a browser may keep nothing */ } } };
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

/* Theme */
const theme = store.get("theme");
if (theme) root.dataset.theme = theme;
function toggleTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  store.set("theme", root.dataset.theme);
}

/* Parts of a page: only ever from this site, which escapes what it was given */
async function part(url, name, headers = {}) {
  const answer = await fetch(url, { headers: { "X-Fragment": name, ...headers }, credentials: "same-origin" });
  if (answer.redirected) { location.assign(url); return null; }
  return answer;
}
function fill(element, text) { element.innerHTML = markup.createHTML(text); }

async function openCase(link) {
  const detail = $("#case");
  if (!detail || innerWidth <= 820) { location.assign(link.href); return; }
  const answer = await part(link.href, "case");
  if (!answer) return;
  if (!answer.ok) { location.assign(link.href); return; }
  fill(detail, await answer.text());
  detail.scrollTop = 0;
  history.pushState({}, "", link.href);
  $$("#rows .on").forEach((each) => { each.classList.remove("on"); $("a", each).removeAttribute("aria-current"); });
  link.parentElement.classList.add("on");
  link.setAttribute("aria-current", "true");
}

/* The queue polls while it is seen; nobody's place is lost */
function poll() {
  const rows = $("#rows[data-poll]");
  if (!rows) return;
  let known = null;
  setInterval(async () => {
    if (document.hidden || rows.contains(document.activeElement)) return;
    try {
      const answer = await part(location.href, "rows", known ? { "If-None-Match": known } : {});
      if (!answer || !answer.ok) return;
      const first = known === null;
      known = answer.headers.get("ETag");
      const text = await answer.text();
      if (!first || text.length) { const top = rows.scrollTop; fill(rows, text); rows.scrollTop = top; }
    } catch { /* the next time */ }
  }, Number(rows.dataset.poll) * 1000);
}

/* Keys: one table for what they do and what the sheet says */
const rowLinks = () => $$("#rows a[data-row]");
function move(step) {
  const links = rowLinks();
  if (!links.length) return;
  const at = links.findIndex((each) => each === document.activeElement || each.parentElement.classList.contains("on"));
  const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
  next.focus();
  openCase(next);
}
function cite(number) {
  const found = $(`#e${number}`);
  if (!found) return;
  $$(".ev .hit").forEach((each) => each.classList.remove("hit"));
  found.classList.add("hit");
  const details = $("details", found);
  if (details) details.open = true;
  found.scrollIntoView({ block: "nearest" });
  found.focus({ preventScroll: true });
}
function ready(choice) {
  const button = $(`[data-focus="${choice}"]`);
  if (!button) return;
  $$("[data-focus]").forEach((each) => each.removeAttribute("data-ready"));
  button.dataset.ready = "";
  const reason = $("#reason");
  (reason && !reason.value ? reason : button).focus();
}
function commit() {
  const button = $("[data-focus][data-ready]");
  if (button && button.form.reportValidity()) button.form.requestSubmit(button);
}
const KEYS = [
  ["j", "the next case", () => move(1)],
  ["k", "the case before", () => move(-1)],
  ["/", "search", () => $("#q")?.focus()],
  ["c", "claim it, or give it back", () => $('[data-key="c"]')?.click()],
  ["1-9", "look at a passage", null],
  ["a", "get ready to approve", () => ready("a")],
  ["r", "get ready to reject", () => ready("r")],
  ["Ctrl+Enter", "commit, and go on to the next", null],
  ["?", "this sheet", () => $("#keys").showModal()],
];
function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); commit(); return; }
  if (store.get("keys") === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || $("dialog[open]")) return;
  if (/^[1-9]$/.test(event.key) && $(`#e${event.key}`)) { event.preventDefault(); cite(event.key); return; }
  const found = KEYS.find(([key, , act]) => key === event.key && act);
  if (found) { event.preventDefault(); found[2](); }
}

function begin() {
  const list = $("#keys-list");
  for (const [key, says] of KEYS) {
    if (!list) break;
    const term = document.createElement("dt");
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    term.append(kbd);
    const text = document.createElement("dd");
    text.textContent = says;
    list.append(term, text);
  }
  const on = $("#keys-on");
  if (on) { on.checked = store.get("keys") !== "off"; on.addEventListener("change", () => store.set("keys", on.checked ? "on" : "off")); }
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-theme-toggle], [data-keys-open], [data-open], a[data-row], a.cite, [data-focus]");
    if (!at) return;
    if (at.matches("[data-theme-toggle]")) toggleTheme();
    else if (at.matches("[data-keys-open]")) $("#keys").showModal();
    else if (at.matches("[data-open]")) { const details = $(`#${at.dataset.open} details`); if (details) details.open = true; }
    else if (at.matches("a.cite")) { event.preventDefault(); cite(at.hash.slice(2)); }
    else if (at.matches("a[data-row]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); openCase(at); }
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });
  addEventListener("popstate", () => location.reload());
  poll();
}
begin();
