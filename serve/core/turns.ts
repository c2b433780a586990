/** Work that may be long, in turns of the event loop. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** Longest work of a turn, in milliseconds. */
const TURN_MS = 10;

/** Makes a function to await between parts of the work: it lets others have their turn when it is time. */
export function createTurns(): () => Promise<void> {
  let end = performance.now() + TURN_MS;
  return async () => {
    if (performance.now() < end) return;
    await nextTurn();
    end = performance.now() + TURN_MS;
  };
}

/** The JSON of a list, made in turns. */
export async function listJson(elements: readonly unknown[]): Promise<string> {
  const turn = createTurns();
  const texts: string[] = [];
  for (const element of elements) {
    texts.push(JSON.stringify(element));
    await turn();
  }
  return `[${texts.join()}]`;
}

/** Numbers whose JSON is made at once. */
const SLICE = 1 << 13;

/** The JSON of a list of numbers, made in turns. */
export async function numbersJson(
  numbers: Float32Array | Int32Array | Uint8Array,
): Promise<string> {
  const turn = createTurns();
  const texts: string[] = [];
  for (let from = 0; from < numbers.length; from += SLICE) {
    const slice = Array.from(numbers.subarray(from, from + SLICE));
    texts.push(JSON.stringify(slice).slice(1, -1));
    await turn();
  }
  return `[${texts.join()}]`;
}
