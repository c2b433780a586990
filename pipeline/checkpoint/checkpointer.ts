/** The checkpointer of one training run, whole or of a fold: a folder with the last two states of every tower. */

import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeAllLeftovers, sha256, writeFileAtomic } from "../../node/files.ts";
import { decodeSafetensors, encodeSafetensors, type Values } from "./safetensors.ts";

/** What a training run needs in order to resume: numbers as plain JSON, and arrays by name. */
export interface Snapshot {
  readonly state: unknown;
  readonly tensors: ReadonlyMap<string, Values>;
}

/** Epoch after which a state was saved, from 1; Infinity: the tower is finished. */
export type Position = number;

export interface SavedState extends Snapshot {
  readonly at: Position;
}

export interface Checkpointer {
  /** Last state of each tower at the time the folder was opened. */
  readonly saved: ReadonlyMap<string, SavedState>;
  /**
   * Resolves when the state is on disk. The state before it stays, in case the disk loses this one.
   *
   * @throws Error with what to do, if the state cannot be written; the last good state is still there.
   */
  save(tower: string, at: Position, snapshot: Snapshot): Promise<void>;
}

/** Where a training run keeps its checkpoints; plain data, so that it can be sent to another process. */
export interface CheckpointPlace {
  readonly folder: string;
  /** Hash of everything the states depend on; states with another hash are ignored. */
  readonly run: string;
}

/** States kept per tower. */
const STATES = 2;
/** Hexadecimal digits of the content's SHA-256 in a file name: 128 bits. */
const DIGEST_LENGTH = 32;
/** poster-0003-<digest>.safetensors, main_image-finished-<digest>.safetensors: towers have names as inputs do. */
const FILE = /^([A-Za-z]\w*)-(\d+|finished)-([0-9a-f]{32})\.safetensors$/;

/**
 * Opens or creates the folder and reads the last intact state of every tower.
 *
 * @param warn Called for each damaged file; the state before it is used instead.
 * @param onSaved Called after each state that is saved.
 */
export async function openCheckpointer(
  { folder, run }: CheckpointPlace,
  warn: (text: string) => void,
  onSaved: () => Promise<void> = async () => {},
): Promise<Checkpointer> {
  await mkdir(folder, { recursive: true });
  await removeAllLeftovers(folder);
  const files = await listFiles(folder);
  const saved = new Map<string, SavedState>();
  for (const file of files) {
    if (saved.has(file.tower)) continue;
    try {
      saved.set(file.tower, await readState(folder, run, file));
    } catch (error) {
      warn(`${join(folder, file.name)} is damaged (${(error as Error).message}); ignoring it`);
    }
  }
  return {
    saved,
    async save(tower, at, snapshot) {
      const bytes = encodeSafetensors({
        metadata: { run, tower, state: JSON.stringify(snapshot.state) },
        tensors: snapshot.tensors,
      });
      const digest = sha256(bytes).slice(0, DIGEST_LENGTH);
      const name = `${tower}-${nameOf(at)}-${digest}.safetensors`;
      try {
        await writeFileAtomic(join(folder, name), bytes);
      } catch (error) {
        throw await failure(folder, name, bytes.length, error as Error);
      }
      const older = (await listFiles(folder)).filter(
        (file) => file.tower === tower && file.name !== name,
      );
      // Later states must be damaged, or training would have resumed from them.
      const later = older.filter((file) => file.at >= at);
      for (const file of [...later, ...older.filter((f) => f.at < at).slice(STATES - 1)]) {
        await rm(join(folder, file.name), { force: true });
      }
      await onSaved();
    },
  };
}

interface StateFile {
  readonly name: string;
  readonly tower: string;
  readonly at: Position;
  readonly digest: string;
}

/** State files in the folder, the most advanced first. */
async function listFiles(folder: string): Promise<StateFile[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => {
      const [, tower, at, digest] = FILE.exec(name) ?? [];
      if (tower === undefined) return [];
      return { name, tower, digest: digest!, at: at === "finished" ? Infinity : Number(at) };
    })
    .sort((a, b) => (a.at === b.at ? 0 : b.at - a.at));
}

async function readState(folder: string, run: string, file: StateFile): Promise<SavedState> {
  const bytes = await readFile(join(folder, file.name));
  if (sha256(bytes).slice(0, DIGEST_LENGTH) !== file.digest) {
    throw new Error("its content does not match the SHA-256 in its name");
  }
  const { metadata, tensors } = decodeSafetensors(bytes);
  if (metadata.run !== run || metadata.tower !== file.tower) {
    throw new Error("it belongs to another run");
  }
  return { at: file.at, state: JSON.parse(metadata.state ?? ""), tensors };
}

function nameOf(at: Position): string {
  return at === Infinity ? "finished" : String(at).padStart(4, "0");
}

/** "title finished, poster after epoch 3" for a folder's files; undefined if nothing is saved. */
export async function describeCheckpoints(folder: string): Promise<string | undefined> {
  const last = new Map<string, Position>();
  for (const { tower, at } of await listFiles(folder)) {
    if (!last.has(tower)) last.set(tower, at);
  }
  return describePositions(last);
}

/** "title finished, poster after epoch 3" for positions by tower; undefined if there are none. */
export function describePositions(positions: ReadonlyMap<string, Position>): string | undefined {
  if (positions.size === 0) return undefined;
  return [...positions]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([tower, at]) => (at === Infinity ? `${tower} finished` : `${tower} after epoch ${at}`))
    .join(", ");
}

async function failure(folder: string, name: string, bytes: number, error: Error): Promise<Error> {
  const saved = await describeCheckpoints(folder);
  const megabytes = Math.ceil((STATES * bytes) / 1e6);
  return new Error(
    `cannot write the checkpoint ${join(folder, name)} (${error.message}). ${
      saved === undefined
        ? "There is no earlier checkpoint."
        : `Earlier checkpoints are kept: ${saved}.`
    } Free at least ${megabytes} MB there and run again with --resume.`,
    { cause: error },
  );
}
