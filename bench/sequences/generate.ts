/**
 * Invented speakers: a sentence, what their voice does and what their face does, and a signed value, in the form of CMU-MOSI.
 *
 * A voice and a face each have two events of the same strength. Which comes first decides the sign of their part of the value;
 * strength and number of steps do not, so that the mean of the steps says nothing of it.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom, type Random } from "../../pipeline/common/random.ts";

export interface Speakers {
  readonly items: number;
  readonly seed: number;
  readonly target: "labels" | "class" | "number";
}

const VOICE_FEATURES = 6;
const FACE_FEATURES = 4;
/** Steps of a sequence. */
const STEPS = { min: 8, max: 24 };
/** Steps that an event lasts. */
const EVENT = 2;
const NOISE = 0.3;
/** Largest value, as in MOSI. */
const MOST = 3;
/** How much each part adds to the value. */
const WEIGHTS = { voice: 1.2, face: 1.0, words: 0.4 };

const PRAISE = ["great", "lovely", "moving", "clever", "funny"];
const BLAME = ["dull", "loud", "slow", "shallow", "awkward"];
const OTHERS = ["film", "scene", "actor", "ending", "story", "music", "script", "evening"];

/** Writes `items.jsonl`, `face/ID.npy` and `dataset.json`. */
export async function generateSpeakers(
  folder: string,
  { items, seed, target }: Speakers,
): Promise<void> {
  await mkdir(join(folder, "face"), { recursive: true });
  const random = createRandom(seed);
  const lines: string[] = [];
  for (let i = 0; i < items; i++) {
    const voice = drawSequence(random, VOICE_FEATURES);
    const face = drawSequence(random, FACE_FEATURES);
    const words = drawWords(random);
    const sum =
      WEIGHTS.voice * voice.order * voice.strength +
      WEIGHTS.face * face.order * face.strength +
      WEIGHTS.words * words.lean +
      0.2 * random.normal();
    const value = Math.max(-MOST, Math.min(MOST, sum));
    const id = String(i + 1).padStart(5, "0");
    // Some speakers are heard and not seen.
    const isSeen = i % 10 !== 9;
    if (isSeen) await writeFile(join(folder, "face", `${id}.npy`), npy(face.steps));
    lines.push(
      JSON.stringify({
        id,
        text: words.text,
        voice: voice.steps.map((step) => step.map((x) => Number(x.toFixed(3)))),
        ...(isSeen ? { face: `${id}.npy` } : {}),
        value: Number(value.toFixed(3)),
        mood: value < 0 ? "negative" : "positive",
        split: i % 5 === 0 ? "test" : "train",
      }),
    );
  }
  await writeFile(join(folder, "items.jsonl"), `${lines.join("\n")}\n`);
  await writeFile(
    join(folder, "dataset.json"),
    `${JSON.stringify(description(target), undefined, 2)}\n`,
  );
}

function description(target: Speakers["target"]): object {
  return {
    name: "speakers",
    nouns: { item: "speaker", items: "speakers", label: "mood", labels: "moods" },
    items: "items.jsonl",
    id: "id",
    inputs: {
      text: { type: "text" },
      voice: { type: "sequence" },
      face: { type: "sequence", folder: "face" },
    },
    target:
      target === "number"
        ? { type: target, column: "value", bins: true }
        : { type: target, column: "mood" },
    split: { column: "split" },
  };
}

interface Drawn {
  readonly steps: number[][];
  /** 1: the first event comes first; -1: the second. */
  readonly order: 1 | -1;
  readonly strength: number;
}

function drawSequence(random: Random, features: number): Drawn {
  const length = STEPS.min + random.int(STEPS.max - STEPS.min + 1);
  const steps = Array.from({ length }, () =>
    Array.from({ length: features }, () => NOISE * random.normal()),
  );
  const order = random.next() < 0.5 ? 1 : -1;
  const strength = 0.5 + random.next();
  const half = Math.floor(length / 2);
  const early = random.int(half - EVENT + 1);
  const late = half + random.int(length - half - EVENT + 1);
  const [first, second] = order === 1 ? [early, late] : [late, early];
  for (let t = 0; t < EVENT; t++) {
    steps[first + t]![0]! += 2 * strength;
    steps[second + t]![1]! += 2 * strength;
  }
  return { steps, order, strength };
}

function drawWords(random: Random): { text: string; lean: number } {
  const lean = random.int(3) - 1;
  const pick = (words: readonly string[]) => words[random.int(words.length)]!;
  const leaning = lean === 0 ? [] : [pick(lean > 0 ? PRAISE : BLAME)];
  return { text: [pick(OTHERS), ...leaning, pick(OTHERS)].join(" "), lean };
}

/** NumPy's format, version 1: float32 [steps, features]. */
function npy(steps: readonly (readonly number[])[]): Uint8Array {
  const shape = `(${steps.length}, ${steps[0]!.length})`;
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = 64 * Math.ceil((10 + header.length + 1) / 64);
  const values = Float32Array.from(steps.flat());
  const bytes = Buffer.alloc(length + values.byteLength, " ");
  bytes.write("\u0093NUMPY\u0001\u0000", 0, "latin1");
  bytes.writeUInt16LE(length - 10, 8);
  bytes.write(header, 10, "latin1");
  bytes.write("\n", length - 1, "latin1");
  bytes.set(new Uint8Array(values.buffer), length);
  return bytes;
}
