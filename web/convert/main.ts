/** The converter page: files on one side, the ONNX file on the other, the conversion in a worker between them. */

import { kilobytes } from "../../pipeline/export/report.ts";
import { byId, create } from "../page/dom.ts";
import { droppedFiles, filesOf } from "./files.ts";
import type { GivenFile, Job, Message, Precision } from "./protocol.ts";
import { showProblems, showResult } from "./results.ts";

const form = byId<HTMLFormElement>("form");
const fileInput = byId<HTMLInputElement>("files");
const folderInput = byId<HTMLInputElement>("folder");

/** By path: a file that is given again takes the place of the old one. */
const given = new Map<string, GivenFile>();
let worker: Worker | undefined;

/** Of any name: old versions of TensorFlow.js wrote weight files without ".bin". */
function add(files: readonly GivenFile[]): void {
  for (const file of files) given.set(file.path, file);
  showFiles();
}

function showFiles(): void {
  const rows = [...given.values()].map(({ path, file }) =>
    create(
      "li",
      {},
      create("span", { className: "path" }, path),
      create("span", { className: "size" }, kilobytes(file.size)),
    ),
  );
  byId("given").replaceChildren(...rows);
  byId("remove").hidden = given.size === 0;
  byId<HTMLButtonElement>("convert").disabled = given.size === 0;
}

function start(): void {
  stop();
  const chosen = new FormData(form);
  const job: Job = {
    files: [...given.values()],
    precision: chosen.get("precision") as Precision,
    compare: chosen.has("compare"),
  };
  show("working");
  // A worker for each conversion: its memory goes with it, and it can be stopped at any moment.
  worker = new Worker(new URL("./worker/convert.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Message>) => receive(data);
  worker.onerror = ({ message }) => {
    const reason = message || "it could not be started, or ran out of memory";
    receive({ kind: "failed", problems: [{ path: "converter", message: reason }] });
  };
  worker.postMessage(job);
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
}

function receive(message: Message): void {
  if (message.kind === "step") {
    byId("step").textContent = message.text;
    return;
  }
  stop();
  if (message.kind === "done") showResult(message.result);
  else showProblems(message.problems, message.comparison);
  show(message.kind === "done" ? "result" : "failed");
  byId(message.kind === "done" ? "result-heading" : "failed-heading").focus();
}

function show(part: "idle" | "working" | "failed" | "result"): void {
  for (const id of ["idle", "working", "failed", "result"]) byId(id).hidden = id !== part;
  byId("cancel").hidden = part !== "working";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
byId("cancel").addEventListener("click", () => {
  stop();
  show("idle");
  byId("convert").focus();
});
byId("remove").addEventListener("click", () => {
  given.clear();
  showFiles();
  byId("choose").focus();
});
for (const [button, input] of [
  ["choose", fileInput],
  ["choose-folder", folderInput],
] as const) {
  byId(button).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add(filesOf(input.files));
    input.value = ""; // or the same file, chosen again, would be no change
  });
}

const drop = byId("drop");
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.toggleAttribute("data-over", true);
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.toggleAttribute("data-over", false);
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.toggleAttribute("data-over", false);
  if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(add);
});
showFiles();
