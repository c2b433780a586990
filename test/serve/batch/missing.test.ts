/** Which errors mean that a file is missing or broken, and which that this machine failed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../../../predictor/errors.ts";
import { damaged, inspectImage, refusal } from "../../../predictor/image/inspect.ts";
import { issueOf } from "../../../predictor/issues.ts";
import { isMissingOrBroken } from "../../../serve/batch/missing.ts";

const unread = (code: string) =>
  new InputError("poster", "is unread", { cause: Object.assign(new Error(code), { code }) });

test("no file is missing; a machine that cannot read it has it", () => {
  for (const code of ["ENOENT", "ENOTDIR", "EISDIR"]) {
    assert.ok(isMissingOrBroken(unread(code)), code);
  }
  for (const code of ["EMFILE", "ENFILE", "EIO", "ENOMEM", "EACCES", "EPERM", "ELOOP", "ESTALE"]) {
    assert.ok(!isMissingOrBroken(unread(code)), code);
  }
  assert.ok(!isMissingOrBroken(new InputError("poster", "is neither here nor there")));
});

test("no image is broken; one that took too much memory may be good", () => {
  const inspected = (text: string) => {
    try {
      inspectImage(Buffer.from(text), "poster");
    } catch (error) {
      return error as InputError;
    }
    return assert.fail("it is an image");
  };
  for (const error of [inspected(""), inspected("no image"), damaged("poster")]) {
    assert.ok(isMissingOrBroken(error), error.message);
  }
  assert.ok(!isMissingOrBroken(refusal("poster", issueOf("noMemory"))));
});

test("an error within a larger input keeps its cause", () => {
  const { field, cause } = unread("EIO").within("movies[1]");
  assert.equal(field, "movies[1].poster");
  assert.equal((cause as NodeJS.ErrnoException).code, "EIO");
  assert.ok(!("cause" in new InputError("poster", "is odd").within("movies[1]")));
});
