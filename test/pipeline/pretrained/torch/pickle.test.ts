/** Pickles: plain data is read, everything that would run something is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Callable, readPickle } from "../../../../pipeline/pretrained/torch/pickle.ts";
import { PickleError } from "../../../../pipeline/pretrained/torch/pickleMachine.ts";
import * as op from "./opcodes.ts";

const called: unknown[] = [];
const rules = {
  globals: new Map<string, unknown>([
    ["collections.OrderedDict", new Callable(() => new Map())],
    ["torch.FloatStorage", "a value"],
    ["known.call", new Callable((args) => called.push(args))],
  ]),
  persistent: (id: unknown) => ({ id }),
};
const read = (bytes: op.Bytes) => readPickle(Uint8Array.from(bytes), 0, rules);
const value = (bytes: op.Bytes) => read(op.pickle(bytes)).value;

test("plain values", () => {
  assert.deepEqual(value(op.tuple(op.int(-3), op.text("ü"), op.NONE, op.FALSE, [0x88])), [
    -3,
    "ü",
    null,
    false,
    true,
  ]);
  assert.deepEqual(value(op.list(op.int(1), op.list())), [1, []]);
  assert.deepEqual(
    value(op.orderedDict(op.text("a"), op.int(1), op.text("b"), op.EMPTY_DICT)),
    new Map<string, unknown>([
      ["a", 1],
      ["b", new Map()],
    ]),
  );
  // LONG1, BINFLOAT, BININT1, BININT2, SHORT_BINUNICODE, BINUNICODE8, TUPLE1 to TUPLE3.
  assert.equal(value([0x8a, 2, 0xff, 0xff]), -1);
  assert.equal(value([0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x40]), 1n << 62n);
  assert.equal(value([0x8a, 0]), 0);
  assert.equal(value([0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]), 1.5);
  assert.deepEqual(value([0x4b, 7, 0x4d, 1, 2, 0x86]), [7, 513]);
  assert.deepEqual(value([0x8c, 1, 0x61, 0x85]), ["a"]);
  assert.deepEqual(value([0x8d, 1, 0, 0, 0, 0, 0, 0, 0, 0x62]), "b");
});

test("values that were stored are recalled, and a pickle ends where it ends", () => {
  // BINPUT 0, POP, BINGET 0, MEMOIZE, POP, BINGET 1; then another pickle.
  const bytes = [
    ...op.pickle([...op.text("a"), 0x71, 0, 0x30, 0x68, 0, 0x94, 0x30, 0x68, 1]),
    0x80,
  ];
  assert.deepEqual(read(bytes), { value: "a", end: bytes.length - 1 });
});

test("functions of the table are called, others are named and refused", () => {
  value([...op.global("known", "call"), ...op.tuple(op.int(1)), ...op.REDUCE]);
  assert.deepEqual(called, [[1]]);
  const system = [...op.global("os", "system"), ...op.tuple(op.text("ls")), ...op.REDUCE];
  assert.throws(() => value(system), {
    constructor: PickleError,
    message: /names os\.system, which state dicts do not need; nothing was run/,
  });
  // The same with STACK_GLOBAL.
  assert.throws(
    () => value([...op.text("builtins"), ...op.text("eval"), 0x93]),
    /names builtins\.eval/,
  );
  assert.throws(() => value(op.global("__proto__", "call")), /names __proto__\.call/);
});

test("opcodes that make objects are refused", () => {
  const cases = { INST: [0x69], OBJ: [0x6f], NEWOBJ: [0x81], NEWOBJ_EX: [0x92], EXT1: [0x82, 1] };
  for (const [name, bytes] of Object.entries(cases))
    assert.throws(
      () => value([...op.MARK, ...op.global("collections", "OrderedDict"), ...bytes]),
      new RegExp(`makes an object of a class \\(${name} at byte \\d+\\); nothing was run`),
    );
  assert.throws(() => value([0xff]), /has the opcode 0xff at byte 2/);
});

test("what is called, set or appended must be of its kind", () => {
  const called = (callable: op.Bytes, args: op.Bytes) => [...callable, ...args, ...op.REDUCE];
  assert.throws(
    () => value(called(op.text("x"), op.tuple())),
    /calls something that is not a function/,
  );
  assert.throws(
    () => value(called(op.global("torch", "FloatStorage"), op.tuple())),
    /not a function/,
  );
  assert.throws(() => value(called(op.global("known", "call"), op.int(1))), /not a function/);
  assert.throws(() => value([...op.int(1), ...op.EMPTY_DICT, ...op.BUILD]), /sets the state/);
  assert.throws(() => value([...op.int(1), ...op.int(2), 0x61]), /appends to something/);
  assert.throws(() => value([...op.int(1), ...op.MARK, ...op.SETITEMS]), /not a dict/);
  assert.throws(
    () => value([...op.EMPTY_DICT, ...op.MARK, ...op.int(1), ...op.SETITEMS]),
    /not a dict/,
  );
});

test("lengths beyond the end, and stacks that are empty, are refused", () => {
  const bombs: op.Bytes[] = [
    [0x58, 0xff, 0xff, 0xff, 0xff],
    [0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0x54, 0xff, 0xff, 0xff, 0x7f],
    [0x8a, 0xff],
  ];
  for (const bomb of bombs) assert.throws(() => value(bomb), /ends in the middle of its pickle/);
  assert.throws(() => value([0x8a, 17, ...Array<number>(17).fill(1)]), /an integer of 17 bytes/);
  assert.throws(() => value([0x30]), /takes from an empty stack/);
  assert.throws(() => value([0x28, 0x30]), /takes from an empty stack/);
  assert.throws(() => value([0x74]), /lacks a mark/);
  assert.throws(() => value([0x68, 9]), /recalls value 9 at byte 4, which it never stored/);
  assert.throws(() => value([0x58, 1, 0, 0, 0, 0xff]), /text that is not UTF-8/);
});

const whole = op.pickle(
  op.orderedDict(
    op.text("w"),
    op.tuple(op.int(1), op.list(op.text("x"), op.NONE)),
    op.text("x"),
    [...op.global("known", "call"), ...op.tuple(op.int(2)), ...op.REDUCE],
    op.text("y"),
    [...op.tuple(op.text("storage")), ...op.BINPERSID],
  ),
);

test("damaged pickles of any kind throw PickleError and nothing else", () => {
  const attempt = (bytes: Uint8Array) => {
    try {
      readPickle(bytes, 0, rules);
    } catch (error) {
      assert.ok(error instanceof PickleError, String(error));
    }
  };
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => read(whole.slice(0, length)), PickleError);
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      (at, patch) => {
        const bytes = Uint8Array.from(whole);
        bytes.set(patch.subarray(0, bytes.length - at), at);
        attempt(bytes);
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), attempt), { seed: 2, numRuns: 2000 });
});
