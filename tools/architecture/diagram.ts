/** The picture in CONTRIBUTING.md: which folders import which, as Mermaid, read from the code's own imports. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What the picture shows, the more particular first: a file belongs to the first folder that it is in. */
const FOLDERS = [
  ...["pipeline/export", "pipeline", "serve"],
  ...["web/build", "web/convert", "web/embed", "web", "node", "predictor"],
];
const START = "<!-- npm run architecture writes what follows -->";
const END = "<!-- end -->";

/** @returns The document with the picture of the code as it is now in the place of the one that it has. */
export async function withDiagram(document: string): Promise<string> {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  if (start < 0 || end < start)
    throw new Error(`there are no ${START} and ${END} around a picture`);
  const diagram = `\n\`\`\`mermaid\n${await drawDiagram()}\n\`\`\`\n`;
  return `${document.slice(0, start)}${START}\n${diagram}\n${document.slice(end)}`;
}

async function drawDiagram(): Promise<string> {
  const arrows = new Set<string>();
  for (const { source, dependencies } of await readModules()) {
    const from = folderOf(source);
    for (const { resolved } of dependencies) {
      const to = folderOf(resolved);
      if (from && to && from !== to) arrows.add(`  ${nodeOf(from)} --> ${nodeOf(to)}`);
    }
  }
  return ["flowchart LR", ...[...arrows].sort()].join("\n");
}

interface Module {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string }[];
}

/** As `npm run check:arrows` sees them. A process of its own: dependency-cruiser's parser does not start under tsx. */
async function readModules(): Promise<readonly Module[]> {
  const roots = FOLDERS.filter((folder) => !folder.includes("/"));
  const argv = [
    ...["node_modules/dependency-cruiser/bin/dependency-cruise.mjs", "--output-type", "json"],
    ...["--config", ".dependency-cruiser.mjs", "--include-only", `^(${roots.join("|")})/`],
    ...roots,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 2 ** 28 });
  return (JSON.parse(stdout) as { modules: readonly Module[] }).modules;
}

function folderOf(path: string): string | undefined {
  return FOLDERS.find((folder) => path.startsWith(`${folder}/`));
}

function nodeOf(folder: string): string {
  return `${folder.replace("/", "_")}["${folder}/"]`;
}
