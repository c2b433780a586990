import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { createIssueList } from "../../../pipeline/dataset/issues.ts";
import { findPosters } from "../../../pipeline/dataset/posters.ts";
import { folder } from "./folder.ts";

async function find(dir: string) {
  const issues = createIssueList();
  const found = await findPosters(dir, issues);
  const names = [...found].map(([id, path]) => [id, basename(path)]).sort();
  return { names, paths: [...found.values()], messages: issues.list.map((p) => p.message) };
}

describe("findPosters", () => {
  it("finds ID.jpg, .jpeg, .png and .webp, in any case, and prefers them in this order", async (t) => {
    const images = [
      "1.jpg",
      "1.png",
      "2.JPEG",
      "3.png",
      "3.webp",
      "4.webp",
      "5.gif",
      "x.jpg",
      "7.jpg.part",
    ];
    const dir = await folder(
      t,
      Object.fromEntries(images.map((name) => [`ml1m-images/${name}`, "-"])),
    );
    const { names, paths, messages } = await find(dir);
    assert.deepEqual(names, [
      ["1", "1.jpg"],
      ["2", "2.JPEG"],
      ["3", "3.png"],
      ["4", "4.webp"],
    ]);
    assert.equal(paths[0], join(dir, "ml1m-images", "1.jpg"));
    assert.deepEqual(messages, []);
  });

  it("follows links to files and ignores folders and broken links", async (t) => {
    const dir = await folder(t, { "ml1m-images/1.jpg": "-", "ml1m-images/2.jpg/inside": "-" });
    await symlink(join(dir, "ml1m-images", "1.jpg"), join(dir, "ml1m-images", "3.jpg"));
    await symlink(join(dir, "nowhere"), join(dir, "ml1m-images", "4.jpg"));
    assert.deepEqual(
      (await find(dir)).names.map(([id]) => id),
      ["1", "3"],
    );
  });

  it("uses the only folder whose name ends with images", async (t) => {
    const dir = await folder(t, { "my-images/1.jpg": "-", "movies.images.txt": "-" });
    assert.deepEqual((await find(dir)).names, [["1", "1.jpg"]]);
  });

  it("adds a note if there is no folder, if there are several, or if it is empty", async (t) => {
    const none = await find(await folder(t));
    assert.match(none.messages.join(), /neither this folder nor another one/);
    const several = await find(await folder(t, { "b-images/1.jpg": "-", "a-images/1.jpg": "-" }));
    assert.deepEqual(several.names, []);
    assert.match(several.messages.join(), /several others .*\(a-images, b-images\)/);
    const empty = await find(await folder(t, { "ml1m-images/readme.txt": "-" }));
    assert.match(empty.messages.join(), /no file named ID\.jpg/);
  });
});
