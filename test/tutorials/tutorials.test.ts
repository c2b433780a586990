/** A newcomer who copies every block of a tutorial gets what it shows. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../node/freePort.ts";
import { readTutorial, type Step, shows } from "./tutorial.ts";
import { createTutorialFolder, fails } from "./workspace.ts";

const FOLDER = "docs/tutorials";

/** Commands that no test runs, by their first words, and what the tutorial says that they need. */
const NOT_RUN: readonly { readonly command: string; readonly needs: string }[] = [
  { command: "npm ci", needs: "the network" },
  { command: "npm run pipeline -- --data path/to/ml1m", needs: "the course's folder" },
  // test/tools/package.test.ts runs it in a repository of its own.
  { command: "npm run package", needs: "a clone made by git" },
  { command: "docker build", needs: "Docker" },
];
const rulesUsed = new Set<string>();

function isRun({ code, intro, place }: Step): boolean {
  const rule = NOT_RUN.find(({ command }) => code.startsWith(command));
  if (rule === undefined) return true;
  rulesUsed.add(rule.command);
  assert.ok(
    intro.includes(rule.needs),
    `${place}: the text does not say that it needs ${rule.needs}`,
  );
  return false;
}

/** The tutorials' port, which may be taken on this machine. */
const PORT = "8080";
const port = String(await freePort());

const hasCurl = (() => {
  try {
    execFileSync("curl", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

const tutorials = readdirSync(FOLDER);
assert.ok(tutorials.length >= 4);
for (const name of tutorials) {
  const steps = readTutorial(join(FOLDER, name))
    .filter(isRun)
    .map((step) => ({ ...step, code: step.code.replaceAll(PORT, port) }));
  const needsCurl = steps.some(({ code }) => /^curl /m.test(code));
  test(`${name}: every block does what the text shows`, {
    skip: needsCurl && !hasCurl ? "curl is not installed" : false,
  }, async (t) => {
    const folder = await createTutorialFolder();
    t.after(() => folder.remove());
    for (const { step, code, output } of await folder.run(steps)) {
      const { place, shown } = step;
      const hasEnded = code !== undefined && (code !== 0) === fails(step);
      assert.ok(hasEnded, `${place} ends with exit code ${code ?? "other than 0"}\n${output}`);
      if (shown === undefined) continue;
      assert.ok(shows(output, shown), `${place} shows\n${shown}\n\nbut one sees\n${output}`);
    }
  });
}

test("commands that are not run are those that the tutorials have", () => {
  assert.deepEqual([...rulesUsed].sort(), NOT_RUN.map(({ command }) => command).sort());
});

test("what a tutorial shows is found in an output, or not", () => {
  const output = "read 3 files in 0.2 s\n  largest 1.5 (MB)\ndone\n";
  for (const shown of ["read 3 files in ... s", "read...\n...\ndone", "  largest 1.5 (MB)\ndone"]) {
    assert.ok(shows(output, shown), shown);
  }
  for (const shown of ["read 4 files in ... s", "done\n...\nread...", "largest 1.5 (MB)", "d.ne"]) {
    assert.ok(!shows(output, shown), shown);
  }
});
