/** Downloads the bundle, verifies it before it is used, and stores it for use without a network. */

import type { FileTexts } from "../../predictor/inputs/inputType.ts";
import { inputFiles } from "../../predictor/item.ts";
import {
  MANIFEST_FILE,
  type Manifest,
  PRECISION_FILES,
  type Precision,
  parseManifest,
} from "../../predictor/manifest.ts";
import { downloadCopy } from "../download/copies.ts";
import { isStall } from "../download/inTime.ts";
import { Trouble } from "../troubles.ts";
import { download } from "./download.ts";
import type { LoadPart, ModelInfo } from "./protocol.ts";
import { type BundleStore, openStore } from "./store.ts";

/** If a bundle is stored, a network that takes longer to send the manifest counts as none. */
const MANIFEST_TIMEOUT_MS = 4000;

export interface LoadedBundle
  extends Pick<ModelInfo, "version" | "precision" | "verified" | "source"> {
  readonly manifest: Manifest;
  readonly graph: Uint8Array;
  /** Contents of the files that reading the inputs needs, by name. */
  readonly files: FileTexts;
}

export interface BundleListeners {
  readonly onProgress: (part: LoadPart, loaded: number, total: number) => void;
  /** Called before the graph is loaded; again where it cannot be, with the manifest that is tried next. */
  readonly onManifest: (manifest: Manifest) => void;
}

/**
 * @param folder URL of the bundle, with a slash at its end.
 * @param precisions In order of preference: the first that the bundle has is taken.
 * @throws Error if the bundle is damaged, or available neither from the network nor from the store.
 */
export async function loadBundle(
  folder: string,
  precisions: readonly Precision[],
  listeners: BundleListeners,
): Promise<LoadedBundle> {
  const store = openStore();
  const bytes = await store.get(folder + MANIFEST_FILE);
  const stored = bytes && new TextDecoder().decode(bytes);
  const load = (text: string) => loadGraph({ folder, text, stored, store, precisions, listeners });
  const fetchManifest = async (cache: RequestCache) => {
    const limit = stored === undefined ? {} : { signal: AbortSignal.timeout(MANIFEST_TIMEOUT_MS) };
    const fetched = await download(folder + MANIFEST_FILE, { cache, ...limit }, (loaded, total) =>
      listeners.onProgress("manifest", loaded, total),
    );
    return new TextDecoder().decode(fetched);
  };
  let text: string | undefined;
  try {
    text = await fetchManifest("no-cache");
    return await load(text);
  } catch (error) {
    try {
      // A new bundle may have been published between the two requests.
      const again = text && !isStall(error) ? await fetchManifest("reload") : text;
      if (again !== text) return await load(again!);
    } catch {
      // The first error says more.
    }
    // There is no network, or one that answers with a page of its own, or the graph broke off.
    if (stored === undefined || stored === text) throw error;
    return load(stored).catch(() => {
      throw error;
    });
  }
}

interface GraphOptions {
  readonly folder: string;
  /** Text of the manifest. */
  readonly text: string;
  /** Text of the manifest in the store. */
  readonly stored: string | undefined;
  readonly store: BundleStore;
  readonly precisions: readonly Precision[];
  readonly listeners: BundleListeners;
}

async function loadGraph(options: GraphOptions): Promise<LoadedBundle> {
  const { folder, text, store, precisions } = options;
  const { onProgress, onManifest } = options.listeners;
  const manifest = parseManifest(text);
  const precision = precisions.find((p) => PRECISION_FILES[p] in manifest.files);
  if (!precision) {
    throw new Trouble("noGraph", {
      bundle: manifest.name,
      files: precisions.map((p) => PRECISION_FILES[p]).join(", "),
    });
  }
  onManifest(manifest);
  const names = [PRECISION_FILES[precision], ...inputFiles(manifest.inputs)];
  const sizes = names.map((name) => manifest.files[name]!.bytes);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const loaded: LoadedFile[] = [];
  for (const [i, name] of names.entries()) {
    const before = sizes.slice(0, i).reduce((sum, bytes) => sum + bytes, 0);
    const onBytes = (bytes: number) =>
      onProgress("graph", before + Math.min(bytes, sizes[i]!), total);
    loaded.push(await loadFile(name, { folder, store, manifest, onBytes }));
  }
  const [graph, ...others] = loaded as [LoadedFile, ...LoadedFile[]];
  onProgress("graph", total, total);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const files = new Map(
    loaded.filter(({ stored }) => !stored).map(({ url, bytes }) => [url, bytes]),
  );
  // The manifest is stored last, as it refers to the others.
  if (text !== options.stored) files.set(folder + MANIFEST_FILE, encoder.encode(text));
  if (files.size > 0) {
    // Not awaited, and a store that is full or forbidden does not keep the model from answering.
    store
      .replace(
        folder,
        files,
        (other) =>
          other === folder + MANIFEST_FILE ||
          // The other provider's graph stays if it belongs to this bundle.
          Object.values(manifest.files).some((file) => other.endsWith(file.sha256)),
      )
      .catch(() => {});
  }
  return {
    manifest,
    graph: graph.bytes,
    files: Object.fromEntries(others.map(({ name, bytes }) => [name, decoder.decode(bytes)])),
    precision,
    version: (await sha256Of(encoder.encode(JSON.stringify(manifest))))?.slice(0, 12),
    verified: crypto.subtle ? "sha256" : "size",
    source: graph.stored ? "cache" : "network",
  };
}

interface LoadedFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it came from the store. */
  readonly stored: boolean;
}

interface FileOptions extends Pick<GraphOptions, "folder" | "store"> {
  readonly manifest: Manifest;
  readonly onBytes: (loaded: number) => void;
}

/** A file of the bundle, whole: from the store if it is there. */
async function loadFile(
  name: string,
  { folder, store, manifest, onBytes }: FileOptions,
): Promise<LoadedFile> {
  const { bytes: size, sha256 } = manifest.files[name]!;
  // Different content gets a different URL, so that no cache on the way mixes them up.
  const url = `${folder}${name}?sha256=${sha256}`;
  const kept = await store.get(url);
  if (kept && !(await damageOf(name, kept, size, sha256))) {
    return { name, url, bytes: kept, stored: true };
  }
  // The copy may be of an earlier bundle's graph, which only the checksum can tell.
  let bytes = crypto.subtle && (await downloadCopy(url, onBytes));
  if (!bytes || (await damageOf(name, bytes, size, sha256))) {
    bytes = await download(url, { total: size }, onBytes);
    const damage = await damageOf(name, bytes, size, sha256);
    if (damage) throw damage;
  }
  return { name, url, bytes, stored: false };
}

/** @returns undefined for a file that is whole. */
async function damageOf(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  expected: number,
  sha256: string,
): Promise<Trouble | undefined> {
  if (bytes.length !== expected) {
    return new Trouble("wrongLength", { file, bytes: bytes.length, expected });
  }
  const actual = await sha256Of(bytes);
  return actual === undefined || actual === sha256 ? undefined : new Trouble("wrongHash", { file });
}

/** Lower-case hex; undefined where the browser has no `crypto.subtle`, as over plain HTTP. */
async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!crypto.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
