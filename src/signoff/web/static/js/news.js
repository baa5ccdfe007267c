// What one was told: seen when its page is looked at, and told by the browser where one wants.
import { one } from "./dom.js";

const CHOSEN = "tell-here";
const SOON = 2000;
const FEW = 10;

const api = () => document.body.dataset.api;

export function news() {
  seen();
  offer();
}

// A page counts as seen when it is in front of somebody; whatever only fetches it marks nothing.
function seen() {
  const form = one("[data-seen]");
  if (!form) return;
  const mark = async () => {
    const answer = await fetch(`${api()}/notifications/read`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ handoff: form.dataset.seen }),
    });
    if (!answer.ok) return;
    form.remove();
    count((await answer.json()).unread);
  };
  if (document.visibilityState === "visible") mark();
  else document.addEventListener("visibilitychange", mark, { once: true });
}

function count(unread) {
  const place = one("[data-unread]");
  if (!place) return;
  place.hidden = !unread;
  place.firstChild.textContent = unread > 99 ? "99+" : unread;
}

// The browser is asked for its leave by a click alone.
function offer() {
  const button = one("[data-tell-here]");
  if (!button || !("Notification" in window)) return;
  const said = one("[data-tell-here-said]");
  const show = () => {
    const on = chosen();
    button.hidden = Notification.permission === "denied";
    button.textContent = on ? "Stop telling me in this browser" : "Tell me in this browser";
    button.setAttribute("aria-pressed", String(on));
    if (said && Notification.permission === "denied")
      said.textContent = "This browser was told not to show notifications of this site.";
  };
  button.addEventListener("click", async () => {
    if (chosen()) localStorage.removeItem(CHOSEN);
    else if ((await Notification.requestPermission()) === "granted")
      localStorage.setItem(CHOSEN, "on");
    show();
  });
  show();
}

const chosen = () =>
  "Notification" in window &&
  Notification.permission === "granted" &&
  localStorage.getItem(CHOSEN) === "on";

// After something happened, what is newly told is shown by the browser, unless one is looking.
export function tellHere() {
  let last = 0;
  let waiting = 0;
  const unread = async () => {
    const answer = await fetch(`${api()}/notifications?unread=true&limit=${FEW}`);
    return answer.ok ? (await answer.json()).items : [];
  };
  const newest = (items) => Math.max(last, ...items.map((item) => item.position));
  const begun = chosen()
    ? unread().then((items) => (last = newest(items)))
    : Promise.resolve();
  return () => {
    if (!chosen()) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      await begun;
      const items = await unread();
      const fresh = items.filter((item) => item.position > last);
      last = newest(items);
      if (!document.hasFocus()) fresh.forEach(show);
    }, SOON);
  };
}

function show(item) {
  const shown = new Notification(item.headline, { tag: item.id });
  shown.addEventListener("click", () => {
    focus();
    const { pathname, hash } = new URL(item.url);
    location.assign(pathname + hash);
  });
}
