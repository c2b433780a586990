/** Changes of bodies: what a broken client or an attacker makes of a valid request. */

import type { Random } from "../../pipeline/common/random.ts";

/** Makes another body of one; does not change it. */
type Mutation = (body: Buffer, random: Random) => Buffer;

const pick = <Value>(values: readonly Value[], random: Random): Value =>
  values[random.int(values.length)]!;

/** Longest body that a mutation makes, in bytes. */
const MAX_BYTES = 4_000_000;

/** Values that JSON, numbers, names and texts should not be. */
const ODD = [
  "null",
  "true",
  "[]",
  "{}",
  '""',
  '" "',
  "-1",
  "0",
  "1e999",
  "-1e999",
  "NaN",
  "0x10",
  "1.5",
  "9007199254740993",
  '"__proto__"',
  '"constructor"',
  '"\\ud800"',
  '"\\u0000"',
  "[[[[[[[[1]]]]]]]]",
  '{"a":{"a":{"a":1}}}',
  '"1e5"',
  "[null]",
  "[1,[2],[[3]]]",
  '"2024-01-01"',
  "\u0000",
  "\ufeff",
  "é",
  "😀",
  "\r\n",
  "--",
  ",",
  ":",
  '"',
  "\\",
];

/** A part of the body: where it begins and ends. */
function part(body: Buffer, random: Random): [number, number] {
  const from = random.int(body.length + 1);
  const longest = pick([1, 4, 16, 256, body.length], random);
  return [from, Math.min(body.length, from + 1 + random.int(Math.max(1, longest)))];
}

const flipBits: Mutation = (body, random) => {
  const changed = Buffer.from(body);
  for (let i = 0; i <= random.int(8) && changed.length > 0; i++)
    changed[random.int(changed.length)]! ^= 1 << random.int(8);
  return changed;
};

const dropPart: Mutation = (body, random) => {
  const [from, to] = part(body, random);
  return Buffer.concat([body.subarray(0, from), body.subarray(to)]);
};

const cutOff: Mutation = (body, random) => body.subarray(0, random.int(body.length + 1));

const repeatPart: Mutation = (body, random) => {
  const [from, to] = part(body, random);
  const most = Math.max(1, Math.floor((MAX_BYTES - body.length) / Math.max(1, to - from)));
  const times = 1 + random.int(pick([2, 100, most], random));
  const repeated = Array.from({ length: Math.min(times, most) }, () => body.subarray(from, to));
  return Buffer.concat([body.subarray(0, to), ...repeated, body.subarray(to)]);
};

const movePart: Mutation = (body, random) => {
  const [from, to] = part(body, random);
  const rest = Buffer.concat([body.subarray(0, from), body.subarray(to)]);
  const at = random.int(rest.length + 1);
  return Buffer.concat([rest.subarray(0, at), body.subarray(from, to), rest.subarray(at)]);
};

const insertOdd: Mutation = (body, random) => {
  const at = random.int(body.length + 1);
  return Buffer.concat([body.subarray(0, at), Buffer.from(pick(ODD, random)), body.subarray(at)]);
};

/** A value of JSON, or whatever looks like one, becomes another. */
const replaceValue: Mutation = (body, random) => {
  const text = body.toString("latin1");
  const values = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]{0,200}"|true|false|null/g)];
  if (values.length === 0) return insertOdd(body, random);
  const { 0: value, index } = pick(values, random);
  const odd = Buffer.from(pick(ODD, random)).toString("latin1");
  return Buffer.from(text.slice(0, index) + odd + text.slice(index + value.length), "latin1");
};

const overwriteBytes: Mutation = (body, random) => {
  const changed = Buffer.from(body);
  const [from, to] = part(changed, random);
  changed.fill(pick([0, 0xff, 0x80, 0x7f, 0x20], random), from, to);
  return changed;
};

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  dropPart,
  cutOff,
  repeatPart,
  movePart,
  insertOdd,
  replaceValue,
  overwriteBytes,
];

/** Share of the bodies that stay readable for longer: only their values change. */
const VALUES_ONLY = 0.4;

/** One to four changes. */
export function mutate(body: Buffer, random: Random): Buffer {
  const isReadable = random.next() < VALUES_ONLY;
  let changed = body;
  for (let i = 0; i <= random.int(4); i++) {
    const mutation = isReadable ? replaceValue : pick(MUTATIONS, random);
    changed = mutation(changed, random);
  }
  return changed;
}
