/** Event files, from which TensorBoard draws: scalars, histograms, pictures and text by tag and step. */

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

/** Steps are grouped by tag; with the older versions, TensorBoard takes a step that is smaller than one before for a crash. */
const FILE_VERSION = "brain.Event:2";
/** TensorBoard knows event files by the part in the middle. */
const NAME = /^events\.out\.tfevents\./;
/** `DataType` of strings. */
const DT_STRING = 7;
/** `colorspace` of pictures. */
const RGB = 3;

export interface EventFile {
  /** @param step Epoch; 0 for what is not of any. */
  add(step: number, values: readonly SummaryValue[]): void;
}

/** Makes a new file in `folder`, which exists: TensorBoard reads all of a folder in the order of their names. */
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

/** Takes everything out of the event files in `folder` that `keep` does not want, torn ends too. */
export async function trimEventFiles(
  folder: string,
  keep: (tag: string, step: number) => boolean,
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name));
  for (const name of names) {
    const path = join(folder, name);
    const { records, whole } = readRecords(await readFile(path));
    const kept = records.filter((record) => {
      const { what, step } = fromBinary(EventSchema, record);
      return (
        what.case !== "summary" || what.value.value.every(({ tag }) => keep(tag, Number(step)))
      );
    });
    if (whole && kept.length === records.length) continue;
    await writeFileAtomic(path, Buffer.concat(kept.map(frameRecord)));
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

/** @param markdown TensorBoard shows it as such. */
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
