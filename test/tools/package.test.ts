/** `npm run package`: what is in the archive and what is not, and that its commands are run where nothing else is. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startOf as startTime } from "../../node/processSpace.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import { unpack } from "../../tools/package/archive.ts";
import { readContents } from "../../tools/package/contents.ts";
import { citationsText } from "../../tools/package/documents.ts";
import { readForm } from "../../tools/package/form.ts";
import { startOf } from "../builtProgram.ts";
import { sampleManifest } from "../predictor/sampleManifest.ts";

const run = promisify(execFile);
const PROGRAM = [...startOf("tools/package.ts"), "--model", "models/tiny"];

let root: string;
let project: string;

const write = async (path: string, content: string) => {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), content);
};
const git = (...args: string[]) => run("git", args, { cwd: project });
/** @returns What the command writes, and its exit code. */
async function pack(args: readonly string[], cwd = project, env = process.env) {
  return run(process.execPath, [...PROGRAM, ...args], { cwd, env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stderr }) => ({ code, text: String(stderr) }),
  );
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-package-"));
  project = join(root, "project");
  await write("package.json", JSON.stringify({ dependencies: { fflate: "*" } }));
  await write("docs/references.md", "| work | use |\n| --- | --- |\n| Cho et al. 2014 | GRU |\n");
  await write("NOTICE", "The model models/tiny\n  Derives from GloVe.\n\nOther parts\n");
  await write("run.sh", "#!/bin/sh\ntest -x run.sh || exit 3\ntest ! -e .git && cat src/a.txt\n");
  await chmod(join(project, "run.sh"), 0o755);
  await write("src/a.txt", "source");
  await write("big/noise.bin", "x");
  await write(".gitignore", "node_modules\nmodels\n");
  await symlink(resolve("node_modules"), join(project, "node_modules"));
  await git("init", "-q");
  await git("add", ".");
  // Ignored by git, and in the archive all the same; a file that nobody has added is not.
  await publishBundle(join(project, "models/tiny"), sampleManifest(), {
    ...{ "model.onnx": "graph", "README.md": "# tiny\n\n## Licence\n\nFree.\n" },
    "summary.html": "<h1>slides</h1>",
  });
  await write("private.txt", "not added");
  await write(
    "form.json",
    JSON.stringify({ title: "Ours", authors: ["An"], commands: ["./run.sh"] }),
  );
});
after(() => rm(root, { recursive: true, force: true }));

test("code, bundle, summary, citations and checksums are in it, and its commands pass where it is unpacked", async () => {
  const out = join(root, "a.zip");
  const { code, text } = await pack(["--out", out, "--form", "form.json", "--check"]);
  assert.equal(code, 0, text);
  assert.match(text, /a\.zip: 15 files, 0\.0 MB of at most 50/);
  assert.match(text, /\$ \.\/run\.sh\nsource\.\/run\.sh: passed/);
  const files = await unpack(await readFile(out));
  assert.deepEqual(
    [...files.keys()].sort(),
    [
      ...[".gitignore", "NOTICE", "big/noise.bin", "docs/references.md", "package.json"],
      ...["run.sh", "src/a.txt", "HAND-IN.md", "CITATIONS.md", "SHA256SUMS", "summary.html"],
      ...["README.md", "manifest.json", "model.onnx", "summary.html"].map(
        (name) => `models/tiny/${name}`,
      ),
    ]
      .map((path) => `hand-in/${path}`)
      .sort(),
  );
  const textOf = (path: string) => Buffer.from(files.get(`hand-in/${path}`)!.content).toString();
  assert.match(textOf("HAND-IN.md"), /^# Ours\n\nBy An\.\n/);
  assert.ok(textOf("HAND-IN.md").includes("```sh\n./run.sh\n```"));
  assert.match(textOf("CITATIONS.md"), /Cho et al\. 2014[\s\S]*\| fflate \| [\d.]+ \| MIT \|/);
  assert.match(textOf("CITATIONS.md"), /Derives from GloVe\.\n\nFree\.\n$/);
  assert.equal(textOf("summary.html"), "<h1>slides</h1>");
});

test("an unpacked archive can be packed again, to the same bytes", async () => {
  const files = await unpack(await readFile(join(root, "a.zip")));
  const copy = join(root, "copy");
  for (const [path, { content, isExecutable }] of files) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), content, { mode: isExecutable ? 0o755 : 0o644 });
  }
  const home = join(copy, "hand-in");
  await symlink(resolve("node_modules"), join(home, "node_modules"));
  const form = join(project, "form.json");
  const { code, text } = await pack(["--out", join(root, "b.zip"), "--form", form], home);
  assert.equal(code, 0, text);
  assert.ok((await readFile(join(root, "a.zip"))).equals(await readFile(join(root, "b.zip"))));
});

