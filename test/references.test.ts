/** docs/references.md has every work that the source names. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { glob } from "tinyglobby";

/** "Cho et al. 2014", "Kingma and Ba 2015", "Halko, Martinsson, Tropp 2011", "(Vitter 1985" */
const NAME = String.raw`\p{Lu}[\p{L}-]+`;
const WORK = new RegExp(
  String.raw`(${NAME}(?:, ${NAME})*(?: et al\.|,? and ${NAME}|, ${NAME})|(?<=\()${NAME}) ((?:19|20)\d\d)\b`,
  "gu",
);

test("every work that a comment names is in the list, with its year", async () => {
  const files = await glob(["{bench,node,pipeline,predictor,serve,web}/**/*.ts", "!**/onnx_pb.ts"]);
  const list = (await readFile("docs/references.md", "utf8")).split("\n");
  const named = new Map<string, string>();
  for (const file of files) {
    const source = (await readFile(file, "utf8")).replace(/\n\s*(\*|\/\/) ?/g, " ");
    for (const [text, names, year] of source.matchAll(WORK)) {
      if (!/^Copyright/.test(names!)) named.set(text, `${file} ${names} ${year}`);
    }
  }
  assert.ok(named.size > 30, `${named.size} works`);
  const missing = [...named].flatMap(([text, where]) => {
    const [, ...rest] = where.split(" ");
    const year = rest.at(-1)!;
    const surnames = rest.join(" ").match(/\p{Lu}[\p{L}-]+/gu)!;
    const known = list.some(
      (row) => row.includes(year) && surnames.every((one) => row.includes(one)),
    );
    return known ? [] : [`${text} (${where.split(" ")[0]})`];
  });
  assert.deepEqual(missing, []);
});
