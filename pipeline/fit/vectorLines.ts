/**
 * Fields of a line of bytes: files of word vectors have hundreds of megabytes of numbers, most of them of words that nobody
 * asks for, and every fold reads them.
 */

const [SPACE, MINUS, POINT, ZERO] = [..." -.0"].map((c) => c.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];

/** Where a line ends without the spaces and control characters at its end. */
export function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1]! <= SPACE) at--;
  return at;
}

/** Fields between single spaces. */
export function countFields(bytes: Uint8Array, start: number, end: number): number {
  let count = 1;
  for (let at = start; at < end; at++) if (bytes[at] === SPACE) count++;
  return count;
}

/** Where the first fields end: the place of the space after them. */
export function endOfFields(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0; at++) if (bytes[at] === SPACE) left--;
  return at - 1;
}

/** Powers of ten that are exact. */
const POWERS = Float64Array.from({ length: 23 }, (_, k) => 10 ** k);
/** Digits of whole numbers that are exact. */
const EXACT_DIGITS = 15;

/**
 * The fields as `Number` reads them: of at most 15 digits, the quotient of two exact numbers is the nearest number.
 */
export function readNumbers(line: Buffer, start: number, end: number, count: number): Float32Array {
  const out = new Float32Array(count);
  let at = start;
  for (let k = 0; k < count; k++) {
    const from = at;
    let digits = 0;
    let value = 0;
    let point = -1;
    let plain = true;
    if (line[at] === MINUS) at++;
    for (; at < end && line[at] !== SPACE; at++) {
      const digit = line[at]! - ZERO;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        digits++;
      } else if (line[at] === POINT && point < 0) point = digits;
      else plain = false;
    }
    if (plain && digits > 0 && digits <= EXACT_DIGITS) {
      const size = point < 0 ? value : value / POWERS[digits - point]!;
      out[k] = line[from] === MINUS ? -size : size;
    } else out[k] = Number(line.toString("utf8", from, at) || Number.NaN);
    at++;
  }
  return out;
}
