// The review desk: flags lead to their cells, the verdict asks for its reason in the page.
import { all, one, plural } from "./dom.js";

const ASK = {
  request_changes: ["What should change?", "Send back"],
  reject: ["Why is this not wanted?", "Reject"],
};

export function desk() {
  const page = one(".desk");
  if (!page) return {};
  const flags = flagList(page);
  const verdict = verdictBar();
  checklist();
  anchors();
  showTab();
  return { ...flags, ...verdict, ...ways() };
}

// The strip alone moves: scrollIntoView would, on a phone, carry the page past its title.
function showTab() {
  const tab = one(".tabs [aria-current]");
  const strip = tab?.closest(".tabs");
  if (!strip) return;
  const [there, here] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
  if (there.left < here.left || there.right > here.right)
    strip.scrollLeft += there.left - here.left - (here.width - there.width) / 2;
}

function flagList(page) {
  const list = all("[data-flag]", page);
  if (!list.length) return {};
  const store = `looked:${page.dataset.digest}`;
  const looked = new Set(JSON.parse(sessionStorage.getItem(store) ?? "[]"));
  let at = list.findIndex((flag) => flag.hasAttribute("aria-current"));
  const tell = () => {
    for (const flag of list) mark(flag, looked.has(flag.dataset.flag));
    const left = list.filter((flag) => !looked.has(flag.dataset.flag)).length;
    const say = one("[data-unlooked]");
    if (say)
      say.textContent = left
        ? `${plural(left, "flag")} not looked at yet`
        : "Every flag looked at";
  };
  const look = (index) => {
    at = (index + list.length) % list.length;
    list.forEach((flag, i) =>
      i === at
        ? flag.setAttribute("aria-current", "true")
        : flag.removeAttribute("aria-current"),
    );
    looked.add(list[at].dataset.flag);
    sessionStorage.setItem(store, JSON.stringify([...looked]));
    tell();
    return ring(list[at].dataset.flag);
  };
  list.forEach((flag, index) =>
    flag.addEventListener("click", (event) => {
      if (look(index)) event.preventDefault();
    }),
  );
  one("[data-unlooked]")?.addEventListener("click", () => list[next(list, looked)].click());
  const named = /^#flag-(\d+)$/.exec(location.hash);
  const first = named ? list.findIndex((flag) => flag.dataset.flag === named[1]) : -1;
  if (first >= 0) look(first);
  else tell();
  return {
    n: () => list[(at + 1) % list.length].click(),
    p: () => list[(at - 1 + list.length) % list.length].click(),
  };
}

const next = (list, looked) =>
  Math.max(
    0,
    list.findIndex((flag) => !looked.has(flag.dataset.flag)),
  );

function mark(flag, seen) {
  const line = one("small", flag);
  if (!seen || one(".seen", line)) return;
  line.append(
    Object.assign(document.createElement("span"), {
      className: "seen",
      textContent: "looked at",
    }),
  );
}

// Returns whether the flag's place is in the file that is shown; if not, its link leads there.
function ring(number) {
  for (const cell of all(".looking")) cell.classList.remove("looking");
  const pin = document.getElementById(`flag-${number}`);
  if (!pin) return false;
  const place = pin.closest("td, th, li, p") ?? pin;
  place.classList.add("looking");
  place.scrollIntoView({ block: "center", inline: "nearest" });
  return true;
}

function verdictBar() {
  const form = one("[data-decide]");
  if (!form) return {};
  const act = one("[data-act]", form);
  const why = one("[data-why]", form);
  const first = form.dataset.first;
  const calm = act?.innerHTML;
  let weighed = null;
  const weigh = (verdict) => {
    weighed = weighed === verdict ? null : verdict;
    for (const button of all("[data-verdict][aria-expanded]", form))
      button.setAttribute("aria-expanded", String(button.dataset.verdict === weighed));
    why.toggleAttribute("data-open", Boolean(weighed));
    if (!weighed) {
      act.value = first;
      act.innerHTML = calm;
      return;
    }
    const [question, words] = ASK[weighed];
    one("[data-why-label]", why).textContent = question;
    one("[data-why-help]", why).textContent = one(
      `[data-verdict=${weighed}]`,
      form,
    ).dataset.help;
    act.value = weighed;
    act.textContent = words;
    one("textarea", why).focus();
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-verdict]");
    if (!button || button === act || !(button.dataset.verdict in ASK) || !why || !act) return;
    event.preventDefault();
    weigh(button.dataset.verdict);
  });
  form.addEventListener("submit", (event) => {
    const reason = one(why ? "#reason" : "[data-note]");
    const lacking = event.submitter?.value in ASK && reason && !reason.value.trim();
    reason?.setAttribute("aria-invalid", String(Boolean(lacking)));
    const said = one("[data-why-missing]");
    if (said) said.hidden = !lacking;
    if (lacking) {
      event.preventDefault();
      reason.focus();
      return;
    }
    one("[data-status]", form).textContent = "Sent.";
  });
  keepNote(form);
  const box = one(".exactly-box", form);
  const opener = one("[data-exactly]", form);
  opener?.addEventListener("click", () => {
    box.open = !box.open;
    opener.setAttribute("aria-expanded", String(box.open));
  });
  const press = (verdict) => one(`[data-verdict=${verdict}]:not([data-act])`, form)?.click();
  return { a: () => act?.focus(), r: () => press("request_changes"), R: () => press("reject") };
}

// A note that was begun is kept in this tab until it is sent.
function keepNote(form) {
  const store = `note:${form.action}`;
  for (const area of all("textarea[name=reason]")) {
    if (!area.value) area.value = sessionStorage.getItem(store) ?? "";
    area.addEventListener("input", () => sessionStorage.setItem(store, area.value));
  }
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sessionStorage.removeItem(store);
  });
}

function checklist() {
  const boxes = all("[data-check]");
  if (!boxes.length) return;
  const say = one("[data-checked]");
  const show = () =>
    (say.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length}`);
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

// A click on a cell or a line takes it along with the comment.
function anchors() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("a, button") || getSelection()?.toString()) return;
    const cell = event.target.closest(".sheet tbody td");
    const line = event.target.closest(".lines li[data-n]");
    if (cell) {
      const row = Number(cell.closest("tr").id.replace("row-", ""));
      const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
      const column = head.firstChild.textContent;
      if (row) takeAlong({ row, column }, `row ${row}, ${column}`);
    } else if (line) takeAlong({ line: Number(line.dataset.n) }, `line ${line.dataset.n}`);
  });
}

function takeAlong(anchor, words) {
  const field = one("#talk [name=anchor]");
  if (!field) return;
  field.value = JSON.stringify(anchor);
  const said = one("#talk [data-anchor]");
  said.textContent = words;
  said.hidden = false;
}

function ways() {
  const follow = (selector) => {
    const link = one(selector);
    return link && { go: () => link.click() };
  };
  const since = () => {
    const links = all(".tools .seg a");
    links.find((link) => !link.hasAttribute("aria-current"))?.click();
  };
  return {
    ...(follow("[data-next]") && { j: follow("[data-next]").go }),
    ...(follow("[data-previous]") && { k: follow("[data-previous]").go }),
    u: () => one("[data-back]").click(),
    t: () => one("[data-take]")?.click(),
    d: since,
    c: () => one("#say")?.focus(),
  };
}
