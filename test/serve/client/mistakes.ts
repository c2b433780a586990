/**
 * Calls that the compiler refuses: each has one mistake, in the line that follows the comment. It is never run.
 *
 * openapi-fetch's types check neither names that are not known nor lists; a declared type does.
 */

import createClient from "openapi-fetch";
import type { components, paths } from "./marquee.d.ts";

const client = createClient<paths>({ baseUrl: "" });

// @ts-expect-error: there is no such path
await client.POST("/v1/predictions", { body: { title: "War" } });
// @ts-expect-error: nor such a method of it
await client.GET("/v1/predict");
// @ts-expect-error: the body is missing
await client.POST("/v1/predict");
// @ts-expect-error: a title is no list
await client.POST("/v1/predict", { body: { title: ["War"] } });
// @ts-expect-error: a rating has stars
await client.POST("/v1/predict", { body: { ratings: [{ user: "u1" }] } });
// @ts-expect-error: there is no such model
await client.GET("/v2/models/{name}", { params: { path: { name: "other" } } });
// @ts-expect-error: the path has a name
await client.GET("/v2/models/{name}");

type Movie = components["schemas"]["Movie"];
// @ts-expect-error: "titel" is no input
const misspelt: Movie = { title: "War", titel: "War" };
// @ts-expect-error: a year is no object
const list: Movie[] = [{ title: "War" }, { year: { value: 1999 } }];
await client.POST("/v1/predict", { body: misspelt });
await client.POST("/v1/predict", { body: list });

const { data, error } = await client.GET("/v1/labels");
// @ts-expect-error: a label has no probability of its own
data?.labels.map(({ probability }) => probability);
// @ts-expect-error: a problem has a detail, not a message
error?.message;
