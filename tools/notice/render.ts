/** The text of NOTICE: works of others in the program and its image, with their licences. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  /** To a workspace. */
  readonly link?: boolean;
  readonly optional?: boolean;
}

interface ShippedPackage {
  /** Name and version. */
  readonly label: string;
  readonly licence: string;
  readonly copyrights: readonly string[];
  /** Text of the licence, without copyright lines; undefined where the package brings none. */
  readonly text: string | undefined;
}

/** Development packages of which the build takes files along. */
const BUNDLED = ["node_modules/@fastify/swagger-ui", "node_modules/onnxruntime-web"];
const LICENCE_FILE = /^(licen[cs]e|copying)/i;
const COPYRIGHT =
  /^\W*(?:[Cc]opyright:?\s+(?:\([cC]\)|©|\[?\d|(?!Notice|Holder|Owner|License)[A-Z][a-z])|(?:\([cC]\)|©)\s*\d)/;
const FOLDER = "tools/notice";
const STANDARD =
  "Those that are not in section 3 bring no text of their own: their licence's standard text applies.";
const RULE = "=".repeat(100);

/** @returns NOTICE for the packages of package-lock.json; those that are not optional have to be installed. */
export async function renderNotice(): Promise<string> {
  const packages = await shippedPackages();
  const read = (name: string) => readFile(join(FOLDER, name), "utf8");
  const byText = new Map<string, ShippedPackage[]>();
  for (const one of packages) {
    if (one.text === undefined) continue;
    byText.set(one.text, [...(byText.get(one.text) ?? []), one]);
  }
  const list = packages.map(({ label, licence }) => `${label}: ${licence}`);
  const texts = [...byText].map(([text, users]) => {
    const who = users.flatMap(({ label, copyrights }) => [
      label,
      ...copyrights.map((line) => `  ${line}`),
    ]);
    return `${RULE}\n${who.join("\n")}\n\n${text}\n`;
  });
  return [
    (await read("parts.txt")).trimEnd(),
    `\n\n2. Packages\n\n${STANDARD}\n\n${list.join("\n")}`,
    `\n\n3. Licences of the packages, each with those that are under it\n\n${texts.join("\n")}`,
    `\n4. GNU licences of libvips\n\n${await read("LGPL-3.0.txt")}\n${RULE}\n${await read("GPL-3.0.txt")}`,
  ].join("\n");
}

async function shippedPackages(): Promise<ShippedPackage[]> {
  const { packages } = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const shipped = Object.entries(packages).filter(
    ([path, { dev, link }]) =>
      // The others are this project and its workspaces.
      path.startsWith("node_modules/") && !link && (!dev || BUNDLED.includes(path)),
  );
  const described = await Promise.all(shipped.map(([path, locked]) => describe(path, locked)));
  // The same version may stand in several folders.
  const unique = new Map(described.map((one) => [one.label, one]));
  return [...unique.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
}

async function describe(path: string, locked: LockedPackage): Promise<ShippedPackage> {
  const name = path.replace(/^.*node_modules\//, "");
  const label = `${name} ${locked.version}`;
  // Other platforms' are not installed here, and NOTICE must not depend on where it is made.
  if (locked.optional) {
    return { label, licence: locked.license ?? "unknown", copyrights: [], text: undefined };
  }
  const { license, licenses, author } = JSON.parse(
    await readFile(join(path, "package.json"), "utf8"),
  ) as {
    readonly license?: string;
    readonly licenses?: readonly { readonly type: string }[];
    readonly author?: string | { readonly name: string };
  };
  const licence = license ?? licenses?.map(({ type }) => type).join(" or ");
  if (licence === undefined) throw new Error(`${label} names no licence; look at ${path}`);
  const file = (await readdir(path)).sort().find((entry) => LICENCE_FILE.test(entry));
  if (file === undefined) {
    const holder = typeof author === "string" ? author : author?.name;
    return {
      label,
      licence: `${licence}${holder ? `, by ${holder}` : ""}`,
      copyrights: [],
      text: undefined,
    };
  }
  const lines = (await readFile(join(path, file), "utf8"))
    .split(/\r?\n/)
    .map((line) => line.trim());
  return {
    label,
    licence,
    copyrights: lines.filter((line) => COPYRIGHT.test(line)),
    text: wrapped(lines.filter((line) => !COPYRIGHT.test(line))),
  };
}

/** Paragraphs filled to one width: the same licence is often broken into other lines. */
function wrapped(lines: readonly string[]): string {
  const paragraphs = lines
    .join("\n")
    .trim()
    .split(/\n{2,}/);
  return paragraphs.map((paragraph) => fill(paragraph.split(/\s+/))).join("\n\n");
}

function fill(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
