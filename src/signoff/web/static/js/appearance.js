// The theme lives in a cookie, so that the server paints the first frame right.
// The reader's time zone goes the same way.
import { all } from "./dom.js";

const YEAR = 31536000;

function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax`;
}

export function appearance() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) remember("zone", encodeURIComponent(zone));
  const buttons = all(".theme [name=theme]");
  for (const button of buttons) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      remember("theme", button.value);
      if (button.value === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = button.value;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}
