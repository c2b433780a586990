/**
 * Searches texts for a regular expression in time proportional to the text, whatever the pattern: all ways to match are
 * followed side by side, most preferred first (Thompson 1968, Pike's captures). A backtracking search, as RegExp is, may
 * take exponentially long for patterns such as `(a+)+$`, and would hold up a server.
 */

import { type Part, PatternError, parsePattern } from "./parse.ts";

/** Instructions that a pattern may have: the work for one code point. */
const MAX_INSTRUCTIONS = 256;

type Instruction =
  | { readonly do: "character"; readonly matches: (codePoint: number) => boolean }
  | { readonly do: "assertion"; readonly source: string }
  /** Goes on at both, the first being preferred. */
  | { readonly do: "split"; first: number; second: number }
  /** Sets the start or end of the first group; `clear` forgets both. */
  | { readonly do: "start" | "end" | "clear" }
  | { readonly do: "match" };

/** What the first group of a pattern matched; undefined where the pattern or the group has no part in the text. */
export type Search = (text: string) => string | undefined;

/**
 * Makes the function that finds what `new RegExp(pattern, "u").exec(text)?.[1]` finds.
 *
 * @throws PatternError if the pattern is not a regular expression, or cannot be searched for in linear time.
 */
export function createSearch(pattern: string): Search {
  const program = compile(parsePattern(pattern));
  return (text) => run(program, text);
}

/** Why a pattern is not accepted, as a clause about "it"; undefined if it is. */
export function patternIssue(pattern: string): string | undefined {
  try {
    createSearch(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return error.message;
  }
}

function compile(whole: Part): Instruction[] {
  const program: Instruction[] = [];
  const add = <Kind extends Instruction>(instruction: Kind): Kind => {
    if (program.length >= MAX_INSTRUCTIONS)
      throw new PatternError("is too long, or repeats too much");
    program.push(instruction);
    return instruction;
  };
  /** Makes what follows optional. @returns Called with the place after it. */
  const addSplit = (lazy: boolean) => {
    const split = add({ do: "split", first: 0, second: 0 });
    const inside = program.length;
    return (outside: number) => {
      [split.first, split.second] = lazy ? [outside, inside] : [inside, outside];
    };
  };
  const emit = (part: Part): void => {
    switch (part.kind) {
      case "character":
        add({ do: "character", matches: characterTest(part.source) });
        return;
      case "assertion":
        add({ do: "assertion", source: part.source });
        return;
      case "concatenation":
        part.parts.forEach(emit);
        return;
      case "group":
        if (part.number === 1) add({ do: "start" });
        emit(part.part);
        if (part.number === 1) add({ do: "end" });
        return;
      case "choice":
        emitChoice(part.parts);
        return;
      case "repeat":
        emitRepeat(part);
    }
  };
  const emitChoice = (parts: readonly Part[]): void => {
    const [first, ...others] = parts as [Part, ...Part[]];
    if (others.length === 0) {
      emit(first);
      return;
    }
    const closeSplit = addSplit(false);
    emit(first);
    const jump = add({ do: "split", first: 0, second: 0 });
    closeSplit(program.length);
    emitChoice(others);
    jump.first = jump.second = program.length;
  };
  const emitRepeat = ({ part, min, max, lazy }: Part & { kind: "repeat" }): void => {
    const once = () => {
      // Each round forgets what the one before captured.
      if (max > 1 && hasFirstGroup(part)) add({ do: "clear" });
      emit(part);
    };
    for (let i = 0; i < min; i++) once();
    if (max === Number.POSITIVE_INFINITY) {
      const at = program.length;
      const closeSplit = addSplit(lazy);
      once();
      add({ do: "split", first: at, second: at });
      closeSplit(program.length);
      return;
    }
    const open = [];
    for (let i = min; i < max; i++) {
      open.push(addSplit(lazy));
      once();
    }
    for (const closeSplit of open) closeSplit(program.length);
  };
  emit(whole);
  add({ do: "match" });
  return program;
}

function hasFirstGroup(part: Part): boolean {
  if (part.kind === "group") return part.number === 1 || hasFirstGroup(part.part);
  if (part.kind === "repeat") return hasFirstGroup(part.part);
  return "parts" in part && part.parts.some(hasFirstGroup);
}

const ASCII = 128;

/** Whether a code point is matched by what a pattern writes for one. */
function characterTest(source: string): (codePoint: number) => boolean {
  const expression = new RegExp(`^${source}$`, "u");
  const test = (codePoint: number) => expression.test(String.fromCodePoint(codePoint));
  const ascii = Array.from({ length: ASCII }, (_, codePoint) => test(codePoint));
  return (codePoint) => (codePoint < ASCII ? ascii[codePoint]! : test(codePoint));
}

/** The ways that are followed at one place of the text, most preferred first. */
interface Ways {
  readonly instructions: number[];
  /** Start of the first group; -1 where it has none. */
  readonly starts: number[];
  readonly ends: number[];
}

function run(program: readonly Instruction[], text: string): string | undefined {
  /** Place of the text, from 1, at which an instruction was reached last: another way to it is less preferred. */
  const reached = new Int32Array(program.length);
  let ways: Ways = { instructions: [], starts: [], ends: [] };
  let found: readonly [start: number, end: number] | undefined;

  /** Follows a way up to the next instruction that reads a character. @returns Whether it matches there. */
  const follow = (to: Ways, at: number, place: number, start: number, end: number): boolean => {
    if (reached[at] === place + 1) return false;
    reached[at] = place + 1;
    const instruction = program[at]!;
    switch (instruction.do) {
      case "match":
        found = [start, end];
        return true;
      case "split":
        return (
          follow(to, instruction.first, place, start, end) ||
          follow(to, instruction.second, place, start, end)
        );
      case "assertion":
        return holds(instruction.source, text, place) && follow(to, at + 1, place, start, end);
      case "start":
        return follow(to, at + 1, place, place, -1);
      case "end":
        return follow(to, at + 1, place, start, place);
      case "clear":
        return follow(to, at + 1, place, -1, -1);
      case "character":
        to.instructions.push(at);
        to.starts.push(start);
        to.ends.push(end);
        return false;
    }
  };

  for (let place = 0; ; ) {
    // A match that starts later is less preferred than all that start earlier.
    if (!found) follow(ways, 0, place, -1, -1);
    if (place >= text.length || (found && ways.instructions.length === 0)) break;
    const codePoint = text.codePointAt(place)!;
    const next: Ways = { instructions: [], starts: [], ends: [] };
    const nextPlace = place + (codePoint > 0xffff ? 2 : 1);
    for (const [w, at] of ways.instructions.entries()) {
      const instruction = program[at] as Instruction & { do: "character" };
      if (!instruction.matches(codePoint)) continue;
      // Ways after one that matches are less preferred.
      if (follow(next, at + 1, nextPlace, ways.starts[w]!, ways.ends[w]!)) break;
    }
    ways = next;
    place = nextPlace;
  }
  if (!found) return undefined;
  const [start, end] = found;
  return start < 0 || end < 0 ? undefined : text.slice(start, end);
}

function holds(source: string, text: string, place: number): boolean {
  if (source === "^") return place === 0;
  if (source === "$") return place === text.length;
  const isBoundary = isWord(text, place - 1) !== isWord(text, place);
  return source === "\\b" ? isBoundary : !isBoundary;
}

function isWord(text: string, place: number): boolean {
  return place >= 0 && place < text.length && /\w/.test(text[place]!);
}
