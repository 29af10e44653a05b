// Copying, the search box, live rows. Every page works without this file.
"use strict";
document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  copyText(button.dataset.copy).then(() => {
    button.classList.add("done");
    say(document.body.dataset.copied);
    setTimeout(() => button.classList.remove("done"), 1500);
  });
});

// The clipboard interface exists only on secure origins; a console on a plain LAN address needs the old way.
function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied ? Promise.resolve() : Promise.reject(new Error("not copied"));
}

const voice = document.createElement("p");
voice.className = "unseen";
voice.setAttribute("role", "status");
document.body.append(voice);
function say(text) {
  voice.textContent = text;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});

// Texts that grow at their end are looked at there, unless somebody has scrolled away.
const tails = (root) => [...root.querySelectorAll("[data-tail]")];
const isAtEnd = (tail) => tail.scrollHeight - tail.scrollTop - tail.clientHeight < 40;
for (const tail of tails(document)) tail.scrollTop = tail.scrollHeight;

// Questions that only some answers raise.
for (const group of document.querySelectorAll("[data-when]")) {
  const field = group.closest("form").elements[group.dataset.when];
  if (!field) continue;
  const show = () => { group.hidden = !group.dataset.values.split(" ").includes(field.value); };
  field.addEventListener("change", show);
  show();
}

// What a form would lead to, while it is filled in.
const coming = document.getElementById("coming");
if (coming && coming.closest("form")) {
  const form = coming.closest("form");
  const fields = coming.dataset.previewFields.split(" ");
  let asked = 0;
  let timer = 0;
  const preview = async () => {
    const turn = ++asked;
    const query = new URLSearchParams();
    for (const field of fields) if (form.elements[field]) query.set(field, form.elements[field].value);
    const page = await load(coming.dataset.preview + "?" + query);
    const fresh = page && page.getElementById("coming");
    if (turn !== asked || !fresh) return;
    coming.className = fresh.className;
    coming.replaceChildren(...document.importNode(fresh, true).childNodes);
    localTimes(coming);
  };
  form.querySelector("[data-preview-button]").hidden = true;
  form.addEventListener("input", (event) => {
    if (!fields.includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(preview, 200);
  });
}

// Live parts as they came from the server, before anything here touches them.
for (const part of document.querySelectorAll("[data-live]")) part.dataset.was = part.innerHTML;

// Exact times in the zone of whoever looks.
function localTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.title = format.format(new Date(time.dateTime));
  }
}
localTimes(document);

const find = document.querySelector("[data-find]");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && find && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    find.focus();
    find.select();
  }
});

if (find) {
  const list = document.createElement("div");
  list.className = "suggest";
  list.hidden = true;
  find.form.append(list);
  let asked = 0;
  let timer = 0;

  const close = () => { list.hidden = true; };
  const suggest = async () => {
    const turn = ++asked;
    const text = find.value.trim();
    if (text.length < 2) return close();
    const page = await load("/console/search?preview=1&q=" + encodeURIComponent(text));
    if (turn !== asked || !page || document.activeElement !== find) return;
    list.replaceChildren(...[...page.querySelectorAll("#found tbody tr")].slice(0, 8).map((row) => {
      const name = row.querySelector("a");
      const link = document.createElement("a");
      const kind = document.createElement("span");
      const text = document.createElement("span");
      link.href = name.getAttribute("href");
      text.textContent = name.textContent;
      kind.textContent = row.cells[1].textContent;
      link.append(text, kind);
      return link;
    }));
    list.hidden = list.childElementCount === 0;
  };
  find.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(suggest, 150); });
  find.addEventListener("blur", () => setTimeout(() => { if (!list.contains(document.activeElement)) close(); }, 120));
  find.form.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { close(); find.focus(); }
    if (!step || list.hidden || links.length === 0) return;
    event.preventDefault();
    const place = links.indexOf(document.activeElement) + step;
    (links[place] || find).focus();
  });
}

async function load(address) {
  try {
    const response = await fetch(address, { headers: { "X-Live": "1" }, credentials: "same-origin" });
    if (!response.ok || response.redirected) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  }
}

// Live parts: the page is asked for again when the server says that something changed, and at least now and then
// while somebody looks at it; only parts that changed are replaced.
const every = Number(document.body.dataset.refresh);
if (every && document.querySelector("[data-live]")) {
  let stream = null;
  let timer = 0;
  const again = async () => {
    if (document.hidden) return;
    const page = await load(location.href);
    if (!page) return;
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
      if (!fresh || fresh.innerHTML === part.dataset.was || inUse(part)) continue;
      part.dataset.was = fresh.innerHTML;
      const atEnd = tails(part).map(isAtEnd);
      part.replaceChildren(...document.importNode(fresh, true).childNodes);
      localTimes(part);
      tails(part).forEach((tail, place) => { if (atEnd[place] !== false) tail.scrollTop = tail.scrollHeight; });
    }
  };
  // Nothing is taken away from under somebody's hands: the focus, what was typed and not sent, what was opened.
  const inUse = (part) => part.contains(document.activeElement) || part.querySelector("details[open]")
    || [...part.querySelectorAll("input")].some((input) => input.value !== input.defaultValue)
    || [...part.querySelectorAll("option")].some((option) => option.selected && !option.defaultSelected && option.index > 0);
  // A hidden page holds no stream: browsers open only a few connections to one host.
  const listen = () => {
    clearInterval(timer);
    stream?.close();
    stream = null;
    if (document.hidden) return;
    timer = setInterval(again, every * 1000);
    stream = new EventSource("/console/live?at=" + encodeURIComponent(location.pathname + location.search));
    stream.onmessage = again;
    stream.onopen = () => { clearInterval(timer); timer = setInterval(again, every * 6000); };
    stream.onerror = () => { clearInterval(timer); timer = setInterval(again, every * 1000); };
  };
  listen();
  document.addEventListener("visibilitychange", () => { listen(); again(); });
  addEventListener("pagehide", () => stream?.close());
}
