/** A bundle of a data set that describes its users otherwise than MovieLens does. */

import { openBundle } from "../../../node/bundle.ts";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { movieInputs } from "../../../predictor/movie.ts";
import { countGroups, type UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { publishTiny } from "../../serve/server.ts";

/**
 * Publishes a tiny bundle in which the rows of the last users are those of `groups`.
 *
 * @param path Folder of the bundle; another one is left beside it.
 */
export async function publishWithGroups(
  path: string,
  { groups, stars }: Pick<UserSpec, "groups" | "stars">,
): Promise<void> {
  await publishTiny(`${path}-source`);
  const { manifest, graph } = await openBundle(`${path}-source`);
  const { files: _, ...others } = manifest;
  const inputs = movieInputs(manifest.inputs);
  const { ratings } = inputs;
  // The graph's table of users and groups stays as long as it is.
  const rows = ratings.users.length + countGroups(ratings.groups);
  const users = ratings.users.slice(0, rows - countGroups(groups));
  await publishBundle(
    path,
    { ...others, inputs: { ...inputs, ratings: { ...ratings, users, groups, stars } } },
    { "model.onnx": graph, "README.md": "# Model card\n" },
  );
}
