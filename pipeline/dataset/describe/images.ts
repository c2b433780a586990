/** Whether images can be read: a sample of them, through the decoder that training and the server use. */

import { readFile } from "node:fs/promises";
import { dirname, extname, join, relative, resolve } from "node:path";
import { either } from "../../../node/options/suggest.ts";
import { decodePoster } from "../../../node/poster.ts";
import { InputError } from "../../../predictor/errors.ts";
import { createRandom } from "../../common/random.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import type { Cell } from "../tables/table.ts";
import { bytesOf, imageIn, isMissing } from "../tables/values.ts";
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
  readonly cell: Cell;
  readonly file: string;
  readonly line: number;
}

export function createImageCheck({ inputs }: Description, root: string) {
  const checks = Object.entries(inputs).flatMap(([name, input]) =>
    input.type === "image" ? [createSample(name, input, root)] : [],
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

type ImageInput = Input & { type: "image" };

/** Every image is as likely to be in the sample (reservoir sampling, Vitter 1985). */
function createSample(name: string, input: ImageInput, root: string) {
  const column = columnOf(name, input)!;
  const random = createRandom(1).fork("describe").fork(name);
  const sample: Place[] = [];
  let seen = 0;
  return {
    add(batch: ItemBatch): void {
      for (const [row, cell] of batch.columns.get(column)!.entries()) {
        if (isMissing(cell, batch.missing)) continue;
        const place = { cell, file: batch.file, line: batch.lines[row]! };
        seen++;
        if (sample.length < SAMPLE) sample.push(place);
        else {
          const at = random.int(seen);
          if (at < SAMPLE) sample[at] = place;
        }
      }
    },
    result: () => look(name, input, root, sample),
  };
}

async function look(
  name: string,
  input: ImageInput,
  root: string,
  sample: readonly Place[],
): Promise<ImageReport> {
  const examples: string[] = [];
  let [absent, broken] = [0, 0];
  const say = (place: Place, problem: string) => {
    if (examples.length < EXAMPLES) examples.push(`${place.file}:${place.line}: ${problem}`);
  };
  for (const place of sample) {
    const bytes = bytesOf(place.cell) ?? (await readImage(place, input, root));
    if (bytes === undefined) {
      absent++;
      say(place, describeAbsent(place, input, root));
      continue;
    }
    try {
      await decodePoster(bytes, name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      broken++;
      say(place, bytesOf(place.cell) ? error.detail : `${nameIn(place)} ${error.detail}`);
    }
  }
  return { input: name, looked: sample.length, absent, broken, examples };
}

function describeAbsent(place: Place, input: ImageInput, root: string): string {
  const text = nameIn(place);
  if (/^https?:/i.test(text)) return `${text} is a web address; download the images first`;
  const [first, ...others] = pathsOf(place, input, root).map((path) => relative(root, path));
  const ends = others.map((path) => extname(path));
  return `there is no file ${first}${ends.length > 0 ? `, nor one that ends in ${either(ends)}` : ""}`;
}

async function readImage(
  place: Place,
  input: ImageInput,
  root: string,
): Promise<Uint8Array | undefined> {
  for (const path of pathsOf(place, input, root)) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes) return bytes;
  }
  return undefined;
}

function nameIn({ cell }: Place): string {
  const image = imageIn(cell);
  return typeof image === "string" ? image : "";
}

/** Where the image may be, in order. */
function pathsOf(place: Place, input: ImageInput, root: string): string[] {
  const folder = input.folder ?? dirname(place.file);
  const path = resolve(root, join(folder, nameIn(place).trim()));
  const extensions = input.extensions ?? [];
  if (extensions.length === 0 || extname(path) !== "") return [path];
  return extensions.map((extension) => `${path}.${extension.replace(/^\./, "")}`);
}
