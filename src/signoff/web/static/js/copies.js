// Copies what stands beside the button, and says so on the button.
import { all, one } from "./dom.js";

const SAID_FOR = 2000;

export function copies() {
  for (const button of all("[data-copy]")) {
    const text = document.getElementById(button.dataset.copy);
    const said = one("[data-said]", button);
    const before = said.textContent;
    button.addEventListener("click", async () => {
      said.textContent = (await copy(text)) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => (said.textContent = before), SAID_FOR);
    });
  }
}

// The clipboard is there over https and on this machine only; elsewhere the older way works.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(text);
    return document.execCommand("copy");
  }
}
