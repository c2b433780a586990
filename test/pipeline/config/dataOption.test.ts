/** --data, found before the other options are known. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { dataOption } from "../../../pipeline/config/dataOption.ts";
import { folder } from "../dataset/folder.ts";

test("the last --data wins, in either form", () => {
  const cases: [argv: string[], data: string | undefined][] = [
    [[], undefined],
    [["--seed", "3"], undefined],
    [["--data", "shop"], "shop"],
    [["--data=shop"], "shop"],
    [["--data=a=b"], "a=b"],
    [["--data="], ""],
    [["--data", "one", "--seed", "3", "--data=two"], "two"],
    [["--data=two", "--data", "one"], "one"],
    [["--datas", "one", "--data-x=two"], undefined],
    // The reader of all options says that the value is missing.
    [["--data"], undefined],
  ];
  for (const [argv, data] of cases) assert.equal(dataOption(argv), data, argv.join(" "));
});

test("a config file's data counts where the command line has none", async (t) => {
  const dir = await folder(t, {
    "one.json": '{ "data": "shop", "seed": 3 }',
    "two.json": '{ "data": "other" }',
    "none.json": '{ "seed": 3 }',
  });
  const [one, two, none] = ["one.json", "two.json", "none.json"].map((name) => join(dir, name));
  assert.equal(dataOption(["--config", one!]), "shop");
  assert.equal(dataOption([`--config=${one}`, "--seed", "3"]), "shop");
  assert.equal(dataOption(["--config", one!, "--config", two!]), "other");
  assert.equal(dataOption(["--data", "mine", "--config", one!]), "mine");
  assert.equal(dataOption(["--config", none!]), undefined);
});

test("a config file that is absent or broken is left to the reader of all options", async (t) => {
  const contents = ["{", "null", "[]", '"data"', '{ "data": 5 }', '{ "data": null }', ""];
  const files = Object.fromEntries(contents.map((content, i) => [`${i}.json`, content]));
  const dir = await folder(t, files);
  for (const name of [...Object.keys(files), "absent.json", "."]) {
    assert.equal(dataOption(["--config", join(dir, name)]), undefined, name);
  }
  assert.equal(dataOption(["--config"]), undefined);
});
