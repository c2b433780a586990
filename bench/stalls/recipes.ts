/** Bodies that are slow to read, as recipes: a unit that is repeated, and what stands around it. */

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { lengthPrefix } from "../../serve/oip/lengthPrefix.ts";

/** What is around the repeated units; each sends them to one place of a request. */
export const FRAMES = {
  list: (units: string) => json(`[${units}]`),
  unknownFields: (units: string) => json(`{${numbered(units)}}`),
  title: (units: string) => json(`{"title":"${units}"}`),
  poster: (units: string) => json(`{"poster":"${units}"}`),
  badPoster: (units: string) => json(`{"poster":"${units}!"}`),
  postersOf64: (units: string) => json(shared(units, (part) => `{"poster":"${part}"}`)),
  year: (units: string) => json(`{"year":${units}}`),
  nested: (units: string) => json(`{"title":${units}`),
  ratings: (units: string) => json(`{"ratings":[${units}]}`),
  ratingsOf64: (units: string) => json(shared(units, (part) => `{"ratings":[${part}]}`)),
  user: (units: string) => json(`{"ratings":[{"user":"${units}","stars":3}]}`),
  gender: (units: string) => json(`{"ratings":[{"gender":"${units}","stars":3}]}`),
  formTitle: (units: string) => form({ title: units }),
  formYear: (units: string) => form({ year: units }),
  formRatings: (units: string) => form({ ratings: `[${units}]` }),
  formMovies: (units: string) => form({ movies: `[${units}]` }),
  formFile: (units: string) => form({}, { poster: units }),
  tensor: (units: string) => infer(`{"inputs":[{${YEAR},"data":[${units}]}]}`),
  shape: (units: string) =>
    infer(`{"inputs":[{"name":"year","datatype":"FP32","shape":[${units}],"data":[]}]}`),
  tensorName: (units: string) =>
    infer(`{"inputs":[{"name":"${units}","datatype":"FP32","shape":[1,1],"data":[1]}]}`),
  parameters: (units: string) =>
    infer(`{"inputs":[{${YEAR},"data":[1],"parameters":{${numbered(units)}}}]}`),
  outputs: (units: string) => infer(`{"inputs":[{${YEAR},"data":[1]}],"outputs":[${units}]}`),
  rawTitles: (units: string) => raw({ title: parted(units) }),
  rawYears: (units: string) => raw({ year: parted(units) }),
  rawPosters: (units: string) => raw({ poster: parted(units) }),
  rawRatings: (units: string) => raw({ ratings: parted(units).map((part) => `[${part}]`) }),
  rawBase64: (units: string) =>
    infer(
      `{"inputs":[{"name":"poster","datatype":"BYTES","shape":[1],"data":["${units}"]}]}`,
      true,
    ),
  lines: (units: string) => lines(units.replaceAll(/,(?=[{[])/g, "\n")),
  line: (units: string) => lines(`{"title":"${units}"}`),
  binary: (units: string) => ({ ...infer(`{"inputs":[]}${units}`), jsonLength: 13 }),
} as const;

/** Units that are repeated, with a comma between them in lists. */
export const UNITS = [
  "{},",
  "[],",
  "1,",
  "-0.1234567890123,",
  "1e308,",
  "null,",
  '"a",',
  '"\\u0041",',
  '{"a":1},',
  '{"stars":9},',
  '{"user":"u","stars":3},',
  '{"gender":"x","stars":"y"},',
  "[[[]]],",
  "[",
  '{"a":',
  "a",
  " ",
  "\\\\",
  '\\"',
  "\\u0041",
  "\\ud83d",
  "=",
  "é",
  "😀",
  "1",
  "9.",
  ",",
  ":",
  "\u0000",
  "\r\n--x",
  "\r\n-",
  "\r\n--y",
  "a b ",
  "(1999) ",
  '{"title":"x"},',
  "[1,2],",
  "true,",
] as const;

export const PACKINGS = ["identity", "gzip", "br"] as const;

export interface Recipe {
  readonly frame: keyof typeof FRAMES;
  readonly unit: string;
  /** Size of the repeated units, decompressed. */
  readonly bytes: number;
  readonly packing: (typeof PACKINGS)[number];
}

export interface Body {
  readonly path: "predict" | "infer" | "raw";
  readonly type: string;
  readonly body: Buffer;
  /** Content of the header Inference-Header-Content-Length. */
  readonly jsonLength?: number;
  /** Where the body is packed already. */
  readonly packing?: "gzip";
}

const YEAR = '"name":"year","datatype":"FP32","shape":[1,1]';

/** The recipe's body, packed. */
export function bake({ frame, unit, bytes, packing }: Recipe): Body {
  const made = FRAMES[frame](repeated(unit, bytes));
  const pack = {
    identity: (body: Buffer) => body,
    gzip: (body: Buffer) => gzipSync(body, { level: 9 }),
    br: (body: Buffer) =>
      brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  }[packing];
  return { ...made, body: pack(made.body) };
}

/** Without a comma at the end, as in a list. */
function repeated(unit: string, bytes: number): string {
  return unit.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(unit)))).replace(/,$/, "");
}

/** As fields of different names: each unit that has none gets one. */
function numbered(units: string): string {
  return units
    .split(",")
    .map((unit, i) => `"${i}":${unit || 1}`)
    .join();
}

/** Shared out over 64 movies. */
function shared(units: string, wrap: (part: string) => string): string {
  return `[${parted(units).map(wrap).join()}]`;
}

/** In up to 64 parts; at a comma, so that units stay whole. */
function parted(units: string): string[] {
  const size = Math.ceil(units.length / 64);
  const parts: string[] = [];
  for (let from = 0; from < units.length; ) {
    const comma = units.indexOf(",{", from + size);
    const to = comma < 0 ? Math.min(units.length, from + size) : comma;
    parts.push(units.slice(from, to));
    from = comma < 0 ? to : comma + 1;
  }
  return parts;
}

function json(text: string): Body {
  return { path: "predict", type: "application/json", body: Buffer.from(text) };
}

function infer(text: string, isRaw = false): Body {
  const path = isRaw ? "raw" : "infer";
  return { path, type: "application/octet-stream", body: Buffer.from(text) };
}

/** Items as BYTES, each element after its length. */
function raw(elements: Readonly<Record<string, readonly string[]>>): Body {
  const tensors = Object.values(elements).map((texts) =>
    Buffer.concat(
      texts.flatMap((text) => {
        const bytes = Buffer.from(text);
        return [lengthPrefix(bytes.length), bytes];
      }),
    ),
  );
  const inputs = Object.entries(elements).map(([name, texts], i) => ({
    name,
    datatype: "BYTES",
    shape: [texts.length],
    parameters: { binary_data_size: tensors[i]!.length },
  }));
  const { body, ...rest } = infer(JSON.stringify({ inputs }), true);
  return { ...rest, body: Buffer.concat([body, ...tensors]), jsonLength: body.length };
}

function lines(text: string): Body {
  return { path: "predict", type: "application/x-ndjson", body: Buffer.from(text) };
}

function form(
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Body {
  const parts = [
    ...Object.entries(fields).map(([name, text]) => `name="${name}"\r\n\r\n${text}`),
    ...Object.entries(files).map(([name, text]) => `name="${name}"; filename="f"\r\n\r\n${text}`),
  ];
  const lines = parts.map((part) => `--x\r\nContent-Disposition: form-data; ${part}\r\n`);
  return {
    path: "predict",
    type: "multipart/form-data; boundary=x",
    body: Buffer.from(`${lines.join("")}--x--\r\n`),
  };
}
