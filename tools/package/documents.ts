/** What a hand-in says of itself: where things are, what shows that it works, and whose work it uses. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../predictor/manifest.ts";
import type { Form } from "./form.ts";

export interface HandIn {
  readonly form: Form;
  /** The bundle's folder in the archive. */
  readonly model: string;
  readonly manifest: Manifest;
}

/** HAND-IN.md: the page to begin with. */
export function handInText({ form, model, manifest }: HandIn): string {
  const { title, authors, commands } = form;
  const metrics = Object.entries(manifest.metrics ?? {}).filter(
    ([name]) => !name.includes(" from "),
  );
  return `# ${title}

${authors.length > 0 ? `By ${authors.join(", ")}.\n\n` : ""}| where | what |
| --- | --- |
| [summary.html](summary.html) | the main result in a few slides |
| [${model}/report.html](${model}/report.html) | the report: results, data, approach, model, experiments |
| [${model}](${model}/README.md) | the model: ONNX graphs, manifest, model card |
| [README.md](README.md) | what the program does, and how to use it |
| [docs/](docs) | documentation; [CITATIONS.md](CITATIONS.md) says whose work is used |

The data is not in the archive: [docs/own-data.md](docs/own-data.md) says what layout it has to have.

## Commands

In this folder, on Linux or macOS with Node ${NODE}:

\`\`\`sh
${commands.join("\n")}
\`\`\`

The model was trained with \`${manifest.provenance.backend}\` and the seed ${manifest.provenance.seed}; the last section of
[its model card](${model}/README.md) has the command that repeats it.

## Figures

| metric | value |
| --- | ---: |
${metrics.map(([name, value]) => `| ${name} | ${value.toFixed(4)} |`).join("\n")}

\`sha256sum -c SHA256SUMS\` checks all files.
`;
}

const NODE = "20.19 or newer";

interface Installed {
  readonly version: string;
  readonly license?: string;
}

/** CITATIONS.md: papers, packages with their licences, pretrained parts, data. */
export async function citationsText(root: string, model: string): Promise<string> {
  const read = (path: string) => readFile(join(root, path), "utf8");
  const { dependencies } = JSON.parse(await read("package.json")) as {
    dependencies: Record<string, string>;
  };
  const packages = await Promise.all(
    Object.keys(dependencies).map(async (name) => {
      const installed = JSON.parse(await read(`node_modules/${name}/package.json`)) as Installed;
      return `| ${name} | ${installed.version} | ${installed.license ?? "see NOTICE"} |`;
    }),
  );
  const papers = (await read("docs/references.md")).split("\n").filter((line) => /^\|/.test(line));
  return `# Whose work is used

## Papers

${papers.join("\n")}

## Packages

Those that the program itself names; [NOTICE](NOTICE) has all of them with their licences.

| package | version | licence |
| --- | --- | --- |
${packages.join("\n")}

## Pretrained parts and data

${await pretrainedText(read, model)}
`;
}

/** The model's section of NOTICE, and of the licence in its card. */
async function pretrainedText(
  read: (path: string) => Promise<string>,
  model: string,
): Promise<string> {
  const notice = await read("NOTICE");
  const [, section] = notice.split(`The model ${model}\n`);
  const ofNotice = section?.split(/\n\n/)[0] ?? "";
  const card = await read(`${model}/README.md`);
  const ofCard = card.split(/^## Licence\n/m)[1]?.split(/^## /m)[0] ?? "";
  return [ofNotice.replace(/^ {2}/gm, ""), ofCard]
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join("\n\n");
}
