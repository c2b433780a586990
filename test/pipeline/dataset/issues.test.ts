import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  countIssues,
  createIssueList,
  describeDataIssue,
  quote,
} from "../../../pipeline/dataset/issues.ts";

describe("createIssueList", () => {
  it("counts every issue, and keeps and formats only the first thousand per file", () => {
    const issues = createIssueList();
    let formatted = 0;
    const message = () => `bad line ${++formatted}.`;
    for (let line = 1; line <= 100_000; line++) issues.add("a.dat", line, message);
    issues.add("b.dat", 7, message);
    issues.note("a.dat", undefined, message);
    assert.deepEqual(issues.counts, { "a.dat": 100_000, "b.dat": 1 });
    assert.deepEqual(issues.noteCounts, { "a.dat": 1 });
    assert.equal(countIssues(issues.counts), 100_001);
    assert.equal(issues.list.length, 1002);
    assert.equal(formatted, 1002);
    assert.deepEqual(issues.list.at(-1), {
      file: "a.dat",
      message: "bad line 1002.",
      note: true,
    });
  });

  it("throws one error that lists twenty issues and counts the rest", () => {
    const issues = createIssueList();
    for (let line = 1; line <= 250; line++) issues.add("a.dat", line, () => `oops ${line}.`);
    assert.throws(
      () => issues.throwIfAny(),
      (error: Error) => {
        const shown = error.message.match(/a\.dat:\d+: oops/g);
        assert.equal(shown?.length, 20);
        assert.match(error.message, /^250 issues/);
        assert.match(error.message, /and 230 more/);
        return true;
      },
    );
  });

  it("does not throw for notes", () => {
    const issues = createIssueList();
    issues.note("a.dat", undefined, () => "absent.");
    issues.throwIfAny();
    issues.add("a.dat", 1, () => "bad.");
    assert.throws(
      () => issues.throwIfAny(),
      /^Error: 1 issue in the data set.*\n {2}a\.dat:1: bad\.\nFix them/,
    );
  });
});

it("describes an issue by file, line and message", () => {
  assert.equal(describeDataIssue({ file: "a.dat", line: 3, message: "bad." }), "a.dat:3: bad.");
  assert.equal(describeDataIssue({ file: "a.dat", message: "absent." }), "a.dat: absent.");
});

it("quotes text on one short line", () => {
  assert.equal(quote('a "b"\n'), '"a \\"b\\"\\n"');
  assert.equal(quote("x".repeat(1000)).length, 63);
});