test("a command that fails is named with its exit code", async () => {
  await write("failing.json", JSON.stringify({ commands: ["exit 7", "never run"] }));
  const args = ["--out", join(root, "c.zip"), "--form", "failing.json", "--check"];
  const { code, text } = await pack(args);
  assert.equal(code, 1);
  assert.match(text, /error: "exit 7" ended with exit code 7 after \d+ s, in /);
});

test("an installation is not repeated in front of the next command, and that is said", async () => {
  // npm that only counts.
  await write("bin/npm", '#!/bin/sh\necho "npm $1"\n');
  await chmod(join(project, "bin/npm"), 0o755);
  const path = `${join(project, "bin")}:${process.env.PATH}`;
  await write("twice.json", JSON.stringify({ commands: ["npm ci && echo a", "npm ci && echo b"] }));
  const args = ["--out", join(root, "t.zip"), "--form", "twice.json", "--check"];
  const { code, text } = await pack(args, project, { ...process.env, PATH: path });
  assert.equal(code, 0, text);
  assert.equal(text.match(/^npm ci$/gm)?.length, 1);
  assert.match(
    text,
    /^\$ echo b \(npm ci is not repeated: it has just passed here\)\nb\necho b: passed/m,
  );
});

test("a signal ends the command and what it has started, and removes the folder", async () => {
  await write("long.json", JSON.stringify({ commands: ["sleep 60 & echo $! ready; wait"] }));
  const temporary = join(root, "temporary");
  await mkdir(temporary);
  const args = ["--out", join(root, "l.zip"), "--form", "long.json", "--check"];
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: project,
    env: { ...process.env, TMPDIR: temporary },
  });
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    if (/^\d+ ready/m.test(text)) break;
  }
  assert.ok((await readdir(temporary)).some((name) => name.startsWith("marquee-hand-in-")));
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [null, "SIGTERM"]);
  assert.ok(!(await readdir(temporary)).some((name) => name.startsWith("marquee-hand-in-")));
  const started = Number(/^(\d+) ready/m.exec(text)![1]);
  // A zombie, which nobody has waited for, has no start.
  assert.equal(startTime(started), undefined);
});

test("data is refused by name, and what is too large with the largest files", async () => {
  await write("data/movies.dat", "1::Heat::Drama");
  await git("add", "-f", "data");
  const refused = await pack(["--out", join(root, "d.zip")]);
  assert.equal(refused.code, 2);
  assert.match(refused.text, /form: these files must not be handed in: data\/movies\.dat\. Remove/);
  await git("rm", "-qf", "data/movies.dat");
  await write("big/noise.bin", Array.from({ length: 4000 }, Math.random).join(""));
  await write("small.json", JSON.stringify({ maxMegabytes: 0.01, leaveOut: ["docs/**"] }));
  const large = await pack(["--out", join(root, "e.zip"), "--form", "small.json"]);
  assert.equal(large.code, 2);
  assert.match(
    large.text,
    /has 0\.0 MB, more than 0\.01; the largest files .* are big\/noise\.bin/,
  );
});

test("a form's mistakes are named with the file", async () => {
  await write("wrong.json", JSON.stringify({ author: "An", maxMegabytes: -1 }));
  const { code, text } = await pack(["--form", "wrong.json"]);
  assert.equal(code, 2);
  assert.match(text, /form: wrong\.json is wrong:\n[\s\S]*author[\s\S]*maxMegabytes/);
  assert.match((await pack(["--form", "none.json"])).text, /form: none\.json does not exist$/m);
});

test("this project's own files are within the course's limit, without data", async () => {
  const form = await readForm(undefined);
  const contents = await readContents(process.cwd(), form, []);
  const bytes = [...contents.values()].reduce((sum, { content }) => sum + content.length, 0);
  assert.ok(contents.size > 1000 && bytes < form.maxMegabytes * 1e6, `${contents.size}: ${bytes}`);
  const citations = await citationsText(process.cwd(), "models/ml1m");
  assert.match(citations, /MobileNetV2 by nsfwjs[\s\S]*GloVe word vectors[\s\S]*GroupLens/);
});
