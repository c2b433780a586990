/** Files that are dropped or pasted anywhere on the page, and the field that gets them. */

interface FileTaker {
  readonly isEmpty: () => boolean;
  readonly take: (file: File) => void;
}

/** By the area of each field; one that is no longer on the page gets nothing. */
const takers = new Map<HTMLElement, FileTaker>();
let isListening = false;

/** @param area On which a file goes to this field; one that is dropped elsewhere goes to the first empty field. */
export function takeFiles(area: HTMLElement, taker: FileTaker): void {
  if (!isListening) listen();
  isListening = true;
  takers.set(area, taker);
}

function fieldFor(target: EventTarget | null): [HTMLElement, FileTaker] | undefined {
  for (const area of takers.keys()) if (!area.isConnected) takers.delete(area);
  const all = [...takers];
  return (
    all.find(([area]) => target instanceof Node && area.contains(target)) ??
    all.find(([, { isEmpty }]) => isEmpty()) ??
    all[0]
  );
}

function listen(): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const mark = (over: HTMLElement | undefined) => {
    for (const area of takers.keys()) area.toggleAttribute("data-over", area === over);
  };
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(fieldFor(event.target)?.[0]);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) mark(undefined);
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(undefined);
    const [file] = event.dataTransfer?.files ?? [];
    if (file) fieldFor(event.target)?.[1].take(file);
  });
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    fieldFor(event.target)?.[1].take(file);
  });
}
