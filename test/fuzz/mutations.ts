/** Ways in which real data sets go wrong, as changes of a folder in the course layout. */

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Random } from "../../pipeline/common/random.ts";

const TABLES = ["genres.txt", "movies_train.dat", "movies_test.dat", "users.dat", "ratings.dat"];
const IMAGES = "ml1m-images";

/** One thing that goes wrong. Changes the files in `dir`, and says what it did. */
type Mutation = (dir: string, random: Random) => string;

const pick = <T>(list: readonly T[], random: Random): T => list[random.int(list.length)]!;

/** Changes the text of a table, if it is there. */
function edit(dir: string, table: string, change: (lines: string[]) => string[]): void {
  const path = join(dir, table);
  const text = readFileSync(path, "latin1");
  writeFileSync(path, change(text.split(/\r?\n/)).join("\n"), "latin1");
}

/** Changes some fields of some lines; `share` of the lines, at least one. */
function editFields(
  dir: string,
  table: string,
  random: Random,
  change: (fields: string[], line: number) => string[],
): void {
  const share = pick([0.01, 0.2, 1], random);
  edit(dir, table, (lines) => {
    const sure = random.int(lines.length);
    return lines.map((line, i) =>
      line !== "" && (i === sure || random.next() < share)
        ? change(line.split("::"), i).join("::")
        : line,
    );
  });
}

/** Text that fields should never hold, but do. */
const ODD_TEXTS = [
  "",
  " ",
  "::",
  "|",
  "\0",
  "\u00ff\u00fe",
  "\u00e9\u00c3\u0028",
  "NaN",
  "Infinity",
  "-1",
  "0x10",
  "1e9",
  "978300760",
  "99999999999999999999",
  "__proto__",
  "constructor",
  "a".repeat(1001),
  "b ".repeat(40_000),
];

const oddField: Mutation = (dir, random) => {
  const table = pick(TABLES.slice(1), random);
  const text = pick(ODD_TEXTS, random);
  editFields(dir, table, random, (fields) => {
    fields[random.int(fields.length)] = text;
    return fields;
  });
  return `${table}: a field becomes ${JSON.stringify(text.slice(0, 20))}`;
};

const exchangeColumns: Mutation = (dir, random) => {
  const table = pick(TABLES.slice(1), random);
  const [a, b] = [random.int(5), random.int(5)];
  editFields(dir, table, random, (fields) => {
    const [x, y] = [a % fields.length, b % fields.length];
    [fields[x], fields[y]] = [fields[y]!, fields[x]!];
    return fields;
  });
  return `${table}: columns ${a} and ${b} exchanged`;
};

const otherSeparator: Mutation = (dir, random) => {
  const table = pick(TABLES.slice(1), random);
  edit(dir, table, (lines) =>
    lines.map((line) => line.replaceAll("::", pick([",", "\t", ":"], random))),
  );
  return `${table}: another separator`;
};

const repeatLines: Mutation = (dir, random) => {
  const table = pick(TABLES, random);
  edit(dir, table, (lines) =>
    lines.flatMap((line) => (random.next() < 0.3 ? [line, line] : [line])),
  );
  return `${table}: lines repeated`;
};

const dropLines: Mutation = (dir, random) => {
  const table = pick(TABLES, random);
  const share = pick([0.5, 0.9, 1], random);
  edit(dir, table, (lines) => lines.filter(() => random.next() >= share));
  return `${table}: ${share} of the lines gone`;
};

const damageBytes: Mutation = (dir, random) => {
  const table = pick(TABLES, random);
  const bytes = readFileSync(join(dir, table));
  for (let i = 0; i < 20 && bytes.length > 0; i++)
    bytes[random.int(bytes.length)] = random.int(256);
  writeFileSync(join(dir, table), bytes);
  return `${table}: bytes damaged`;
};

const encodeOtherwise: Mutation = (dir, random) => {
  const table = pick(TABLES, random);
  const text = readFileSync(join(dir, table), "latin1");
  const kind = pick(["utf16le", "bom", "cr", "gzip"] as const, random);
  const content = {
    utf16le: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
    bom: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text, "utf8")]),
    cr: Buffer.from(text.replaceAll("\r", "").replaceAll("\n", "\r"), "latin1"),
    gzip: Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0]),
      Buffer.from(text.slice(0, 99), "latin1"),
    ]),
  }[kind];
  writeFileSync(join(dir, table), content);
  return `${table}: as ${kind}`;
};

