/** Files and images that are dropped or pasted anywhere on the page, and the field that gets them. */

import { strings } from "../../strings/strings.ts";
import { type FileKind, folderIn, imageIn, kindOf } from "./dropped.ts";

interface FileTaker {
  /** Whether the field reads files of this kind. */
  readonly reads: (kind: FileKind) => boolean;
  readonly isEmpty: () => boolean;
  readonly take: (file: File) => void;
  /** Says beside the field why something is not taken. */
  readonly refuse: (message: string) => void;
}

type Area = [HTMLElement, FileTaker];

/** By the area of each field; one that is no longer on the page gets nothing. */
const takers = new Map<HTMLElement, FileTaker>();
let isListening = false;

/**
 * @param area On which a file goes to this field, if it reads such; another one goes to the first empty field that reads
 *   files of its kind.
 */
export function takeFiles(area: HTMLElement, taker: FileTaker): void {
  if (!isListening) listen();
  isListening = true;
  takers.set(area, taker);
}

function fieldFor(target: EventTarget | null, kind: FileKind): Area | undefined {
  for (const area of takers.keys()) if (!area.isConnected) takers.delete(area);
  const all = [...takers];
  const own = all.find(([area]) => target instanceof Node && area.contains(target));
  const reading = all.filter(([, { reads }]) => reads(kind));
  const isOwn = own && (reading.includes(own) || kind === "unknown");
  // Where no field reads such a file, one says so.
  return (
    (isOwn ? own : undefined) ??
    reading.find(([, { isEmpty }]) => isEmpty()) ??
    reading[0] ??
    own ??
    all[0]
  );
}

/** Gives each file to a field of its own, as far as there are any. */
function giveFiles(target: EventTarget | null, files: readonly File[]): void {
  const given = new Set<HTMLElement>();
  for (const file of files) {
    const [area, taker] = fieldFor(target, kindOf(file)) ?? [];
    if (!area || given.has(area)) continue;
    given.add(area);
    taker!.take(file);
  }
}

/** @returns Whether something was done with what is there instead of a file. */
function giveOther(target: EventTarget | null, data: DataTransfer): boolean {
  const image = imageIn(data);
  const taker = fieldFor(target, "image")?.[1];
  if (!image || !taker?.reads("image")) return false;
  image.then(taker.take, ({ message }: Error) => taker.refuse(message));
  return true;
}

function listen(): void {
  const mark = (over: HTMLElement | undefined) => {
    for (const area of takers.keys()) area.toggleAttribute("data-over", area === over);
  };
  document.addEventListener("dragover", (event) => {
    const data = event.dataTransfer;
    if (!data || !isForUs(event, data)) return;
    event.preventDefault();
    const [item] = [...data.items].filter(({ kind }) => kind === "file");
    mark(fieldFor(event.target, item ? kindOf({ name: "", type: item.type }) : "image")?.[0]);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) mark(undefined);
  });
  document.addEventListener("drop", (event) => {
    const data = event.dataTransfer;
    if (!data || !isForUs(event, data)) return;
    event.preventDefault();
    mark(undefined);
    const folder = folderIn(data);
    if (folder !== undefined) {
      fieldFor(event.target, "unknown")?.[1].refuse(strings.inputs.isFolder(folder));
    } else if (data.files.length > 0) giveFiles(event.target, [...data.files]);
    else giveOther(event.target, data);
  });
  document.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    // Spreadsheets add a picture of the cells that were copied; a field of text gets their text.
    if (!data || (isText(event.target) && data.types.includes("text/plain"))) return;
    if (data.files.length > 0) giveFiles(event.target, [...data.files]);
    else if (!giveOther(event.target, data)) return;
    event.preventDefault();
  });
}

/** Files, and links and images of other pages, which the browser would open in place of this page. */
function isForUs({ target }: Event, { types }: DataTransfer): boolean {
  return types.includes("Files") || (types.includes("text/uri-list") && !isText(target));
}

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("textarea, input:not([type=radio], [type=checkbox])") !== null
  );
}
