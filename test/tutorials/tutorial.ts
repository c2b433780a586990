/** A tutorial as the test reads it: the files that it has readers save, the commands that they run, what they should see. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";

export interface Step {
  /** File and line of the code block, for messages. */
  readonly place: string;
  readonly code: string;
  /** The paragraph in front of the block. */
  readonly intro: string;
  /** File that the code is saved as; undefined for commands. */
  readonly saveAs?: string;
  /** What the commands print, see `shows`; undefined where the tutorial does not say. */
  readonly shown?: string;
}

const COMMANDS = "sh";
const OUTPUT = "text";

/** @throws Error naming a block that readers cannot follow: a file without a name, an output without commands. */
export function readTutorial(path: string): Step[] {
  const lines = readFileSync(path, "utf8").split("\n");
  const steps: Step[] = [];
  let intro: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(\w*)$/.exec(lines[i]!)?.[1];
    if (language === undefined) {
      intro = lines[i] === "" && lines[i + 1]?.startsWith("```") ? intro : [...intro, lines[i]!];
      if (lines[i] === "" && !lines[i + 1]?.startsWith("```")) intro = [];
      continue;
    }
    const place = `${basename(path)}:${i + 1}`;
    const end = lines.indexOf("```", i + 1);
    const code = lines.slice(i + 1, end).join("\n");
    const said = intro.join(" ");
    if (language === OUTPUT) {
      const last = steps.pop();
      if (last === undefined || last.saveAs !== undefined) {
        throw new Error(`${place}: an output without commands that print it`);
      }
      steps.push({ ...last, shown: code });
    } else if (language === COMMANDS) steps.push({ place, code, intro: said });
    else steps.push({ place, code, intro: said, saveAs: fileNameIn(said, place) });
    intro = [];
    i = end;
  }
  return steps;
}

function fileNameIn(intro: string, place: string): string {
  const name = /\bsave (?:this|them) as `([^`]+)`:$/i.exec(intro)?.[1];
  if (name === undefined)
    throw new Error(`${place}: say "Save this as \`NAME\`:" before the block`);
  return name;
}

/** Whether the output has the lines that are shown, one after another; `...` stands for anything in a line, or for lines. */
export function shows(output: string, shown: string): boolean {
  const lines = shown.split("\n").map((line) => {
    if (line === "...") return "(?:.*\\n)*?";
    return `${line.split("...").map(escapeText).join(".*")}\\n`;
  });
  return new RegExp(`^${lines.join("")}`, "m").test(`${output}\n`);
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
