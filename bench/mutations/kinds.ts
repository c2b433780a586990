/** Valid requests of every kind that the server takes, for the movies of the committed bundle. */

import { create, toBinary } from "@bufbuild/protobuf";
import { openBundle } from "../../node/bundle.ts";
import { ModelInferRequestSchema } from "../../serve/grpc/openInference_pb.ts";
import { lengthPrefix } from "../../serve/oip/lengthPrefix.ts";
import { drawPosters, inferRequest, prepareBatch } from "../serve/requests.ts";

/** A valid request. */
export interface Seed {
  /** Path of the HTTP request; undefined where the body is a ModelInferRequest, over gRPC. */
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface TensorHead {
  readonly name: string;
  readonly datatype: string;
  readonly shape: number[];
}

const JSON_TYPE = { "content-type": "application/json" };

/** @param model Path of the bundle. */
export async function seedsOf(model: string): Promise<Readonly<Record<string, Seed>>> {
  const { manifest } = await openBundle(model, "fp32");
  const [poster] = await drawPosters(1);
  const movie = {
    title: "Heat (1995)",
    year: 1995,
    poster: poster!.toString("base64"),
    ratings: [
      { user: "12", stars: 4 },
      { gender: "F", age: 25, stars: 5 },
    ],
    topK: 3,
    explain: true,
  };
  const feeds = await prepareBatch(manifest, [poster!, poster!], 3);
  const binary = inferRequest(feeds);
  const jsonLength = Number(binary.headers["inference-header-content-length"]);
  const described = JSON.parse(binary.body.subarray(0, jsonLength).toString());
  const tensors = {
    id: "1",
    inputs: described.inputs.map(
      ({ parameters: _, ...input }: { name: string; parameters: unknown }) => ({
        ...input,
        data: Array.from(feeds[input.name]!.data),
      }),
    ),
  };
  const infer = `/v2/models/${manifest.name}/infer`;
  const json = (path: string, value: unknown): Seed => ({
    path,
    headers: JSON_TYPE,
    body: Buffer.from(JSON.stringify(value)),
  });
  const { topK, explain, ...item } = movie;
  const items = {
    parameters: { topK, explain },
    inputs: Object.entries(item).map(([name, value]) => ({
      name,
      datatype: "BYTES",
      shape: [1, 1],
      data: [typeof value === "object" ? JSON.stringify(value) : String(value)],
    })),
  };
  const texts = items.inputs.map(({ name, data }) =>
    name === "poster" ? poster! : Buffer.from(data[0]!),
  );
  const elements = texts.map((text) => Buffer.concat([lengthPrefix(text.length), text]));
  const names = items.inputs.map(({ data: _, ...input }) => input);
  const head = Buffer.from(
    JSON.stringify({
      inputs: names.map((input, i) => ({
        ...input,
        parameters: { binary_data_size: elements[i]!.length },
      })),
    }),
  );
  const message = (name: string, inputs: readonly TensorHead[], raw: readonly Buffer[]): Seed => ({
    path: undefined,
    headers: {},
    body: Buffer.from(
      toBinary(
        ModelInferRequestSchema,
        create(ModelInferRequestSchema, {
          modelName: name,
          inputs: inputs.map(({ shape, ...input }) => ({ ...input, shape: shape.map(BigInt) })),
          rawInputContents: [...raw],
        }),
      ),
    ),
  });
  const heads = tensors.inputs.map(({ name, datatype, shape }: TensorHead) => ({
    name,
    datatype,
    shape,
  }));
  const raw = Object.values(feeds).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  const itemsPath = `/v2/models/${manifest.name}_raw/infer`;
  return {
    movie: json("/v1/predict", movie),
    movies: json("/v1/predict", [movie, { title: "Alien" }, { ratings: movie.ratings }]),
    form: form(
      { title: movie.title, year: "1995", ratings: JSON.stringify(movie.ratings) },
      poster!,
    ),
    tensors: json(infer, tensors),
    binaryTensors: { path: infer, ...binary },
    instances: json("/v1/predict", { instances: [item, { title: "Alien" }] }),
    lines: {
      path: "/v1/predict",
      headers: { "content-type": "application/x-ndjson" },
      body: Buffer.from([movie, { title: "Alien" }].map((line) => JSON.stringify(line)).join("\n")),
    },
    items: json(itemsPath, items),
    binaryItems: {
      path: itemsPath,
      headers: {
        "content-type": "application/octet-stream",
        "inference-header-content-length": String(head.length),
      },
      body: Buffer.concat([head, ...elements]),
    },
    "tensors, gRPC": message(manifest.name, heads, raw),
    "items, gRPC": message(`${manifest.name}_raw`, names, elements),
  };
}

/** As a browser sends it, with the poster as a file. */
function form(fields: Readonly<Record<string, string>>, poster: Buffer): Seed {
  const boundary = "----marquee";
  const texts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="poster"; filename="p.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`;
  return {
    path: "/v1/predict",
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([
      Buffer.from(texts.join("") + file),
      poster,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
