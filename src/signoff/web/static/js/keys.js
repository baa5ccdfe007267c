// Single keys. Never while typing, never with a modifier, never inside a dialog.
import { all, one } from "./dom.js";

const TYPING =
  "input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable], dialog";
const PATIENCE = 900;

export function keys(acts) {
  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.target.closest(TYPING)) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
        send(event.target.form);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (going) {
      going = false;
      const link = all("[data-go]").find((place) => place.dataset.go === event.key);
      if (link) return link.click();
    }
    if (event.key === "g") {
      going = true;
      setTimeout(() => (going = false), PATIENCE);
      return;
    }
    if (event.key === "?") return one("#keys")?.showModal();
    if (event.key === "/") {
      const find = one("[data-find]");
      if (find) {
        event.preventDefault();
        find.focus();
      }
      return;
    }
    if (event.key === "Escape") return one("[data-clear]")?.click();
    const act = acts[event.key];
    if (!act) return;
    if (event.key !== "Enter") event.preventDefault();
    act(event);
  });
}

// What a form's own button would send; approving stays a press of the button itself.
function send(form) {
  const act = form && one("[data-act]", form);
  if (act?.value === "approve") act.focus();
  else form?.requestSubmit(act);
}
