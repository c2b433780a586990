/** The checkpointer of one training, whole or of a fold: a folder with the last two states of every tower. */

import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeAllLeftovers, sha256, writeFileAtomic } from "../../node/files.ts";
import { decodeSafetensors, encodeSafetensors, type Values } from "./safetensors.ts";

/** What a training has to know to go on: numbers as plain JSON, and arrays by name. */
export interface Snapshot {
  readonly state: unknown;
  readonly tensors: ReadonlyMap<string, Values>;
}

/** After this epoch, from 1; Infinity: the tower is finished. */
export type Position = number;

export interface SavedState extends Snapshot {
  readonly at: Position;
}

export interface Checkpointer {
  /** Last state of each tower when the folder was opened. */
  readonly saved: ReadonlyMap<string, SavedState>;
  /**
   * Returns when the disk has it. The state before stays, in case the disk loses this one.
   *
   * @throws Error that says what to do, where it cannot be written; the last good state is still there.
   */
  save(tower: string, at: Position, snapshot: Snapshot): Promise<void>;
}

/** Where the checkpointer of one training are, so that a process can be told. */
export interface CheckpointPlace {
  readonly folder: string;
  /** Hash of everything the states depend on; those of other runs are none. */
  readonly run: string;
}

/** States per tower. */
const STATES = 2;
/** Hexadecimal digits of a file's SHA-256 in its name: 128 bits. */
const DIGEST_LENGTH = 32;
/** poster-0003-<digest>.safetensors, ratings-finished-<digest>.safetensors */
const FILE = /^([a-z]+)-(\d+|finished)-([0-9a-f]{32})\.safetensors$/;

/**
 * Opens or makes the folder, and reads the last state of every tower that is whole.
 *
 * @param warn Told of files that are damaged; the state before is then the last.
 */
export async function openCheckpointer(
  { folder, run }: CheckpointPlace,
  warn: (text: string) => void,
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
      warn(
        `${join(folder, file.name)} is damaged (${(error as Error).message}); it is passed over`,
      );
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
      // What is beyond this state is damaged, or it would not have been reached again.
      const beyond = older.filter((file) => file.at >= at);
      for (const file of [...beyond, ...older.filter((f) => f.at < at).slice(STATES - 1)]) {
        await rm(join(folder, file.name), { force: true });
      }
    },
  };
}

interface StateFile {
  readonly name: string;
  readonly tower: string;
  readonly at: Position;
  readonly digest: string;
}

/** Furthest first. */
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
    throw new Error("its content has another SHA-256 than its name says");
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

/** "title finished, poster after epoch 3"; undefined where nothing is saved. */
export async function describeCheckpoints(folder: string): Promise<string | undefined> {
  const last = new Map<string, Position>();
  for (const { tower, at } of await listFiles(folder)) {
    if (!last.has(tower)) last.set(tower, at);
  }
  return describePositions(last);
}

/** The same of states that were read. */
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
    `the checkpoint ${join(folder, name)} cannot be written (${error.message}). ${
      saved === undefined ? "There is none before it." : `What is there stays: ${saved}.`
    } Make room for ${megabytes} MB or more there and run again with --resume.`,
    { cause: error },
  );
}
