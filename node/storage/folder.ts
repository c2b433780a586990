/** A storage in a folder, of this machine or of a network: a file per content, and a file per name. */

import { createReadStream, existsSync } from "node:fs";
import { link, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  sha256,
  sha256File,
  syncFolder,
  temporaryPath,
  writeFileAtomic,
  writeFileSynced,
} from "../files.ts";
import { checked, checkName, checkSha256, damaged, missing, type Storage } from "./storage.ts";

/** @param path Created when something is written. */
export function openFolder(path: string): Storage {
  const root = resolve(path);
  // Two digits: folders with hundreds of thousands of files are slow to list.
  const contentPath = (digest: string) => join(root, "contents", digest.slice(0, 2), digest);
  const namePath = (name: string) => join(root, "names", name);

  async function named(name: string): Promise<string | undefined> {
    checkName(name);
    return (await readIfThere(namePath(name)))?.toString();
  }

  return {
    url: path,
    async put(content) {
      const digest = sha256(content);
      const path = contentPath(digest);
      const there = await readIfThere(path);
      // A damaged file is replaced: whoever comes later would fail on it.
      if (there === undefined || sha256(there) !== digest) await writeFileAtomic(path, content);
      return digest;
    },
    async putFile(source) {
      const digest = (await sha256File(source)).sha256;
      const path = contentPath(digest);
      if (existsSync(path) && (await sha256File(path)).sha256 === digest) return digest;
      const pieces = checked(
        createReadStream(source),
        digest,
        `${source} changed while it was read`,
      );
      await writeFileAtomic(path, pieces);
      return digest;
    },
    async get(digest) {
      checkSha256(digest);
      const path = contentPath(digest);
      const content = await readIfThere(path);
      if (content === undefined) throw new Error(missing(path));
      if (sha256(content) !== digest) throw new Error(damaged(path));
      return content;
    },
    async getFile(digest, target) {
      checkSha256(digest);
      const path = contentPath(digest);
      if (!existsSync(path)) throw new Error(missing(path));
      await writeFileAtomic(target, checked(createReadStream(path), digest, damaged(path)));
    },
    named,
    scratch(name) {
      checkName(name);
      const folder = join(root, "scratch", name);
      return {
        folder,
        // All machines see it.
        async pull() {},
        async push() {},
        async leave() {},
        remove: () => rm(folder, { recursive: true, force: true }),
      };
    },
    async name(name, text) {
      checkName(name);
      const path = namePath(name);
      await mkdir(dirname(path), { recursive: true });
      const temporary = temporaryPath(path);
      try {
        await writeFileSynced(temporary, text);
        // Unlike a rename, a link does not replace what another writer has named.
        await link(temporary, path);
        await syncFolder(dirname(path));
        return text;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        return (await named(name))!;
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
