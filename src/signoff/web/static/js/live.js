// New things announce themselves; nothing moves under the hand. The feed is the REST API's.
import { one, plural } from "./dom.js";
import { tellHere } from "./news.js";

const ARRIVALS = [
  "handoff.opened",
  "handoff.resubmitted",
  "handoff.recalled",
  "handoff.raised",
];
const MOVES = [
  "handoff.changed",
  "handoff.withdrawn",
  "handoff.approved",
  "handoff.rejected",
  "handoff.changes_requested",
  "handoff.answered",
  "handoff.resubmitted",
  "handoff.recalled",
];

export function live() {
  const place = one("[data-live]");
  if (!place?.dataset.live) return;
  const feed = new EventSource(place.dataset.live);
  const heard = (types, act) => {
    const listen = (event) => {
      const said = JSON.parse(event.data);
      if (types.includes(said.type)) act(said);
    };
    for (const type of ["message", ...types]) feed.addEventListener(type, listen);
  };
  if (place.dataset.handoff)
    heard(MOVES, (said) => said.handoff === place.dataset.handoff && moved());
  else {
    if (one("[data-news]")) heard(ARRIVALS, arrived());
    heard([...ARRIVALS, ...MOVES, "comment.added"], tellHere());
  }
  addEventListener("pagehide", () => feed.close());
}

function arrived() {
  const seen = new Set();
  return (said) => {
    const news = one("[data-news]");
    seen.add(said.handoff);
    news.textContent = `${plural(seen.size, "new handoff")}, show`;
    news.hidden = false;
  };
}

function moved() {
  one("[data-moved]").hidden = false;
}
