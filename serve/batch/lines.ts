/** Lines of a file, as bytes: what reads rows and what cuts a file between them have to agree on where lines end. */

const LINE_FEED = 10;

/**
 * Lines end with "\n", which each has, but perhaps the last. Unlike `node:readline`, no other character ends one: U+2028 may
 * stand in JSON.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      const end = chunk.subarray(from, at + 1);
      yield pieces.length === 0 ? end : Buffer.concat([...pieces, end]);
      pieces = [];
      from = at + 1;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}
