/** Files that are read while something is asked of them; reading itself is replaced, as it needs a browser. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { InputSpecs } from "../../../predictor/inputs/types.ts";
import { createFiles } from "../../../web/worker/files.ts";
import { image } from "../../../web/worker/inputs/image.ts";
import type { OpenedFile } from "../../../web/worker/inputs/workerType.ts";

const INPUTS = {
  photo: { type: "image", height: 2, width: 2 },
  name: { type: "number", min: 0, max: 9, whole: false },
} as unknown as InputSpecs;
const ITEM = { photo: true, name: 3 };
const quiet = () => undefined;

test("a request waits for the file that it names, the last one given; others do not", async (t) => {
  const opened = new Map<Blob, (value: string | Error) => void>();
  const open = mock.method(image.file, "open", (_name: string, _spec: unknown, file: Blob) => {
    return new Promise<OpenedFile>((resolve, reject) => {
      opened.set(file, (value) =>
        value instanceof Error ? reject(value) : resolve({ value, info: {} } as OpenedFile),
      );
    });
  });
  t.after(() => open.mock.restore());
  const files = createFiles(INPUTS);
  const [first, second] = [new Blob(["1"]), new Blob(["2"])];
  const given = files.set("photo", first, quiet);
  const asked = files.fill(ITEM);
  assert.deepEqual(await files.fill({ name: 3 }), { name: 3 });
  const givenAnother = files.set("photo", second, quiet);
  opened.get(first)!("first");
  await given;
  opened.get(second)!("second");
  await givenAnother;
  assert.deepEqual(await asked, { photo: "second", name: 3 });

  const refused = assert.rejects(files.set("photo", first, quiet), /broken/);
  const askedThen = files.fill(ITEM);
  opened.get(first)!(new Error("broken"));
  await refused;
  assert.deepEqual(await askedThen, { name: 3 });
});
