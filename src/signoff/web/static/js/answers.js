// Lists in answer forms grow and shrink.
import { all, one } from "./dom.js";

export function answers() {
  for (const list of all("[data-many]")) {
    const add = list.parentElement.querySelector("[data-add-item]");
    const most = Number(list.dataset.most) || Infinity;
    const count = () => list.children.length;
    const show = () => (add.hidden = count() >= most);
    add.addEventListener("click", () => {
      const item = list.children[0].cloneNode(true);
      const input = one("input", item);
      input.value = "";
      input.setAttribute(
        "aria-label",
        input.getAttribute("aria-label").replace(/\d+$/, count() + 1),
      );
      list.append(item);
      input.focus();
      show();
    });
    list.addEventListener("click", (event) => {
      const drop = event.target.closest("[data-drop-item]");
      if (!drop) return;
      if (count() > 1) drop.closest("li").remove();
      else one("input", list).value = "";
      show();
    });
    trim(list);
    show();
  }
}

// Without a script three empty lines are offered; with one, a single line is enough to begin.
function trim(list) {
  for (const item of [...list.children].slice(1)) if (!one("input", item).value) item.remove();
}
