/**
 * The bundles in a folder: `NAME/` is a bundle, the one version of a model, or holds bundles, `NAME/VERSION/`, its
 * versions.
 */

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { resolveBundlePath } from "../../node/bundle.ts";
import { MANIFEST_FILE } from "../../predictor/manifest.ts";

/** What addresses and options can say without escapes. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;
/** The address of all statistics is that of a model of this name. */
const RESERVED = "stats";

export interface FoundBundle {
  /** Name of the model. */
  readonly name: string;
  /** Name of the version's folder; undefined where the model's folder is the bundle. */
  readonly folder: string | undefined;
  readonly path: string;
}

/** A folder that is not served. */
export interface Fault {
  /** From the folder of all models: NAME or NAME/VERSION. */
  readonly folder: string;
  readonly reason: string;
}

/**
 * Looks for bundles; whether they can be used is not looked at.
 *
 * @throws Error if the folder cannot be read.
 */
export async function scanRepository(
  root: string,
): Promise<{ readonly bundles: FoundBundle[]; readonly faults: Fault[] }> {
  const names = await foldersIn(root).catch(() => {
    throw new Error(
      `--models ${root} cannot be read; name a folder with bundles, as in ${root}/NAME/${MANIFEST_FILE}`,
    );
  });
  const bundles: FoundBundle[] = [];
  const faults: Fault[] = [];
  for (const name of names) {
    const path = join(root, name);
    const versions = await foldersIn(path).catch(() => []);
    const found = versions.filter((folder) => isBundle(join(path, folder)));
    const reason = faultOf(name, path, found);
    if (reason !== undefined) faults.push({ folder: name, reason });
    else if (isBundle(path)) bundles.push({ name, folder: undefined, path });
    else {
      for (const folder of found) {
        if (NAME.test(folder)) bundles.push({ name, folder, path: join(path, folder) });
        else faults.push({ folder: `${name}/${folder}`, reason: MISNAMED });
      }
    }
  }
  return { bundles, faults };
}

const MISNAMED =
  "its name must begin with a letter or a digit, and have only these, dots, hyphens and underscores";

function faultOf(name: string, path: string, versions: readonly string[]): string | undefined {
  if (!NAME.test(name)) return MISNAMED;
  if (name === RESERVED) return `a model cannot be called "${name}"; rename its folder`;
  if (isBundle(path)) {
    return versions.length === 0
      ? undefined
      : `it is a bundle, and holds others (${versions.join(", ")}); move ${MANIFEST_FILE} and the files beside it into a folder of their own`;
  }
  return versions.length > 0
    ? undefined
    : `it has no ${MANIFEST_FILE}, and no folder with one; publish with --out ${name} beside the others`;
}

/** Whether a bundle is, or is just being replaced, at the path. */
export function isBundle(path: string): boolean {
  return existsSync(join(resolveBundlePath(path), MANIFEST_FILE));
}

/** Names of folders, and of links to folders; also those that are just being replaced. */
async function foldersIn(path: string): Promise<string[]> {
  const names = new Set<string>();
  for (const name of await readdir(path)) {
    const replaced = /^\.(.+)\.previous$/.exec(name)?.[1];
    if (replaced !== undefined) names.add(replaced);
    if (name.startsWith(".")) continue;
    const info = await stat(join(path, name)).catch(() => undefined);
    if (info?.isDirectory()) names.add(name);
  }
  return [...names].sort(newestLast.compare);
}

/** Versions in numeric order, as 9 before 10 and 1.9 before 1.10. */
export const newestLast = new Intl.Collator("en", { numeric: true });
