/**
 * Files that were given to the form, stored by the browser so that a reload brings them back. Where it stores nothing, they
 * are lost without a word: the user can give them again.
 */

const DATABASE = "marquee-entered";
const STORE = "files";

/** Bytes; a larger file is not stored. */
const MAX_BYTES = 64_000_000;
/** Files of all tabs. */
const MAX_FILES = 8;
/** Milliseconds: a day. A tab that is closed leaves its files behind. */
const MAX_AGE = 24 * 60 * 60 * 1000;

interface StoredFile {
  // WebKit's private windows store no blobs.
  readonly bytes: ArrayBuffer;
  readonly type: string;
  /** Milliseconds since 1970 */
  readonly at: number;
}

/** Changes of the store, one after the other: what is removed must not be stored afterwards. */
let changes: Promise<unknown> = Promise.resolve();

/** @param given undefined, once it is there: nothing is stored. */
export function storeFile(
  key: string,
  given: Blob | undefined | Promise<Blob | undefined>,
): Promise<void> {
  return change(async () => {
    const blob = await given;
    if (!blob || blob.size > MAX_BYTES) return;
    const file: StoredFile = { bytes: await blob.arrayBuffer(), type: blob.type, at: Date.now() };
    await use("readwrite", (store) => store.put(file, key));
    await removeOld();
  });
}

/** Removes what closed tabs left behind. */
export function removeOldFiles(): Promise<void> {
  return change(removeOld);
}

export function removeFile(key: string): Promise<void> {
  return change(() => use("readwrite", (store) => store.delete(key)));
}

/** @returns undefined if it is not stored. Never rejects. */
export async function loadFile(key: string): Promise<Blob | undefined> {
  try {
    const file = await use<StoredFile | undefined>("readonly", (store) => store.get(key));
    return file && new Blob([file.bytes], { type: file.type });
  } catch {
    return undefined;
  }
}

function change(work: () => Promise<unknown>): Promise<void> {
  const done = changes.then(work).then(
    () => {},
    () => {}, // storage is forbidden, or full, or the file is gone
  );
  changes = done;
  return done;
}

async function removeOld(): Promise<void> {
  const keys = await use("readonly", (store) => store.getAllKeys());
  const files = await use<StoredFile[]>("readonly", (store) => store.getAll());
  const byAge = keys.map((key, i) => ({ key, at: files[i]?.at ?? 0 })).sort((a, b) => b.at - a.at);
  const old = byAge.filter(({ at }, i) => i >= MAX_FILES || at < Date.now() - MAX_AGE);
  for (const { key } of old) await use("readwrite", (store) => store.delete(key));
}

/** Opens the database for one request: an open one would keep the page out of the browser's cache for Back. */
async function use<Value>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await resultOf(opening);
  try {
    return await resultOf(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function resultOf<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