const loseTable: Mutation = (dir, random) => {
  const table = pick(TABLES, random);
  const kind = pick(["gone", "empty", "folder", "link"] as const, random);
  rmSync(join(dir, table), { recursive: true });
  if (kind === "empty") writeFileSync(join(dir, table), "");
  if (kind === "folder") mkdirSync(join(dir, table));
  if (kind === "link") symlinkSync("nowhere", join(dir, table));
  return `${table}: ${kind}`;
};

const sameTitles: Mutation = (dir, random) => {
  const titles = pick([["Untitled"], ["!!!", "???"], ["red", "blue"], ["(1990)"]], random);
  for (const table of ["movies_train.dat", "movies_test.dat"]) {
    edit(dir, table, (lines) =>
      lines.map((line) => {
        const fields = line.split("::");
        if (fields.length === 3) fields[1] = pick(titles, random);
        return fields.join("::");
      }),
    );
  }
  return `titles: ${titles.join(", ")}`;
};

const oddLabels: Mutation = (dir, random) => {
  const count = pick([1, 2, 200, 500], random);
  const labels = Array.from({ length: count }, (_, i) => `label ${i}`);
  writeFileSync(join(dir, "genres.txt"), `${labels.join("\n")}\n`);
  for (const table of ["movies_train.dat", "movies_test.dat"]) {
    edit(dir, table, (lines) =>
      lines.map((line) => {
        const fields = line.split("::");
        if (fields.length === 3) fields[2] = pick(labels, random);
        return fields.join("::");
      }),
    );
  }
  return `${count} labels, one a movie`;
};

const manyDemographics: Mutation = (dir, random) => {
  editFields(dir, "users.dat", random, (fields) => {
    if (fields.length === 5) fields[1] = fields[4]!;
    return fields;
  });
  return "zip codes as genders";
};

const oddPoster: Mutation = (dir, random) => {
  const images = join(dir, IMAGES);
  const name = pick(readdirSync(images), random);
  const path = join(images, name);
  const bytes = readFileSync(path);
  const kind = pick(["cut", "text", "empty", "bits", "folder", "link", "loop"] as const, random);
  rmSync(path);
  if (kind === "cut") writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
  if (kind === "text") writeFileSync(path, "<svg onload=alert(1)>");
  if (kind === "empty") writeFileSync(path, "");
  if (kind === "bits")
    writeFileSync(
      path,
      bytes.map((byte) => (random.next() < 0.01 ? ~byte : byte)),
    );
  if (kind === "folder") mkdirSync(path);
  if (kind === "link") symlinkSync("nowhere", path);
  if (kind === "loop") symlinkSync(name, path);
  return `${name}: ${kind}`;
};

const moveImages: Mutation = (dir, random) => {
  const kind = pick(["gone", "renamed", "file", "two"] as const, random);
  const images = join(dir, IMAGES);
  if (kind === "renamed" || kind === "two") renameSync(images, join(dir, "other-images"));
  else rmSync(images, { recursive: true });
  if (kind === "file") writeFileSync(images, "-");
  if (kind === "two") mkdirSync(join(dir, "more-images"));
  return `images: ${kind}`;
};

const MUTATIONS: readonly Mutation[] = [
  oddField,
  oddField,
  exchangeColumns,
  otherSeparator,
  repeatLines,
  dropLines,
  damageBytes,
  encodeOtherwise,
  loseTable,
  sameTitles,
  oddLabels,
  manyDemographics,
  oddPoster,
  moveImages,
];

/** Makes up to three things go wrong. A mutation that finds its file gone by an earlier one does nothing. */
export function mutate(dir: string, random: Random): string[] {
  const done: string[] = [];
  for (let i = 0; i < 1 + random.int(3); i++) {
    const mutation = pick(MUTATIONS, random);
    try {
      done.push(mutation(dir, random));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!["ENOENT", "EISDIR", "ENOTDIR", "EINVAL", "ELOOP", "EEXIST"].includes(code ?? ""))
        throw error;
    }
  }
  return done;
}
