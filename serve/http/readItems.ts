/** What a request was sent as, JSON or a form with files -> items whose images are still files. */

import { InputError } from "../../predictor/errors.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { nounsOf } from "../../predictor/nouns.ts";
import { utf8Issue } from "../../predictor/utf8.ts";
import { isNoValue } from "../../predictor/values.ts";
import { parseJson } from "../core/body/parseJson.ts";
import type { JsonLimits } from "../core/body/scanJson.ts";
import { decodeBase64 } from "../core/inputs/image.ts";
import {
  fileInputs,
  isAnyGiven,
  isFile,
  listName,
  nothingGiven,
  pluralOf,
  servedType,
} from "../core/inputs/types.ts";
import { type ItemFields, jsonLimits, requestSchemas } from "../core/items.ts";
import type { Limits } from "../core/route.ts";
import { invalidBySchema } from "../core/validation.ts";
import type { PredictJob } from "../engine/predictJob.ts";
import { type BodySource, parseBody } from "./bodySource.ts";
import { INSTANCES, instancesOf } from "./instances.ts";

export interface ItemsRead {
  /** With the options of their answers. An image is a file's bytes, or the place of a file among those of the form. */
  readonly items: readonly PredictJob[];
  /** Whether the answer is a list, even of one. */
  readonly many: boolean;
  /** What the list is called in errors; TensorFlow Serving's clients send `instances`. */
  readonly list: string;
}

/** @throws HttpError or InputError naming the field that is wrong. */
export type ReadItems = (source: BodySource) => ItemsRead;

