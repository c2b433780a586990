/** What a user of the API writes: every call that the generated types allow, and what it answers. */

import createClient from "openapi-fetch";
import type { components, paths } from "./marquee.d.ts";

type Movie = components["schemas"]["Movie"];
type Answer = components["schemas"]["Answer"];
type Answers = components["schemas"]["Answers"];
type Problem = components["schemas"]["Problem"];

/** What the test compares with the server's own answers. */
export async function callAll(baseUrl: string, poster: Uint8Array<ArrayBuffer>) {
  const client = createClient<paths>({ baseUrl });

  const one = await client.POST("/v1/predict", {
    body: { title: "War hunter (1962)", ratings: [{ user: "u1", stars: 5 }], topK: 2 },
  });
  const movies: Movie[] = [{ title: "War" }, { title: "Love", year: 1999, explain: true }];
  const several = await client.POST("/v1/predict", { body: movies });
  const form = new FormData();
  form.set("title", "War");
  form.set("topK", "1");
  form.set("poster", new Blob([poster]), "poster.jpg");
  // OpenAPI has no type for the bytes of a file: the form is made by hand, and the fields are checked all the same.
  const sent = await client.POST("/v1/predict", {
    body: { title: "War", topK: 1 },
    bodySerializer: () => form,
  });
  const wrong = await client.POST("/v1/predict", { body: { title: "War", year: 1 } });
  const labels = await client.GET("/v1/labels");
  const model = await client.GET("/v2/models/{name}", { params: { path: { name: "tiny" } } });
  const missing = await client.GET("/v2/models/{name}/versions/{version}", {
    params: { path: { name: "tiny", version: "none" as never } },
  });

  return {
    scores: answerOf(one.data).scores,
    predictions: answersOf(several.data).predictions,
    formScores: answerOf(sent.data).scores,
    problem: fieldsOf(wrong.error),
    status: wrong.response.status,
    labels: labels.data?.labels.map(({ label }) => label),
    inputs: model.data?.inputs.map(({ name, shape }) => ({ name, dimensions: shape.length })),
    missing: missing.error?.error,
  };
}

/** Lines of JSON are answered with text. */
type Answered = Answer | Answers | string | undefined;

function answerOf(data: Answered): Answer {
  if (typeof data === "object" && "scores" in data) return data;
  throw new Error("expected one answer");
}

function answersOf(data: Answered): Answers {
  if (typeof data === "object" && "predictions" in data) return data;
  throw new Error("expected several answers");
}

function fieldsOf(problem: Problem | undefined): string[] | undefined {
  return problem?.errors?.map(({ field }) => field);
}
