/**
 * Splits ONNX Runtime's WebAssembly into what graphs call, and the rest, which is only downloaded when it is called.
 *
 * The first file is the module with its functions, their numbers and its data; the body of a function that was not seen in
 * use is replaced by one that calls the same function of the rest through the table. The rest is the whole code once more, for
 * the same memory, table and globals: calls among its functions stay in it, and no instruction has to be rewritten.
 */

import {
  integer,
  list,
  number,
  readBodies,
  readModule,
  SECTION,
  text,
  writeBodies,
  writeModule,
} from "./module.ts";
import {
  countData,
  countImportedFunctions,
  extendList,
  FUNCREF,
  KIND,
  readGlobals,
  readNumbers,
  readTableSize,
  readTypes,
  replaceSections,
} from "./sections.ts";

export interface SplitRuntime {
  readonly first: Uint8Array;
  readonly rest: Uint8Array;
  /** Where the table has the function that is called before any of the rest's: it has to load the rest. */
  readonly slot: number;
}

/** The rest imports the first file's exports by these names, see web/runtime/onDemand.ts. */
const FIRST = "first";
const TABLE = "first.table";

/**
 * Bytes; smaller bodies stay. Moving them would save little, and those that threads call when they happen to wait for each
 * other, which a profile may miss, are among them.
 */
const SMALL = 128;

const CALL_INDIRECT = 0x11;
const LOCAL_GET = 0x20;
const I32_CONST = 0x41;
const END = 0x0b;

/**
 * @param bytes The runtime.
 * @param called For each function that it defines, whether the first file has its body.
 * @throws Error naming what the runtime has that this does not handle.
 */
export function splitRuntime(bytes: Uint8Array, called: readonly boolean[]): SplitRuntime {
  const sections = readModule(bytes).filter(({ id }) => id !== SECTION.custom);
  const of = (name: keyof typeof SECTION) => {
    const found = sections.find(({ id }) => id === SECTION[name]);
    if (!found) throw new Error(`internal: the runtime has no ${name} section`);
    return found.bytes;
  };
  if (sections.some(({ id }) => id === SECTION.tag)) {
    throw new Error("internal: the runtime has tags, which are not shared");
  }
  const types = readTypes(of("type"));
  const functions = readNumbers(of("function"));
  const bodies = readBodies(of("code"));
  const slot = readTableSize(of("table"));
  if (bodies.length !== called.length) {
    throw new Error(`internal: the runtime has ${bodies.length} functions, not ${called.length}`);
  }
  const plain = types.findIndex(({ parameters, results }) => parameters + results === 0);

  /** Functions of the rest that the first file calls, by their slots behind `slot`. */
  const moved: number[] = [];
  const firstBodies = bodies.map((body, i) => {
    const type = functions[i]!;
    const stub = Uint8Array.from([
      0, // locals
      ...callSlot(slot, plain),
      ...Array.from({ length: types[type]!.parameters }, (_, k) => [
        LOCAL_GET,
        ...number(k),
      ]).flat(),
      ...callSlot(slot + 1 + moved.length, type),
      END,
    ]);
    if (called[i] || body.length <= SMALL) return body;
    moved.push(i);
    return stub;
  });

  const size = number(slot + 1 + moved.length);
  const table = [FUNCREF, 1, ...size, ...size];
  const shared = [
    { name: TABLE, kind: KIND.table, index: 0, type: table },
    ...readGlobals(of("global")).map((type, index) => {
      return { name: `first.global${index}`, kind: KIND.global, index, type };
    }),
  ];
  const exports = shared.map(({ name, kind, index }) => [...text(name), kind, ...number(index)]);
  const imports = shared.map(({ name, kind, type }) => [
    ...[FIRST, name].flatMap(text),
    kind,
    ...type,
  ]);
  const first = replaceSections(sections, {
    [SECTION.table]: list([table]),
    [SECTION.export]: extendList(of("export"), exports),
    [SECTION.code]: writeBodies(firstBodies),
  });

  const numberOf = (i: number) => number(countImportedFunctions(of("import")) + i);
  const rest = replaceSections(sections, {
    [SECTION.import]: extendList(of("import"), imports),
    // One function more, with nothing in it: what loading the rest becomes as soon as that is loaded.
    [SECTION.function]: extendList(of("function"), [number(plain)]),
    [SECTION.table]: undefined,
    [SECTION.global]: undefined,
    [SECTION.export]: undefined,
    [SECTION.start]: undefined,
    [SECTION.element]: list([
      [...[0, I32_CONST, ...integer(slot), END], ...list([bodies.length, ...moved].map(numberOf))],
    ]),
    [SECTION.code]: writeBodies([...bodies, Uint8Array.of(0, END)]),
    // The first file has copied the data into the memory; here its segments only have to exist.
    [SECTION.data]: list(Array.from({ length: countData(of("data")) }, () => [1, 0])),
  });
  return { first: writeModule(first), rest: writeModule(rest), slot };
}

/** Instructions that call the function in a slot of the table, whose parameters are on the stack. */
function callSlot(slot: number, type: number): number[] {
  return [I32_CONST, ...integer(slot), CALL_INDIRECT, ...number(type), 0];
}
