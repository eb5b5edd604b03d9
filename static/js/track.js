// The buyer's page, kept fresh: server-sent events where there are, a look every minute where there are not.
// Nothing here is needed to read the page. It never moves the reader's place or focus.
const main = document.getElementById("main");
const status = main.querySelector("[data-status]");
const rate = Number(main.dataset.speed) || 1;
const POLL_MS = 60_000;
let shown = { version: Number(main.dataset.version), at: Date.now(), now: Number(main.dataset.now) * 1000 };
let etag = "", stream = null, failures = 0, timer = 0, looking = false, again = false, wasOpen = false;

// Times: right when rendered, kept right here. The clock is the server's (a demo's runs fast).
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const habits = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang; // as the page's dates
const hours = new Intl.DateTimeFormat(habits, CLOCK);
const daysAndHours = new Intl.DateTimeFormat(habits, { weekday: "short", day: "numeric", month: "short", ...CLOCK });
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
function retell() {
  const now = shown.now + (Date.now() - shown.at) * rate;
  for (const time of main.querySelectorAll("time[data-ago]")) {
    const seconds = Math.max(0, (now - Date.parse(time.dateTime)) / 1000);
    const [unit, size] = UNITS.find(([, size]) => seconds >= size * 1.5) || UNITS[3];
    const text = words.format(-Math.round(seconds / size), unit);
    if (time.textContent !== text) time.textContent = text;
  }
  for (const time of main.querySelectorAll("time[data-since]")) {
    const at = new Date(time.dateTime), today = new Date(now).toDateString() === at.toDateString();
    const text = (today ? hours : daysAndHours).format(at);
    if (time.textContent !== text) time.textContent = text;
  }
}

// Copy buttons appear only where they work.
function dress(root) {
  if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}
main.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    status.textContent = main.dataset.copied;
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 2_000);
  } catch { /* the number can still be selected */ }
});

// Looks for a newer page and puts its parts in place.
async function look(isNews) {
  if (looking) { again ||= isNews; return; }
  looking = true;
  try {
    const headers = etag && !isNews ? { "If-None-Match": etag } : {};
    const answer = await fetch(location.href, { cache: "no-store", credentials: "omit", headers });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      take(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main"));
    }
  } catch { /* offline: what is shown stays, with its age */ }
  looking = false;
  if (again) { again = false; look(true); }
}

function take(fresh) {
  if (!fresh || !fresh.dataset.version) return;
  const version = Number(fresh.dataset.version);
  if (version < shown.version) return;
  const isNews = version > shown.version;
  shown = { version, at: Date.now(), now: Number(fresh.dataset.now) * 1000 };
  const anchor = [...main.querySelectorAll(".event")].find((row) => row.getBoundingClientRect().top >= 0);
  const before = anchor && anchor.getBoundingClientRect().top;
  const keys = new Set([...main.querySelectorAll("[data-key]")].map((part) => part.dataset.key));
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = main.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old || old.isEqualNode(part)) continue;
    for (const open of old.querySelectorAll("details[open][data-key]")) {
      part.querySelector(`details[data-key="${CSS.escape(open.dataset.key)}"]`)?.setAttribute("open", "");
    }
    const focused = old.contains(document.activeElement) ? trail(document.activeElement) : null;
    for (const row of isNews ? part.querySelectorAll(".event[data-key]") : []) {
      if (!keys.has(row.dataset.key)) row.classList.add("fresh-news");
    }
    dress(part);
    old.replaceWith(part);
    if (focused) main.querySelector(focused)?.focus({ preventScroll: true });
  }
  const now = anchor && main.querySelector(`[data-key="${CSS.escape(anchor.dataset.key)}"]`);
  if (now && scrollY > 0) scrollBy(0, now.getBoundingClientRect().top - before);
  main.dataset.version = String(version);
  retell();
  if (isNews) {
    const headline = main.querySelector("[data-headline]").textContent;
    status.textContent = `${main.dataset.news} ${headline}`;
    document.title = document.title.replace(/^.*?( · )/, `${headline}$1`);
  }
}

// How to find an element again in the new part.
function trail(element) {
  const key = element.closest("[data-key]")?.dataset.key;
  const own = element.dataset.copy ? `[data-copy="${CSS.escape(element.dataset.copy)}"]` : element.localName;
  return key ? `[data-key="${CSS.escape(key)}"] ${own}` : own;
}

function connect() {
  if (!window.EventSource || stream || document.hidden) return;
  stream = new EventSource(`${main.dataset.live}?version=${shown.version}`);
  stream.addEventListener("open", () => { 
    failures = 0;
    plan();
    if (wasOpen || Date.now() - shown.at > 5_000) look(false); // something may have been missed meanwhile
    wasOpen = true;
  });
  stream.addEventListener("news", (event) => {
    if (JSON.parse(event.data).version > shown.version) look(true);
  });
  stream.addEventListener("error", () => {
    stream?.close();
    stream = null;
    failures += 1;
    plan();
  });
}

// Without a stream: a look every minute, and a new try after 2, 4, 8 ... 60 seconds.
function plan() {
  clearTimeout(timer);
  if (document.hidden || stream?.readyState === EventSource.OPEN) return;
  const wait = Math.min(2_000 * 2 ** failures, POLL_MS);
  timer = setTimeout(() => {
    connect();
    if (wait === POLL_MS) look(false);
  }, wait);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
    clearTimeout(timer);
  } else {
    look(false);
    connect();
  }
});
dress(main);
retell();
setInterval(retell, 30_000);
connect();
