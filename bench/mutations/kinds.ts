/** Valid requests of every kind that the server takes, for the movies of the committed bundle. */

import { openBundle } from "../../node/bundle.ts";
import { drawPosters, inferRequest, prepareBatch } from "../serve/requests.ts";

/** A valid request. */
export interface Seed {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
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
  return {
    movie: json("/v1/predict", movie),
    movies: json("/v1/predict", [movie, { title: "Alien" }, { ratings: movie.ratings }]),
    form: form(
      { title: movie.title, year: "1995", ratings: JSON.stringify(movie.ratings) },
      poster!,
    ),
    tensors: json(infer, tensors),
    binaryTensors: { path: infer, ...binary },
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
