// Uploads by drop and by button: one PUT each to the REST API, two at a time, with progress.
import { one } from "./dom.js";

const AT_ONCE = 2;
const waiting = [];
let running = 0;

export function uploads() {
  const form = one("[data-upload]");
  if (!form) return;
  const input = one("input[type=file]", form);
  input.addEventListener("change", () => {
    send([...input.files], form.dataset.into);
    input.value = "";
  });
  dropping(form.dataset.into);
}

function dropping(into) {
  const sign = one("[data-drop-here]");
  let depth = 0;
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  const show = (on) => (sign.hidden = !on);
  document.addEventListener("dragenter", (event) => {
    if (!brings(event)) return;
    depth += 1;
    const n = event.dataTransfer.items.length;
    one("[data-drop-count]", sign).textContent = n === 1 ? "1 file" : `${n} files`;
    show(true);
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) show(false);
  });
  document.addEventListener("dragover", (event) => brings(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    send([...event.dataTransfer.files], into);
  });
}

function send(files, into) {
  for (const file of files) waiting.push({ file, into, line: lineFor(file) });
  go();
}

function go() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    put(waiting.shift()).finally(() => {
      running -= 1;
      if (!running && !waiting.length) one("[data-uploads-done]").hidden = false;
      go();
    });
  }
}

function lineFor(file) {
  const section = one("[data-uploads]");
  section.hidden = false;
  section.parentElement.querySelector(".empty")?.remove(); // something lies here now
  const line = document.createElement("li");
  const name = Object.assign(document.createElement("span"), { textContent: file.name });
  const said = Object.assign(document.createElement("small"), { textContent: "waiting" });
  const stop = Object.assign(document.createElement("button"), {
    type: "button",
    className: "btn small quiet",
    textContent: "Stop",
  });
  stop.setAttribute("aria-label", `Stop ${file.name}`);
  const bar = Object.assign(document.createElement("progress"), {
    max: Math.max(1, file.size),
    value: 0,
  });
  bar.setAttribute("aria-label", file.name);
  line.append(document.createElement("span"), name, said, stop, bar);
  one("ul", section).append(line);
  return { said, bar, stop };
}

// A name that is taken is not overwritten: If-None-Match says so, and the answer is shown.
function put({ file, into, line }) {
  const path = [...into.split("/"), file.name]
    .filter(Boolean)
    .map(encodeURIComponent)
    .join("/");
  const request = new XMLHttpRequest();
  const done = (words, good) => {
    line.said.textContent = words;
    line.said.className = good ? "state good" : "state bad";
    line.bar.remove();
    line.stop.remove();
  };
  return new Promise((resolve) => {
    line.stop.addEventListener("click", () => request.abort());
    request.upload.addEventListener("progress", (event) => {
      line.bar.value = event.loaded;
      line.said.textContent = `${Math.round((100 * event.loaded) / Math.max(1, event.total))}%`;
    });
    request.addEventListener("load", () => done(...outcome(request)));
    request.addEventListener("error", () =>
      done("The line dropped. Nothing was stored.", false),
    );
    request.addEventListener("abort", () => done("Stopped. Nothing was stored.", false));
    request.addEventListener("loadend", resolve);
    request.open("PUT", `${document.body.dataset.api}/files/${path}`);
    request.setRequestHeader("If-None-Match", "*");
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.send(file);
  });
}

function outcome(request) {
  if (request.status < 300) return ["Stored", true];
  if (request.status === 412) return ["A file of this name is here already.", false];
  try {
    const problem = JSON.parse(request.responseText);
    return [[problem.detail, problem.hint].filter(Boolean).join(" "), false];
  } catch {
    return [`Refused (${request.status}).`, false];
  }
}