/** Makes the function that reads requests for a model, on the event loop or in a thread. */
export function createItemReader(manifest: Manifest, limits: Limits): ReadItems {
  const { inputs } = manifest;
  const schemas = requestSchemas(manifest, limits);
  const most = jsonLimits(manifest, limits);
  const files = fileInputs(inputs);
  const list = listName(manifest);
  const nouns = nounsOf(manifest);
  const isJson = (name: string) => {
    const spec = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    return spec ? servedType(spec).inForm === "json" : ANSWER_FIELDS.includes(name);
  };

  /** A field that is text stands for its value as a cell of a file does. */
  const fromField = (name: string, value: unknown) => {
    const spec = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (!spec || isFile(spec) || typeof value !== "string") return value;
    return servedType(spec).fromCell(name, value, spec);
  };

  function readBody(body: unknown): ItemsRead {
    const instances = instancesOf(body, inputs, limits.maxMovies);
    return instances ? readJson(instances, INSTANCES) : readJson(body);
  }

  function readJson(body: unknown, name = list): ItemsRead {
    const many = Array.isArray(body);
    const result = many ? schemas.items.safeParse(body) : schemas.item.safeParse(body);
    if (!result.success) throw invalidBySchema(result.error, many ? name : "");
    const all = Array.isArray(result.data) ? result.data : [result.data];
    return {
      many,
      list: name,
      items: all.map((fields, i) => {
        const decoded = files
          .filter((file) => !isNoValue(fields[file], inputs[file]!))
          .map((file) => [
            file,
            decodeBase64(String(fields[file]), many ? `${name}[${i}].${file}` : file),
          ]);
        const others = Object.entries(fields).filter(([name]) => !files.includes(name));
        return toRequest({ ...Object.fromEntries(others), ...Object.fromEntries(decoded) });
      }),
    };
  }

  /** Pages send a field for what was left empty, too. */
  const isLeftEmpty = ([name, value]: readonly [string, unknown]) => {
    if (typeof value !== "string") return false;
    if (Object.hasOwn(inputs, name)) return isNoValue(value, inputs[name]!);
    return ANSWER_FIELDS.includes(name) && value.trim() === "";
  };

  function readForm({
    fields: all,
    files: sent,
  }: Extract<BodySource, { kind: "form" }>): ItemsRead {
    checkTexts(all);
    const fields = all.filter((field) => !isLeftEmpty(field));
    const isOfList = (field: string) =>
      files.some((name) => field.startsWith(`${pluralOf(name)}[`));
    if (fields.some(([name]) => name === list) || sent.some(isOfList)) {
      return readFormList(fields, sent);
    }
    const given: Record<string, number> = {};
    for (const [place, fieldname] of sent.entries()) {
      if (Object.hasOwn(given, fieldname)) {
        const names = files.map((name) => `"${pluralOf(name)}[0]"`).join(", ");
        throw new InputError(
          fieldname,
          `is a second file; for several ${nouns.items}, send a field "${list}" and files ${names}, ...`,
        );
      }
      if (!files.includes(fieldname)) throw new InputError(fieldname, strayFile(fieldname));
      given[fieldname] = place;
    }
    const item = Object.fromEntries(
      fields.map(([name, value]) => [
        name,
        isJson(name) ? parseJsonField(name, value, most) : fromField(name, value),
      ]),
    );
    // The file of a form is a file, and text under its name has a message of its own.
    const asText = files.find((name) => name in item);
    if (asText !== undefined && !Object.hasOwn(given, asText)) {
      throw new InputError(asText, "is text; send it as a file of the form");
    }
    if (sent.length === 0) return { ...readJson(item), many: false };
    const result = schemas.itemBesideFiles.safeParse(item);
    if (!result.success) throw invalidBySchema(result.error, "");
    return { many: false, list, items: [toRequest({ ...result.data, ...given })] };
  }

  function strayFile(name: string): string {
    if (isJson(name)) return "is a file; send JSON text in this field, as in a JSON body";
    if (Object.hasOwn(inputs, name)) return "is a file; send text in this field";
    if (files.length === 0) return "is a file; the model takes none";
    return `is not a file of this form; name it ${files.map((name) => `"${name}"`).join(" or ")}`;
  }

  function readFormList(
    fields: readonly (readonly [string, unknown])[],
    sent: readonly string[],
  ): ItemsRead {
    const other = fields.find(([name]) => name !== list)?.[0];
    if (other !== undefined) {
      throw new InputError(
        other,
        `is not a field beside "${list}"; put it into the ${nouns.items}`,
      );
    }
    const text = fields[0]?.[1];
    if (text === undefined)
      throw new InputError(list, `is missing beside the ${listOf(files.map(pluralOf))}`);
    const result = schemas.itemsBesideFiles.safeParse(parseJsonField(list, text, most));
    if (!result.success) throw invalidBySchema(result.error, list);
    const all: Record<string, unknown>[] = result.data.map((item) => ({ ...item }));
    for (const [place, fieldname] of sent.entries()) {
      const [, plural, index] = /^(\w+)\[(\d{1,6})\]$/.exec(fieldname) ?? [];
      const name = files.find((input) => pluralOf(input) === plural);
      const item = all[Number(index)];
      if (name === undefined || !item) {
        const last = all.length - 1;
        const names = files.map((input) => `${pluralOf(input)}[0] to ${pluralOf(input)}[${last}]`);
        throw new InputError(
          fieldname,
          names.length === 0
            ? strayFile(fieldname)
            : `belongs to no ${nouns.item}; the files of ${all.length} ${nouns.items} are named ${names.join(", ")}`,
        );
      }
      if (Object.hasOwn(item, name)) throw new InputError(fieldname, "is given twice");
      item[name] = place;
    }
    for (const [i, item] of all.entries()) {
      if (!isAnyGiven(item, inputs)) {
        throw new InputError(`${list}[${i}]`, nothingGiven(Object.keys(inputs)));
      }
    }
    return { many: true, list, items: all.map(toRequest) };
  }

  return (source) =>
    source.kind === "form" ? readForm(source) : readBody(parseBody(source, most));
}

/** The answer's options, which forms write as JSON. */
const ANSWER_FIELDS = ["topK", "threshold", "allowEmpty", "explain"];

const NO_CHARSET = "is in an unknown charset; send it as UTF-8";

function toRequest({ topK, threshold, allowEmpty, explain, ...item }: ItemFields): PredictJob {
  return { item, topK, threshold, allowEmpty, explain };
}

/** @throws InputError naming the first field whose text cannot be read. */
function checkTexts(fields: readonly (readonly [string, unknown])[]): void {
  for (const [name, value] of fields) {
    for (const text of [value].flat()) {
      // Texts whose charset the reader of forms does not know are left out.
      const issue = text === undefined ? NO_CHARSET : utf8Issue(String(text));
      if (issue !== undefined) throw new InputError(name, issue);
    }
  }
}

function parseJsonField(name: string, value: unknown, limits: JsonLimits): unknown {
  if (typeof value !== "string") throw new InputError(name, "is given twice");
  try {
    return parseJson(Buffer.from(value), limits, name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError(name, `is not JSON (${(error as Error).message})`);
  }
}
