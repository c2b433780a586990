/** Whether images can be read: a sample of them, through the decoder that training and the server use. */

import { readFile } from "node:fs/promises";
import { decodePoster } from "../../../node/poster.ts";
import { InputError } from "../../../predictor/errors.ts";
import { createRandom } from "../../common/random.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import type { IssueList } from "../issues.ts";
import { describeNoFile, findFile } from "../namedFile.ts";
import { describeNoImage, imageIn, isMissing } from "../tables/values.ts";
import type { ItemBatch } from "./itemBatch.ts";

/** Images of an input that are looked at. */
const SAMPLE = 100;
const EXAMPLES = 5;

export interface ImageReport {
  readonly input: string;
  readonly looked: number;
  /** Files that do not exist, and those that cannot be decoded. */
  readonly absent: number;
  readonly broken: number;
  /** What is wrong with the first few. */
  readonly examples: readonly string[];
}

interface Place {
  readonly image: Uint8Array | string;
  readonly file: string;
  readonly line: number;
}

/** @param issues Gets the rows that have something else than an image. */
export function createImageCheck({ inputs }: Description, root: string, issues: IssueList) {
  const checks = Object.entries(inputs).flatMap(([name, input]) =>
    input.type === "image" ? [createSample({ name, input, root, issues })] : [],
  );
  return {
    add(batch: ItemBatch): void {
      for (const check of checks) check.add(batch);
    },
    async result(): Promise<ImageReport[]> {
      const reports: ImageReport[] = [];
      for (const check of checks) reports.push(await check.result());
      return reports;
    },
  };
}

interface Checked {
  readonly name: string;
  readonly input: Input & { type: "image" };
  readonly root: string;
  readonly issues: IssueList;
}

/** Every image is as likely to be in the sample (reservoir sampling, Vitter 1985). */
function createSample(checked: Checked) {
  const { name, input, issues } = checked;
  const column = columnOf(name, input)!;
  const random = createRandom(1).fork("describe").fork(name);
  const sample: Place[] = [];
  let seen = 0;
  return {
    add({ file, lines, columns, missing }: ItemBatch): void {
      for (const [row, cell] of columns.get(column)!.entries()) {
        if (isMissing(cell, missing)) continue;
        const image = imageIn(cell);
        if (image === undefined) {
          issues.add(file, lines[row], () => describeNoImage(column));
          continue;
        }
        const place = { image, file, line: lines[row]! };
        seen++;
        if (sample.length < SAMPLE) sample.push(place);
        else {
          const at = random.int(seen);
          if (at < SAMPLE) sample[at] = place;
        }
      }
    },
    result: () => look(column, checked, sample),
  };
}

async function look(
  column: string,
  { name, input, root }: Checked,
  sample: readonly Place[],
): Promise<ImageReport> {
  const examples: string[] = [];
  let [absent, broken] = [0, 0];
  for (const { image, file, line } of sample) {
    const say = (problem: string) => {
      if (examples.length < EXAMPLES) examples.push(`${file}:${line}: ${problem}`);
    };
    const isName = typeof image === "string";
    const found = isName ? findFile(image, input, { root, file }) : undefined;
    if (found && "absent" in found) {
      if (found.absent.exists) broken++;
      else absent++;
      say(describeNoFile(column, found.absent));
      continue;
    }
    try {
      await decodePoster(found ? await readFile(found.path) : (image as Uint8Array), name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      broken++;
      say(isName ? `${image.trim()} ${error.detail}` : error.detail);
    }
  }
  return { input: name, looked: sample.length, absent, broken, examples };
}
