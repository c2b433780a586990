/** The converter page: files on one side, the ONNX file on the other; a worker converts. */

import "../noEval.ts";
import type { Precision } from "../../pipeline/export/precision/precisions.ts";
import { byId, create } from "../page/dom.ts";
import { loadStrings, strings } from "../strings/convert.ts";
import { fillPage } from "../strings/html.ts";
import { startLanguageSwitch } from "../strings/languageSwitch.ts";
import { trustedScript } from "../trusted.ts";
import { droppedFiles, filesOf } from "./files.ts";
import type { ConvertJob, ConvertMessage, ModelFile } from "./protocol.ts";
import { kilobytes, showProblems, showResult, showWrongFiles } from "./results.ts";
import { sampleModel } from "./sampleModel.ts";
import program from "./worker/convert.worker.ts?worker&url";

const language = await loadStrings();
fillPage(strings.html, language);
startLanguageSwitch(language);
const form = byId<HTMLFormElement>("form");
const fileInput = byId<HTMLInputElement>("files");
const folderInput = byId<HTMLInputElement>("folder");

/** By path: a file that is added again replaces the old one. */
const files = new Map<string, ModelFile>();
let worker: Worker | undefined;

/** Accepts any name: old versions of TensorFlow.js wrote weight files without ".bin". */
function add(added: readonly ModelFile[]): void {
  for (const file of added) files.set(file.path, file);
  showFiles();
}

function showFiles(): void {
  const rows = [...files.values()].map(({ path, file }) =>
    create(
      "li",
      {},
      create("span", { className: "path" }, path),
      create("span", { className: "size" }, kilobytes(file.size)),
    ),
  );
  byId("given").replaceChildren(...rows);
  byId("remove").hidden = files.size === 0;
  byId<HTMLButtonElement>("convert").disabled = files.size === 0;
}

function start(): void {
  stop();
  const chosen = new FormData(form);
  const job: ConvertJob = {
    files: [...files.values()],
    precision: chosen.get("precision") as Precision,
    compare: chosen.has("compare"),
  };
  show("working");
  // A worker for each conversion: its memory is freed with it, and it can be stopped at any moment.
  worker = new Worker(trustedScript(program), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<ConvertMessage>) => receive(data);
  worker.onerror = ({ message }) => {
    const reason = message || strings.notStarted;
    receive({ kind: "failed", problems: [{ path: strings.converter, message: reason }] });
  };
  worker.postMessage(job);
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
}

function receive(message: ConvertMessage): void {
  if (message.kind === "step") {
    byId("step").textContent = strings.steps[message.step];
    return;
  }
  stop();
  if (message.kind === "done") showResult(message.result);
  else if (message.kind === "wrongFiles") showWrongFiles(message.problem);
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
byId("sample").addEventListener("click", () => {
  files.clear();
  add(sampleModel());
  start();
});
byId("remove").addEventListener("click", () => {
  files.clear();
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
    input.value = ""; // so that the same file, chosen again, is a change
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
