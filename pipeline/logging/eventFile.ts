/** TensorBoard event files: scalars, histograms, images and text by tag and step. */

import { appendFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  create,
  fromBinary,
  type MessageInitShape,
  protoInt64,
  toBinary,
} from "@bufbuild/protobuf";
import { writeFileAtomic } from "../../node/files.ts";
import { EventSchema, type Summary_ValueSchema } from "./events_pb.ts";
import { histogramOf } from "./histogram.ts";
import { frameRecord, readRecords } from "./tfrecord.ts";

export type SummaryValue = MessageInitShape<typeof Summary_ValueSchema>;

/** Version 2 allows steps in any order; with older versions, TensorBoard interprets a smaller step as a restart. */
const FILE_VERSION = "brain.Event:2";
/** TensorBoard recognises event files by this part of the name. */
const NAME = /^events\.out\.tfevents\./;
/** `DataType` of strings. */
const DT_STRING = 7;
/** `colorspace` of RGB images. */
const RGB = 3;

export interface EventFile {
  /** @param step Epoch; 0 for values that belong to no epoch. */
  add(step: number, values: readonly SummaryValue[]): void;
}

/** Creates a new file in `folder`, which must exist. TensorBoard reads all event files of a folder in order of their names. */
export function createEventFile(folder: string): EventFile {
  const now = Date.now();
  const [seconds, milliseconds] = [Math.floor(now / 1000), now % 1000];
  const time = `${String(seconds).padStart(10, "0")}.${String(milliseconds).padStart(3, "0")}`;
  const name = `events.out.tfevents.${time}.marquee.${process.pid}`;
  const path = join(folder, name);
  const append = (event: MessageInitShape<typeof EventSchema>) => {
    const message = create(EventSchema, { ...event, wallTime: Date.now() / 1000 });
    appendFileSync(path, frameRecord(toBinary(EventSchema, message)));
  };
  append({ what: { case: "fileVersion", value: FILE_VERSION } });
  return {
    add(step, values) {
      append({
        step: protoInt64.parse(step),
        what: { case: "summary", value: { value: [...values] } },
      });
    },
  };
}

/** Removes all events that `keep` rejects from the event files in `folder`, and incomplete records at their ends. */
export async function trimEventFiles(
  folder: string,
  keep: (tag: string, step: number) => boolean,
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name));
  for (const name of names) {
    const path = join(folder, name);
    const { records, whole } = readRecords(await readFile(path));
    const remaining = records.filter((record) => {
      const { what, step } = fromBinary(EventSchema, record);
      return (
        what.case !== "summary" || what.value.value.every(({ tag }) => keep(tag, Number(step)))
      );
    });
    if (whole && remaining.length === records.length) continue;
    await writeFileAtomic(path, Buffer.concat(remaining.map(frameRecord)));
  }
}

export function scalar(tag: string, value: number): SummaryValue {
  return { tag, value: { case: "simpleValue", value } };
}

export function histogram(tag: string, values: Float32Array): SummaryValue {
  return { tag, value: { case: "histo", value: histogramOf(values) } };
}

export function image(tag: string, png: Uint8Array, width: number, height: number): SummaryValue {
  return {
    tag,
    value: { case: "image", value: { width, height, colorspace: RGB, encodedImageString: png } },
  };
}

/** @param markdown Rendered by TensorBoard. */
export function text(tag: string, markdown: string): SummaryValue {
  return {
    tag,
    metadata: { pluginData: { pluginName: "text" } },
    value: {
      case: "tensor",
      value: { dtype: DT_STRING, tensorShape: {}, stringVal: [Buffer.from(markdown)] },
    },
  };
}
