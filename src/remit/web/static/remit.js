// Everything that a page can do beyond what a browser does by itself: fetch a part, swap it in, keys, polling, theme.
// Each page works without it. Nothing here knows a page: behaviour hangs on data attributes.
"use strict";
// Whatever comes in, no object of the page gets a member that it was not given: prototypes take no new ones.
for (const kind of [Object, Array, Function]) Object.seal(kind.prototype);
(() => {
  const root = document.documentElement;
  const policy = window.trustedTypes ? trustedTypes.createPolicy("remit", { createHTML: (html) => html }) : { createHTML: (html) => html };
  const one = (selector, from = document) => from.querySelector(selector);
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* it holds until the page goes */ } };

  // Theme: set before anything is drawn.
  if (kept("remit-theme")) root.dataset.theme = kept("remit-theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const showTheme = () => { const button = one("[data-do=theme]"); if (button) button.textContent = isDark() ? "Light mode" : "Dark mode"; };

  // Keys: one table makes the hints on the page, the sheet behind "?", and what is done.
  const KEYS = [
    { key: "j", does: "Next case", run: () => step(1) },
    { key: "k", does: "Case before", run: () => step(-1) },
    { key: "/", does: "Search", run: () => focus(one("input[type=search]")) },
    { key: "c", does: "Claim, or give back", at: "claim", run: () => press("claim") },
    { key: "1-9", does: "Look at evidence", run: (key) => highlight("E" + key) },
    { key: "a", does: "Go to approve", at: "approve", run: () => arm("approve") },
    { key: "r", does: "Go to reject", at: "reject", run: () => arm("reject") },
    { key: "e", does: "Edit and approve", at: "edit", run: () => press("edit") },
    { key: "Ctrl+Enter", does: "Say it, and go on to the next case", always: true },
    { key: "?", does: "These keys", run: () => help() },
  ];
  const keysOn = () => kept("remit-keys") !== "off";
  const handlerOf = (key) => KEYS.find((each) => each.run && (each.key === key || (each.key === "1-9" && /^[1-9]$/.test(key))));

  const focus = (element) => { if (element) element.focus(); return Boolean(element); };
  const press = (name) => { const found = one(`[data-key=${name}]`); if (found) found.click(); };
  const say = (text) => { const place = one("#say"); if (place) place.textContent = text; };
  const rows = () => [...document.querySelectorAll(".rows li")];
  const neighbour = (by) => { const all = rows(), at = all.findIndex((each) => each.classList.contains("on")); return all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by]; };
  const step = (by) => { const next = neighbour(by); if (next) one("a", next).click(); };

  const arm = (choice) => {
    const form = one("form[data-decide]");
    if (!form) return;
    form.dataset.armed = choice;
    for (const button of form.querySelectorAll("button[name=choice]")) button.classList.toggle("armed", button.value === choice);
    const code = one("select[name=code]", form), reason = one("textarea", form);
    focus(choice === "reject" && code && !code.value ? code : reason);
    say(choice === "approve" ? "Approve: give a reason, then Ctrl and Enter." : "Reject: give a reason, then Ctrl and Enter.");
  };
  const highlight = (label) => {
    const source = document.getElementById(label);
    if (!source) return;
    for (const each of document.querySelectorAll(".hit")) each.classList.remove("hit");
    source.classList.add("hit");
    source.scrollIntoView({ block: "nearest" });
    source.focus({ preventScroll: true });
  };
  const help = () => {
    const sheet = one("#keys");
    if (!sheet) return;
    one("[data-do=keys-on]", sheet).checked = keysOn();
    sheet.showModal();
  };
  const fillHelp = () => {
    const list = one("#keys dl");
    if (!list || list.childElementCount) return;
    for (const each of KEYS) {
      const key = document.createElement("dt"), what = document.createElement("dd"), sign = document.createElement("kbd");
      sign.textContent = each.key; key.append(sign); what.textContent = each.does; list.append(key, what);
    }
  };
  const hint = () => {
    for (const old of document.querySelectorAll(".kbdhint")) old.remove();
    if (!keysOn()) return;
    for (const each of KEYS.filter((row) => row.at)) for (const place of document.querySelectorAll(`[data-key=${each.at}]`)) {
      const sign = document.createElement("kbd");
      sign.className = "kbdhint"; sign.textContent = each.key; sign.setAttribute("aria-hidden", "true");
      place.append(sign); place.setAttribute("aria-keyshortcuts", each.key);
    }
  };

  // A session may end over a form. What was typed stays in this tab, until whoever typed it has signed in again.
  const TYPED = "remit-typed";
  const who = () => one(".who b")?.textContent;
  const typed = (change) => { try { const had = JSON.parse(sessionStorage.getItem(TYPED)); if (change) sessionStorage.setItem(TYPED, JSON.stringify(change(had))); return had; } catch { return null; } };
  const texts = () => [...document.querySelectorAll("form[method=post] :is(textarea, input:not([type=hidden], [type=password], [type=checkbox]))")].filter((each) => each.name);
  const nameOf = (text) => `${text.form.getAttribute("action")} ${text.name}`;
  const keepTyped = () => {
    const fields = texts().filter((each) => each.value !== each.defaultValue).map((each) => [nameOf(each), each.value]);
    if (who()) typed(() => (fields.length ? { who: who(), place: location.pathname + location.search, fields } : null));
  };
  const signInAgain = (address) => {
    const place = new URL(address, location.href);
    if (!place.searchParams.has("next")) place.searchParams.set("next", location.pathname + location.search);
    keepTyped();
    location.assign(place);
  };
  const giveTypedBack = () => {
    const kept = typed(), form = one("form[action^='/sign-in']");
    if (!kept) return;
    if (!who()) {
      if (form && !form.getAttribute("action").includes("next=")) form.action = `/sign-in?next=${encodeURIComponent(kept.place)}`;
      typed((had) => ({ ...had, ended: true }));
      return;
    }
    if (!kept.ended || kept.who !== who()) return typed(() => null);
    for (const [name, value] of kept.fields) {
      const text = texts().find((each) => nameOf(each) === name && each.value === each.defaultValue);
      if (!text) continue;
      typed(() => null);
      text.value = value;
      text.dispatchEvent(new Event("input", { bubbles: true }));
      say("Your session had ended. What you had typed is here again.");
    }
  };

  // Fetch a part of a page and swap it in. The server answers the same address with the page or the part.
  let under = null;
  const ask = async (address, fragment, options = {}) => {
    const headers = { "Remit-Fragment": fragment, Accept: "text/html", ...(options.headers || {}) };
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options, headers });
    if (answer.status === 401 && answer.headers.get("Remit-Location")) { signInAgain(answer.headers.get("Remit-Location")); throw new DOMException("", "AbortError"); }
    return answer;
  };
  const put = (name, html) => {
    const place = document.getElementById(name), list = one("#rows"), at = list ? list.scrollTop : 0;
    place.innerHTML = policy.createHTML(html);
    if (name === "desk") place.classList.toggle("has-case", Boolean(one(".case", place)));
    const now = one("#rows");
    if (now) now.scrollTop = at;
    ready(place);
  };
  const swap = async (name, address, options, move) => {
    if (under) under.abort();
    under = new AbortController();
    const place = document.getElementById(name);
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(address, name, { ...options, signal: under.signal });
      const html = await answer.text();
      if (answer.headers.get("Remit-Fragment") !== name) { fail(html, answer.status); return null; }
      put(name, html);
      const shown = new URL(answer.url);
      shown.searchParams.delete("said");
      // A form that is answered at its own address leaves the page's as it is: nobody could come back to the form's.
      if (move && (options.method !== "POST" || answer.redirected)) history[move]({ swap: name }, "", answer.ok ? shown : location.href);
      after(answer);
      return answer;
    } catch (error) {
      if (error.name !== "AbortError") fail("", 0, options.method === "POST");
      return null;
    } finally { place.removeAttribute("aria-busy"); }
  };
  const fail = (html, status, sent = false) => {
    const lost = sent ? "No answer came. Perhaps it was done: load this page again and look before you repeat it." : "The server cannot be reached; try again.";
    const text = status === 0 ? lost : new RegExp("<h1>([^<]*)</h1><p>([^<]*)").exec(html)?.slice(1).join(": ") || `It failed (${status}).`;
    const plain = text.replace(/&#39;/g, "'").replace(/&#34;|&quot;/g, '"').replace(/&amp;/g, "&");
    const box = document.createElement("p");
    box.className = "flash bad"; box.setAttribute("role", "alert"); box.textContent = plain;
    (one(".detail") || one(".page") || one("main")).prepend(box);
  };
  const after = (answer) => {
    const title = one(".detail h2, main h1"), done = one("[role=status].flash, [role=alert]");
    if (title) document.title = `${title.textContent.trim()} · Remit`;
    if (done) say(done.textContent.trim());
    const wrong = one("[aria-invalid]"), row = one(".rows .on a");
    if (wrong) focus(wrong);
    else if (!answer.ok || document.activeElement === document.body) focus(row || one(".detail"));
    if (row) row.scrollIntoView({ block: "nearest" });
  };

  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link && link.classList.contains("cite")) { event.preventDefault(); highlight(link.hash.slice(1)); return; }
    if (link && link.dataset.swap && document.getElementById(link.dataset.swap)) { event.preventDefault(); swap(link.dataset.swap, link.href, {}, "pushState"); return; }
    const action = event.target.closest("[data-do]")?.dataset.do;
    if (action === "theme") { root.dataset.theme = isDark() ? "light" : "dark"; keep("remit-theme", root.dataset.theme); showTheme(); }
    if (action === "help") help();
    if (action === "close") one("#keys").close();
  });
  addEventListener("submit", (event) => {
    const form = event.target, name = form.dataset.swap, button = event.submitter;
    if (!name && form.method === "post") keepTyped();
    if (!name || !document.getElementById(name) || form.dataset.sent) return;
    event.preventDefault();
    send(form, button, false);
  });
  const send = async (form, button, advance) => {
    const said = new FormData(form), address = new URL((button && button.getAttribute("formaction")) || form.getAttribute("action"), location.href);
    if (button && button.name) said.append(button.name, button.value);
    if (form.method === "get") {
      address.search = new URLSearchParams([...said].filter(([, value]) => value !== "")).toString();
      return swap(form.dataset.swap, address, {}, "pushState");
    }
    const next = advance && neighbour(1);
    if (next) said.append("then", next.dataset.id);
    form.dataset.sent = "1";
    const answer = await swap(form.dataset.swap, address, { method: "POST", body: new URLSearchParams(said) }, "pushState");
    delete form.dataset.sent;
    if (answer && answer.ok && advance) focus(one(".rows .on a"));
    return answer;
  };

  // Filters apply as they are set; an edit is judged by the policy as it is made, and approved only as it was judged.
  let soon = 0;
  const later = (act, ms) => { clearTimeout(soon); soon = setTimeout(act, ms); };
  addEventListener("change", (event) => {
    const form = event.target.form;
    if (event.target.dataset.do === "keys-on") { keep("remit-keys", event.target.checked ? "on" : "off"); hint(); }
    if (form && "auto" in form.dataset && event.target.type !== "search") { if (form.dataset.swap) send(form, null, false); else form.requestSubmit(); }
  });
  addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || !("edit" in form.dataset) || !event.target.name.startsWith("arg.")) return;
    one("[data-commit]", form).disabled = true;
    later(async () => {
      const { id, selectionStart } = event.target;
      if (!form.isConnected || !form.reportValidity()) return;
      await send(form, null, false);
      const again = document.getElementById(id);
      if (again) { again.focus(); try { again.setSelectionRange(selectionStart, selectionStart); } catch { /* a number has no selection */ } }
    }, 500);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest && event.target.closest("form[data-decide], form[data-edit]");
      if (!form) return;
      const button = "edit" in form.dataset ? one("[data-commit]", form) : form.dataset.armed && one(`button[value=${form.dataset.armed}]`, form);
      event.preventDefault();
      if (button && !button.disabled && !form.dataset.sent) send(form, button, true);
      else if (!button) say("Press a or r first: approve, or reject?");
      return;
    }
    if (event.key === "Escape" && event.target.closest && event.target.closest("input, textarea, select")) { event.target.blur(); focus(one(".rows .on a")); return; }
    if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key !== "j" && event.key !== "k") return;
    if (event.target.closest && event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    const found = handlerOf(event.key);
    if (found) { event.preventDefault(); found.run(event.key); }
  });
  addEventListener("popstate", () => {
    const place = one("[data-fragment]");
    if (place && location.pathname.split("/")[1] === (place.id === "desk" ? "queue" : location.pathname.split("/")[1])) swap(place.id, location.href, {}, null);
    else location.reload();
  });

  // An answer that is under way: its events are shown as they come, and once it is over the server's page of it. What was
  // seen before a break is not sent again (Last-Event-ID), and what the page shows already is left out.
  const follow = () => {
    const turns = one("#turns[data-run]");
    if (!turns) return;
    const text = one("[data-text]", turns), steps = one("[data-steps]", turns), shown = Number(turns.dataset.after);
    const stream = new EventSource(`/v1/chat/runs/${encodeURIComponent(turns.dataset.run)}/events`);
    const on = (type, act) => stream.addEventListener(type, (event) => { if (Number(event.lastEventId) > shown) act(JSON.parse(event.data)); });
    let line = text.lastElementChild;
    on("restart", () => { text.replaceChildren(); steps?.replaceChildren(); line = null; });
    on("step", (said) => {
      if (said.state === "started" || !steps) return;
      const item = document.createElement("li");
      item.textContent = said.what || said.tool || "";
      steps.append(item);
    });
    on("delta", (said) => {
      for (const [at, piece] of (said.text || "").split("\n").entries()) {
        if (at || !line) { line = document.createElement("p"); text.append(line); }
        line.append(piece);
      }
      if (turns.scrollHeight - turns.scrollTop - turns.clientHeight < 160) turns.scrollTop = turns.scrollHeight;
    });
    on("done", async () => {
      stream.close();
      await swap("talk", location.href, {}, null);
      toLast();
      const last = [...document.querySelectorAll(".turn.bot")].pop();
      if (last) say([...last.querySelectorAll(".say, [data-end]")].map((part) => part.textContent.trim()).join(" "));
      focus(one("#message"));
    });
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && "send" in (event.target.dataset || {})) {
      const form = event.target.form, button = one("button.pri", form);
      event.preventDefault();
      if (!button.disabled && form.reportValidity()) form.requestSubmit(button);
    }
  });

  // What comes is read as it comes; what is there, from the question on.
  const toLast = () => {
    const turns = one("#turns"), last = one("#last");
    if (turns && last) turns.scrollTop = turns.dataset.run ? turns.scrollHeight : last.offsetTop - turns.offsetTop - 8;
  };

  // Polling: only what changed is sent, and nobody asks while the page is hidden.
  const poll = async () => {
    const place = one("[data-poll]");
    if (!place || document.hidden || under && one("[aria-busy]")) return;
    try {
      const tag = place.dataset.tag ? { "If-None-Match": place.dataset.tag } : {};
      const answer = await ask(location.href, place.dataset.fragment, { headers: tag });
      const here = one("[data-poll]");
      if (answer.status !== 200 || here !== place || answer.headers.get("Remit-Fragment") !== place.dataset.fragment) return;
      const held = document.activeElement?.closest(".rows li")?.dataset.id, at = place.scrollTop;
      place.innerHTML = policy.createHTML(await answer.text());
      place.dataset.tag = answer.headers.get("ETag") || "";
      place.scrollTop = at;
      if (held) focus(one(`.rows li[data-id="${held}"] a`));
    } catch { /* the next one may go through */ }
  };

  const ready = () => { fillHelp(); hint(); showTheme(); giveTypedBack(); };
  addEventListener("DOMContentLoaded", () => {
    for (const each of document.querySelectorAll("[data-do][hidden]")) each.hidden = false;
    ready();
    follow();
    toLast();
    const place = one("[data-poll]");
    if (place) setInterval(poll, Number(place.dataset.poll) * 1000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  });
})();
