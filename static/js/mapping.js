// The form that maps a wording says, while somebody types, how many events the row would name. Without this file a
// button asks for it.
const WAIT_MS = 350;

function bind(form) {
  const part = form.querySelector("#preview");
  const asked = ["carrier", "match", "text", "raw_code"];
  let timer = 0;
  let last = "";

  async function read() {
    const query = new URLSearchParams();
    const told = new FormData(form);
    asked.forEach((name) => query.set(name, told.get(name) || ""));
    const address = `${form.dataset.preview}?${query}`;
    if (address === last) return;
    last = address;
    try {
      const answer = await fetch(address, { redirect: "error" });
      if (answer.ok && address === last) part.innerHTML = await answer.text();
    } catch {
      last = ""; // the next key asks again
    }
  }

  form.querySelectorAll("[data-without-js]").forEach((button) => { button.hidden = true; });
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(read, WAIT_MS); });
  read();
}

document.querySelectorAll("form[data-preview]").forEach(bind);
