/** The bytes of a text file -> its text. */

/** Characters that are made at a time: a call takes only so many arguments. */
const CHUNK = 8192;
/** Stands for bytes that are not a character, as in decoders. */
const REPLACEMENT = "\uFFFD";

/**
 * Reads UTF-16 where a byte order mark says so, as Excel's "Unicode text" has one, and UTF-8 everywhere else.
 *
 * @param decodeUtf8 The host's; it replaces bytes that are not a character with U+FFFD.
 * @returns Without the byte order mark of UTF-16.
 */
export function decodeText(bytes: Uint8Array, decodeUtf8: (bytes: Uint8Array) => string): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decodeUtf16(bytes, true);
  if (first === 0xfe && second === 0xff) return decodeUtf16(bytes, false);
  return decodeUtf8(bytes);
}

function decodeUtf16(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units = Uint16Array.from({ length: (bytes.length >> 1) - 1 }, (_, i) =>
    view.getUint16(2 * i + 2, isLittleEndian),
  );
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK) {
    text += String.fromCharCode(...units.subarray(at, at + CHUNK));
  }
  return bytes.length % 2 === 0 ? text : text + REPLACEMENT;
}
