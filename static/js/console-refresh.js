// Reads the parts of a page again every `data-refresh` seconds while it is seen. The server answers 304 while nothing
// has changed. A part in which somebody is at work (focus, an open detail, selected text) is left alone.

function isBusy(part) {
  const selection = getSelection();
  return part.contains(document.activeElement)
    || part.querySelector("details[open]") !== null
    || (selection.type === "Range" && part.contains(selection.anchorNode));
}

function replace(html) {
  const read = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of read.body.children) {
    const part = document.getElementById(fresh.id);
    if (part && !isBusy(part) && part.innerHTML !== fresh.innerHTML) part.innerHTML = fresh.innerHTML;
  }
}

export function follow(root) {
  if (!root) return;
  const every = Number(root.dataset.refresh) * 1000;
  const address = new URL(location.href);
  address.searchParams.set("fragment", "1");
  let etag = "";
  let failures = 0;

  async function read() {
    if (document.hidden) return;
    try {
      const answer = await fetch(address, { headers: etag ? { "If-None-Match": etag } : {}, redirect: "error" });
      if (answer.ok) {
        etag = answer.headers.get("ETag") || "";
        replace(await answer.text());
      }
      failures = answer.ok || answer.status === 304 ? 0 : failures + 1;
    } catch {
      failures += 1;
    }
  }

  async function loop() {
    await read();
    if (failures < 6) setTimeout(loop, every * 2 ** failures);
  }
  setTimeout(loop, every);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && failures < 6) read(); });
}
