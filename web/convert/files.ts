/** Files and folders that the user drops or chooses. */

import type { ModelFile } from "./protocol.ts";

/** @param list Of an input; one for folders gives paths too. */
export function filesOf(list: FileList | null): ModelFile[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** All files that were dropped, those in folders included. */
export async function droppedFiles(transfer: DataTransfer): Promise<ModelFile[]> {
  // The browser empties the list of items at the first await.
  const found = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const files = await Promise.all(
    found.map((entry) => {
      if (!entry) return [];
      return entry instanceof File ? [{ path: entry.name, file: entry }] : filesIn(entry);
    }),
  );
  return files.flat();
}

async function filesIn(entry: FileSystemEntry): Promise<ModelFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const children = await childrenOf((entry as FileSystemDirectoryEntry).createReader());
  return (await Promise.all(children.map(filesIn))).flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** A reader returns at most a hundred entries at a time, and none at the end. */
async function childrenOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
