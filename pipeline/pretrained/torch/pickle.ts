/**
 * Reads Python pickles that hold plain data, and refuses all others. A pickle is a program for a stack machine, and may
 * call any function that Python can import; here it may call only what the caller's table has, and nothing is looked up
 * anywhere else. Opcodes: Python's Lib/pickletools.py.
 */

import { Machine, PickleError } from "./pickleMachine.ts";

/** What becomes of a call to a class or function that a pickle names. */
export class Callable {
  /** @throws PickleError where the arguments are not the expected ones. */
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(call: Callable["call"]) {
    this.call = call;
  }
}

export interface PickleRules {
  /** What pickles may name, by `module.name`: functions, and values that only stand for themselves. */
  readonly globals: ReadonlyMap<string, unknown>;
  /**
   * What a persistent id stands for: data outside of the pickle.
   *
   * @throws PickleError where it stands for nothing.
   */
  readonly persistent: (id: unknown) => unknown;
}

/**
 * @param bytes Hold a pickle from byte `start` on.
 * @returns Its value, and where it ends. Lists and tuples are arrays, dicts are Maps, None is null, ints are numbers
 *   (bigint beyond 2^53).
 * @throws PickleError for damaged pickles, and for all that hold more than plain data.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  rules: PickleRules,
): { value: unknown; end: number } {
  const machine = new Machine(bytes, start);
  // Every opcode takes at least one byte, so that the work is bounded by the file's length.
  for (;;) {
    const place = machine.at;
    const code = machine.unsigned(1);
    if (code === STOP) return { value: machine.pop(), end: machine.at };
    const step = STEPS.get(code);
    if (!step) throw new PickleError(refusal(code, place));
    step(machine, rules);
  }
}

type Step = (machine: Machine, rules: PickleRules) => void;

const STOP = 0x2e;

/** What is read, by opcode. */
const STEPS: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x80, (m) => void m.take(1)], // PROTO
  [0x95, (m) => void m.take(8)], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popToMark()], // POP_MARK
  [0x71, (m) => m.remember(m.unsigned(1))], // BINPUT
  [0x72, (m) => m.remember(m.unsigned(4))], // LONG_BINPUT
  [0x94, (m) => m.remember()], // MEMOIZE
  [0x68, (m) => m.recall(m.unsigned(1))], // BINGET
  [0x6a, (m) => m.recall(m.unsigned(4))], // LONG_BINGET

  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.signed32())], // BININT
  [0x4b, (m) => m.push(m.unsigned(1))], // BININT1
  [0x4d, (m) => m.push(m.unsigned(2))], // BININT2
  [0x8a, (m) => m.push(integer(m.take(m.unsigned(1))))], // LONG1
  [0x47, (m) => m.push(m.double())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.unsigned(4)))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.unsigned(1)))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(m.text(m.unsigned(8)))], // BINUNICODE8
  [0x54, (m) => m.push(m.text(m.unsigned(4)))], // BINSTRING, of Python 2
  [0x55, (m) => m.push(m.text(m.unsigned(1)))], // SHORT_BINSTRING, of Python 2

  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => append(m, [m.pop()])], // APPEND
  [0x65, (m) => append(m, m.popToMark())], // APPENDS
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x85, (m) => m.push(last(m, 1))], // TUPLE1
  [0x86, (m) => m.push(last(m, 2))], // TUPLE2
  [0x87, (m) => m.push(last(m, 3))], // TUPLE3
  [0x74, (m) => m.push(m.popToMark())], // TUPLE
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => setItems(m, last(m, 2))], // SETITEM
  [0x75, (m) => setItems(m, m.popToMark())], // SETITEMS

  [0x63, (m, rules) => pushGlobal(m, rules, m.line(), m.line())], // GLOBAL
  [
    0x93, // STACK_GLOBAL
    (m, rules) => {
      const [module, name] = last(m, 2);
      pushGlobal(m, rules, module, name);
    },
  ],
  [0x52, reduce], // REDUCE
  [0x62, build], // BUILD
  [0x51, (m, rules) => m.push(rules.persistent(m.pop()))], // BINPERSID
]);

/** Opcodes that make objects of classes, which is why they are refused. */
const CONSTRUCTING = new Map([
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x92, "NEWOBJ_EX"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
]);

function refusal(code: number, place: number): string {
  const name = CONSTRUCTING.get(code);
  return name
    ? `makes an object of a class (${name} at byte ${place}); nothing was run. ${PLAIN}`
    : `has the opcode 0x${code.toString(16).padStart(2, "0")} at byte ${place}, which plain state dicts do not have. ${PLAIN}`;
}

const PLAIN = "Save the model's state_dict() alone, with torch.save or as safetensors";

/** The last values of the stack, in the order in which they were pushed. */
function last(machine: Machine, count: number): unknown[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

/** The longest integer, in bytes: PyTorch's magic number has 10. */
const LONGEST_INTEGER = 16;

/** Two's complement, little-endian. */
function integer(bytes: Uint8Array): number | bigint {
  if (bytes.length > LONGEST_INTEGER)
    throw new PickleError(`holds an integer of ${bytes.length} bytes`);
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  const signed = BigInt.asIntN(8 * bytes.length, value);
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

function append(machine: Machine, items: readonly unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw new PickleError("appends to something that is not a list");
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const dict = machine.top();
  if (!(dict instanceof Map) || items.length % 2 !== 0)
    throw new PickleError("sets items of something that is not a dict");
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
}

function pushGlobal(machine: Machine, rules: PickleRules, module: unknown, name: unknown): void {
  const key = `${module}.${name}`;
  if (!rules.globals.has(key))
    throw new PickleError(`names ${key}, which state dicts do not need; nothing was run. ${PLAIN}`);
  machine.push(rules.globals.get(key));
}

function reduce(machine: Machine): void {
  const [callable, args] = last(machine, 2);
  if (!(callable instanceof Callable) || !Array.isArray(args))
    throw new PickleError(`calls something that is not a function, before byte ${machine.at}`);
  machine.push(callable.call(args));
}

/** OrderedDicts may have attributes: state dicts keep the versions of their modules there, which nothing here needs. */
function build(machine: Machine): void {
  machine.pop();
  if (!(machine.top() instanceof Map))
    throw new PickleError(
      `sets the state of something that is not a dict, before byte ${machine.at}`,
    );
}
