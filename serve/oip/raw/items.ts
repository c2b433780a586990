/** A request for the bundle's own inputs -> the items of its rows, with the options of their answers. */

import type { InputSpec } from "../../../predictor/inputs/types.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import { isNoValue } from "../../../predictor/values.ts";
import { parseJson } from "../../core/body/parseJson.ts";
import type { JsonLimits } from "../../core/body/scanJson.ts";
import { isAnyGiven, isFile, nothingGiven, servedType } from "../../core/inputs/types.ts";
import { jsonLimits, requestSchemas } from "../../core/items.ts";
import { MAX_ISSUES } from "../../core/list.ts";
import { HttpError, type ValidationIssue } from "../../core/problems.ts";
import type { Limits } from "../../core/route.ts";
import { invalidBySchema } from "../../core/validation.ts";
import type { PredictJob } from "../../engine/predictJob.ts";
import { partsOf } from "../parts.ts";
import type { InferRequest } from "../schema.ts";
import { wrong } from "../wrong.ts";
import { type Element, elementsOf, fromBase64, placeOf } from "./elements.ts";

/** What the requests for a model are read with. */
export interface ItemReader {
  /** @throws HttpError 400 or 413 naming the input and the row that is wrong. */
  read(request: InferRequest, binary: Buffer): PredictJob[];
}

/** The answer's options, which are parameters of the request. */
const OPTIONS = ["topK", "threshold", "allowEmpty", "explain"] as const;

type Row = Record<string, unknown>;

export function createItemReader(manifest: Manifest, limits: Limits): ItemReader {
  const { inputs } = manifest;
  const names = Object.keys(inputs);
  const schemas = requestSchemas(manifest, limits);
  // An element is a value of one item.
  const most = jsonLimits(manifest, { ...limits, maxMovies: 1 });

  function readRows(request: InferRequest, binary: Buffer): Row[] {
    const rows: Row[] = [];
    let first: string | undefined;
    for (const part of partsOf(request, binary, names)) {
      const { name, shape } = part.input;
      const count = rowsOf(name, shape, limits);
      if (first === undefined) {
        for (let row = 0; row < count; row++) rows.push({});
        first = name;
      } else if (count !== rows.length) {
        throw wrong(
          `input "${name}" has ${count} rows, but input "${first}" has ${rows.length}; an input without a row is left out, or empty there`,
        );
      }
      const spec = inputs[name]!;
      const elements = elementsOf(part, servedType(spec).datatypes ?? [], count);
      const isText = part.input.parameters?.content_type === "str";
      for (const [row, element] of elements.entries()) {
        const value = readElement(element, { name, spec, row, isText, most });
        if (value !== undefined) rows[row]![name] = value;
      }
    }
    return rows;
  }

  function readOptions({ parameters = {}, outputs }: InferRequest): Partial<PredictJob> {
    const given = OPTIONS.filter((name) => parameters[name] !== undefined);
    const result = schemas.options.safeParse(
      Object.fromEntries(given.map((name) => [name, parameters[name]])),
    );
    if (!result.success) {
      const { issues } = invalidBySchema(result.error, "");
      throw wrong(issues.map(({ field, detail }) => `parameter "${field}": ${detail}`).join("; "));
    }
    // An output that nobody wants is not computed, and one that is asked for is.
    const explain = outputs?.length
      ? outputs.some(({ name }) => name === EXPLANATION)
      : result.data.explain;
    return { ...result.data, explain };
  }

  function check(row: Row, i: number): { item?: Row; issues: readonly string[] } {
    const files = names.filter((name) => isFile(inputs[name]!) && name in row);
    const others = Object.fromEntries(
      Object.entries(row).filter(([name]) => !files.includes(name)),
    );
    const result = schemas.itemBesideFiles.safeParse(others);
    if (!result.success) {
      const { issues } = invalidBySchema(result.error, "");
      return { issues: issues.map((issue) => inRow(issue, i)) };
    }
    if (!isAnyGiven(row, inputs)) return { issues: [`row ${i} ${nothingGiven(names)}`] };
    return {
      item: { ...result.data, ...Object.fromEntries(files.map((name) => [name, row[name]])) },
      issues: [],
    };
  }

  return {
    read(request, binary) {
      const options = readOptions(request);
      const jobs: PredictJob[] = [];
      const found: string[] = [];
      for (const [i, row] of readRows(request, binary).entries()) {
        if (found.length >= MAX_ISSUES) break;
        const { item, issues } = check(row, i);
        found.push(...issues);
        if (item) jobs.push({ ...options, item });
      }
      if (found.length > 0) throw wrong(found.slice(0, MAX_ISSUES).join("; "));
      return jobs;
    },
  };
}

/** Name of the output with explanations. */
export const EXPLANATION = "explanation";

/** An issue of an item as one of the request: `ratings[3].stars` of row 2 is at [3].stars of input "ratings". */
export function inRow({ field, detail }: ValidationIssue, row: number): string {
  const [, name = field, within = ""] = /^(\w+)(.*)$/s.exec(field) ?? [];
  return `${placeOf(name, row)}${within && `, at ${within}`}: ${detail}`;
}

/** The rows of a shape, which is [rows] or [rows, 1]. */
function rowsOf(name: string, shape: readonly number[], { maxMovies }: Limits): number {
  const [rows = 0, width = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || width !== 1 || rows < 1) {
    throw wrong(`input "${name}" has shape [${shape}]; it takes [-1] or [-1,1], -1 for the rows`);
  }
  if (rows <= maxMovies) return rows;
  throw wrong(`the batch has ${rows} rows; at most ${maxMovies} are accepted`);
}

interface Where {
  readonly name: string;
  readonly spec: InputSpec;
  readonly row: number;
  /** Whether the client says that the elements are texts. */
  readonly isText: boolean;
  readonly most: JsonLimits;
}

/** The value of an item that an element stands for, as a field of a form does; undefined for none. */
function readElement(element: Element, { name, spec, row, isText, most }: Where): unknown {
  if (typeof element === "number") return element;
  if (element === undefined || isNoValue(element, spec)) return undefined;
  const place = placeOf(name, row);
  const type = servedType(spec);
  if (type.inForm === "file") {
    // JSON has no bytes.
    if (typeof element === "string") {
      if (!isText) return fromBase64(element, place);
      throw wrong(`${place}: is text, not a file; send base64 with content_type "base64"`);
    }
    // In a buffer of its own: a thread that it is sent to would get the whole request.
    return new Uint8Array(element);
  }
  const text = typeof element === "string" ? element : toText(element, place);
  if (isNoValue(text, spec)) return undefined;
  return type.inForm === "json" ? fromJson(text, place, most) : type.fromCell(name, text, spec);
}

function toText(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong(`${place}: is not UTF-8`);
  }
}

function fromJson(text: string, place: string, most: JsonLimits): unknown {
  try {
    return parseJson(Buffer.from(text), most, place) ?? undefined;
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw wrong(`${place}: is not JSON (${(error as Error).message})`);
  }
}
