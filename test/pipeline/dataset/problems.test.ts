import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  countProblems,
  createProblems,
  describeProblem,
  quote,
} from "../../../pipeline/dataset/problems.ts";

describe("createProblems", () => {
  it("counts every problem, keeps the first thousand per file and words no other", () => {
    const problems = createProblems();
    let worded = 0;
    const message = () => `bad line ${++worded}.`;
    for (let line = 1; line <= 100_000; line++) problems.add("a.dat", line, message);
    problems.add("b.dat", 7, message);
    problems.note("a.dat", undefined, message);
    assert.deepEqual(problems.counts, { "a.dat": 100_000, "b.dat": 1 });
    assert.deepEqual(problems.noteCounts, { "a.dat": 1 });
    assert.equal(countProblems(problems.counts), 100_001);
    assert.equal(problems.list.length, 1002);
    assert.equal(worded, 1002);
    assert.deepEqual(problems.list.at(-1), {
      file: "a.dat",
      message: "bad line 1002.",
      note: true,
    });
  });

  it("throws one error that shows twenty and counts the rest", () => {
    const problems = createProblems();
    for (let line = 1; line <= 250; line++) problems.add("a.dat", line, () => `oops ${line}.`);
    assert.throws(
      () => problems.throwIfAny(),
      (error: Error) => {
        const shown = error.message.match(/a\.dat:\d+: oops/g);
        assert.equal(shown?.length, 20);
        assert.match(error.message, /^250 problems/);
        assert.match(error.message, /and 230 more/);
        return true;
      },
    );
  });

  it("throws for no note", () => {
    const problems = createProblems();
    problems.note("a.dat", undefined, () => "absent.");
    problems.throwIfAny();
    problems.add("a.dat", 1, () => "bad.");
    assert.throws(
      () => problems.throwIfAny(),
      /^Error: 1 problem in the data set.*\n {2}a\.dat:1: bad\.\nMend/,
    );
  });
});

it("describes a problem by file, line and sentence", () => {
  assert.equal(describeProblem({ file: "a.dat", line: 3, message: "bad." }), "a.dat:3: bad.");
  assert.equal(describeProblem({ file: "a.dat", message: "absent." }), "a.dat: absent.");
});

it("quotes text in one short line", () => {
  assert.equal(quote('a "b"\n'), '"a \\"b\\"\\n"');
  assert.equal(quote("x".repeat(1000)).length, 63);
});
