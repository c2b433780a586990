/** The seeded random numbers of a run: one seed in, any number of independent named streams out. */

import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** The generator's 128 bits as four signed 32-bit integers, not all zero; survives JSON. */
export type RandomState = readonly [number, number, number, number];

/** What `shuffle` needs of an array; plain and typed arrays both have it. */
interface Indexable<T> {
  readonly length: number;
  [index: number]: T;
}

export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  next(): number;
  /** Uniform integer in [0, n), without modulo bias; n is an integer in 1..2^32. */
  int(n: number): number;
  /** Normally distributed, mean 0, variance 1. */
  normal(): number;
  /** Reorders the array in place, every order equally likely (Fisher and Yates; Durstenfeld 1964). */
  shuffle<T>(array: Indexable<T>): void;
  /**
   * A stream of its own, fixed by the run's seed and the path of names that leads to it alone: how
   * much was drawn here before, and which other streams exist, does not change it.
   */
  fork(name: string): Random;
  /** Where this stream stands, for a checkpoint; forks are not part of it. */
  getState(): RandomState;
  /** Continues where `getState` was called. Throws on anything but four 32-bit integers, not all zero. */
  setState(state: readonly number[]): void;
}

/**
 * A generator from a seed (xoroshiro128+, Blackman and Vigna 2018, by pure-rand). Equal seeds give
 * equal numbers; `1` and `"1"` are the same seed. Throws where a number seed is not finite.
 */
export function createRandom(seed: number | string): Random {
  if (typeof seed === "number" && !Number.isFinite(seed)) {
    throw new RangeError(`random seed must be a finite number or a string, got ${seed}`);
  }
  return createStream([String(seed)]);
}

/** The stream at `path` (the seed, then the names of the forks). */
function createStream(path: readonly string[]): Random {
  let generator = xoroshiro128plusFromState(stateOf(path));

  function next(): number {
    return uniformFloat64(generator);
  }

  function int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`random int(n) needs an integer n in 1..2^32, got ${n}`);
    }
    return uniformInt(generator, 0, n - 1);
  }

  /**
   * Polar method (Marsaglia and Bray 1964). It yields two numbers at a time; the second is dropped,
   * so that the state stays four integers.
   */
  function normal(): number {
    for (;;) {
      const u = 2 * next() - 1;
      const v = 2 * next() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }

  function shuffle<T>(array: Indexable<T>): void {
    for (let i = array.length - 1; i > 0; i--) {
      const j = int(i + 1);
      const held = array[i]!;
      array[i] = array[j]!;
      array[j] = held;
    }
  }

  function setState(state: readonly number[]): void {
    generator = xoroshiro128plusFromState(checkState(state));
  }

  return {
    next,
    int,
    normal,
    shuffle,
    fork: (name) => createStream([...path, name]),
    getState: () => checkState(generator.getState()),
    setState,
  };
}

/**
 * The first state of a stream. Hashed, because neighbouring small seeds would give xoroshiro128+
 * neighbouring states, whose first numbers look alike; JSON keeps ["a", "b"] and ["a,b"] apart.
 */
function stateOf(path: readonly string[]): RandomState {
  const digest = createHash("sha256").update(JSON.stringify(path)).digest();
  return checkState([0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)));
}

function checkState(state: readonly number[]): RandomState {
  const [a, b, c, d] = state;
  const whole = state.length === 4 && state.every((word) => word === (word | 0));
  if (!whole || (a === 0 && b === 0 && c === 0 && d === 0)) {
    throw new RangeError(
      `random state must be four signed 32-bit integers, not all zero, got [${state.join(", ")}]`,
    );
  }
  return [a!, b!, c!, d!];
}
