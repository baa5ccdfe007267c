// The list: a cursor, a selection, its density.
import { all, one } from "./dom.js";

const INSTEAD = new Set(["a", "button", "input", "select", "textarea", "summary"]);

export function inbox() {
  const list = one("[data-list]");
  if (!list) return { ...rowsOf(all("[data-row-link]")) };
  density(list);
  selection(list);
  return rowsOf(all("[data-row] .title"), (at) => {
    const box = at?.closest("[data-row]")?.querySelector("[data-pick]");
    if (box) box.click();
  });
}

function rowsOf(links, select) {
  if (!links.length) return {};
  const at = () => links.indexOf(document.activeElement);
  const move = (step) => {
    const here = at();
    const to = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
    const link = links[Math.max(0, Math.min(links.length - 1, to))];
    link.focus({ preventScroll: true });
    link.closest("li, tr").scrollIntoView({ block: "nearest" });
  };
  return {
    j: () => move(1),
    k: () => move(-1),
    Enter: (event) => {
      const name = event.target.tagName.toLowerCase();
      if (!INSTEAD.has(name) && at() >= 0) links[at()].click();
    },
    ...(select && { x: () => select(links[at()]) }),
  };
}

function density(list) {
  const button = one("[data-density]");
  if (!button) return;
  const show = (compact) => {
    button.setAttribute("aria-pressed", String(compact));
    list.dataset.density = compact ? "compact" : "";
  };
  show(localStorage.getItem("density") === "compact");
  button.addEventListener("click", () => {
    const compact = list.dataset.density !== "compact";
    localStorage.setItem("density", compact ? "compact" : "");
    show(compact);
  });
}

function selection(list) {
  const bar = one("[data-selection]");
  if (!bar) return;
  const boxes = () => all("[data-pick]:checked");
  const show = () => {
    const picked = boxes();
    const flagged = picked.filter((box) => box.hasAttribute("data-flagged")).length;
    bar.hidden = picked.length === 0;
    one("[data-picked]").textContent = `${picked.length} selected`;
    one("[data-approve]").textContent = `Approve ${picked.length}`;
    one("[data-pinned]").textContent = flagged
      ? `Bound to what you see now. ${flagged === 1 ? "One has" : `${flagged} have`} flags.`
      : "Bound to what you see now. If one changes, it is left out and you are told.";
  };
  list.addEventListener("change", show);
  one("[data-clear]").addEventListener("click", () => {
    for (const box of boxes()) box.checked = false;
    show();
  });
  show();
}
