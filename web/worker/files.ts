/** The files that were handed in, by input: they stay in the worker, and requests refer to them. */

import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { workerType } from "./inputs/types.ts";
import type { OnFileProgress } from "./inputs/workerType.ts";
import type { FileInfo } from "./protocol.ts";

export interface Files {
  /**
   * Keeps a file for the requests that follow; undefined removes the one that is kept.
   * @throws InputError naming the input
   */
  set(
    input: string,
    file: Blob | undefined,
    onProgress: OnFileProgress,
  ): Promise<FileInfo | undefined>;
  /** The item with the files that are kept, where the request has one; waits for those that are being read. */
  fill(request: Item): Promise<Item>;
}

export function createFiles(inputs: InputSpecs): Files {
  const values = new Map<string, unknown>();
  /** The file that was given last for each input. */
  const latest = new Map<string, Blob | undefined>();
  /** Settles when the input's file is read. */
  const reading = new Map<string, Promise<unknown>>();
  const isFile = (name: string) => inputs[name] && workerType(inputs[name]).file !== undefined;
  return {
    async set(input, file, onProgress) {
      const spec = inputs[input];
      const type = spec && workerType(spec).file;
      if (!type) throw new Error(`internal: "${input}" takes no file`);
      values.delete(input);
      latest.set(input, file);
      reading.delete(input);
      if (!file) return undefined;
      const opening = type.open(input, spec, file, onProgress);
      reading.set(input, opening);
      const { value, info } = await opening;
      // A large file may be read after a smaller one that was given later.
      if (latest.get(input) === file) values.set(input, value);
      return info;
    },
    async fill(request) {
      const names = Object.keys(request).filter(isFile);
      for (const name of names) await untilRead(name);
      return Object.fromEntries(
        Object.entries(request)
          .map(([name, value]) => [name, isFile(name) ? values.get(name) : value])
          .filter(([, value]) => value !== undefined),
      );
    },
  };

  async function untilRead(name: string): Promise<void> {
    let last: Promise<unknown> | undefined;
    // Another file may be given meanwhile.
    while (reading.get(name) !== last) {
      last = reading.get(name);
      // Whoever gave a wrong file was told.
      await last?.catch(() => {});
    }
  }
}
