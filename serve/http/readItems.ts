/** A request's body, JSON or a form with files -> items whose images are still files. */

import type { Request, RequestHandler } from "express";
import express from "express";
import multer from "multer";
import { InputError } from "../../predictor/errors.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { nounsOf } from "../../predictor/nouns.ts";
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
import { HttpError } from "../core/problems.ts";
import type { Limits } from "../core/route.ts";
import { invalidBySchema } from "../core/validation.ts";
import type { PredictJob } from "../engine/predictJob.ts";
import { type ItemFields, requestSchemas } from "./schema.ts";

/** An item, whose images are files, with the options of its answer. */
export type ItemRequest = PredictJob;

export interface PredictRequest {
  readonly items: readonly ItemRequest[];
  /** Whether the answer is a list, even of one. */
  readonly many: boolean;
}

/** @throws HttpError or InputError naming the field that is wrong. */
export type ReadItems = (request: Request) => PredictRequest;

/** Form fields beside files: the inputs of any bundle, and the answer's options. */
const MAX_FIELDS = 64;

/** The middleware that reads the body, at most `maxBytes` of it. */
export function bodyReaders(maxBytes: number, maxItems: number): RequestHandler[] {
  return [
    express.json({ limit: maxBytes, type: ["application/json", "application/*+json"] }),
    multer({
      storage: multer.memoryStorage(),
      limits: {
        fileSize: maxBytes,
        fieldSize: maxBytes,
        files: maxItems,
        fields: MAX_FIELDS,
        parts: maxItems + MAX_FIELDS,
      },
    }).any() as unknown as RequestHandler,
  ];
}

/** Makes the function that reads requests for a model. */
export function createItemReader(manifest: Manifest, limits: Limits): ReadItems {
  const { inputs } = manifest;
  const schemas = requestSchemas(manifest, limits);
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

  function readJson(body: unknown): PredictRequest {
    const many = Array.isArray(body);
    const result = many ? schemas.items.safeParse(body) : schemas.item.safeParse(body);
    if (!result.success) throw invalidBySchema(result.error, many ? list : "");
    const all = Array.isArray(result.data) ? result.data : [result.data];
    return {
      many,
      items: all.map((fields, i) => {
        const decoded = files
          .filter((name) => fields[name] !== undefined)
          .map((name) => [
            name,
            decodeBase64(String(fields[name]), many ? `${list}[${i}].${name}` : name),
          ]);
        return toRequest({ ...fields, ...Object.fromEntries(decoded) });
      }),
    };
  }

  function readForm(request: Request): PredictRequest {
    const fields = Object.entries(request.body as Record<string, unknown>);
    const sent = request.files as Express.Multer.File[];
    const isOfList = ({ fieldname }: Express.Multer.File) =>
      files.some((name) => fieldname.startsWith(`${pluralOf(name)}[`));
    if (fields.some(([name]) => name === list) || sent.some(isOfList)) {
      return readFormList(fields, sent);
    }
    const given: Record<string, Buffer> = {};
    for (const { fieldname, buffer } of sent) {
      if (Object.hasOwn(given, fieldname)) {
        const names = files.map((name) => `"${pluralOf(name)}[0]"`).join(", ");
        throw new InputError(
          fieldname,
          `is a second file; for several ${nouns.items}, send a field "${list}" and files ${names}, ...`,
        );
      }
      if (!files.includes(fieldname)) throw new InputError(fieldname, strayFile());
      given[fieldname] = buffer;
    }
    const item = Object.fromEntries(
      fields.map(([name, value]) => [
        name,
        isJson(name) ? parseJsonField(name, value) : fromField(name, value),
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
    return { many: false, items: [toRequest({ ...result.data, ...given })] };
  }

  function strayFile(): string {
    if (files.length === 0) return "is a file; the model takes none";
    return `is not a file of this form; name it ${files.map((name) => `"${name}"`).join(" or ")}`;
  }

  function readFormList(
    fields: readonly [string, unknown][],
    sent: readonly Express.Multer.File[],
  ): PredictRequest {
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
    const result = schemas.itemsBesideFiles.safeParse(parseJsonField(list, text));
    if (!result.success) throw invalidBySchema(result.error, list);
    const all: Record<string, unknown>[] = result.data.map((item) => ({ ...item }));
    for (const { fieldname, buffer } of sent) {
      const [, plural, index] = /^(\w+)\[(\d{1,6})\]$/.exec(fieldname) ?? [];
      const name = files.find((input) => pluralOf(input) === plural);
      const item = all[Number(index)];
      if (name === undefined || !item) {
        const last = all.length - 1;
        const names = files.map((input) => `${pluralOf(input)}[0] to ${pluralOf(input)}[${last}]`);
        throw new InputError(
          fieldname,
          names.length === 0
            ? strayFile()
            : `belongs to no ${nouns.item}; the files of ${all.length} ${nouns.items} are named ${names.join(", ")}`,
        );
      }
      if (Object.hasOwn(item, name)) throw new InputError(fieldname, "is given twice");
      item[name] = buffer;
    }
    for (const [i, item] of all.entries()) {
      if (!isAnyGiven(item, inputs)) {
        throw new InputError(`${list}[${i}]`, nothingGiven(Object.keys(inputs)));
      }
    }
    return { many: true, items: all.map(toRequest) };
  }

  return (request) => {
    if (request.is("multipart/form-data")) return readForm(request);
    if (request.is("application/json") || request.is("application/*+json")) {
      return readJson(request.body);
    }
    throw new HttpError(
      "content-type",
      "body: send application/json or multipart/form-data, with a body",
      {
        issues: [{ field: "body", detail: "is neither application/json nor multipart/form-data" }],
      },
    );
  };
}

/** The answer's options, which forms write as JSON. */
const ANSWER_FIELDS = ["topK", "threshold", "allowEmpty", "explain"];

function toRequest({ topK, threshold, allowEmpty, explain, ...item }: ItemFields): ItemRequest {
  return { item, topK, threshold, allowEmpty, explain };
}

function parseJsonField(name: string, value: unknown): unknown {
  if (typeof value !== "string") throw new InputError(name, "is given twice");
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new InputError(name, `is not JSON (${(error as Error).message})`);
  }
}
