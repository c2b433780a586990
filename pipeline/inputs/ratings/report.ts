/** What reports say of ratings. */

import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import { withArticle } from "../../../predictor/nouns.ts";
import { countGroups } from "../../../predictor/preprocess/ratings.ts";
import { hasLinear } from "../../model/ratingsTower.ts";
import type { DescribeTower, InputFacts, PredictExample } from "../../report/inputReport.ts";
import type { RatingsInput } from "./fit.ts";
import { linearShare, type RatingsOptions, trainsVectors } from "./options.ts";

export const ratingsFacts: InputFacts<RatingsInput> = ({ userVectors }) => ({
  "Users with a vector": userVectors.users.length,
  "Demographic groups with a vector": countGroups(userVectors.groups),
  "Size of a user vector": userVectors.dimensions,
});

export const describeRatings: DescribeTower<RatingsInput> = (
  { main: { options } },
  { item, items, regression },
) =>
  `every user has a vector from a truncated randomized SVD of which users rated which training ${items}${trainsVectors(options) ? ", and is trained with the network" : ""}; unknown users have the vector of their demographic group. The input is the sum of ${withArticle(item)}'s user vectors divided by the root of their number, the number of ratings, the mean stars, and the mean difference between stars and each user's average. ${networks(options)}${hasLinear(options) ? ` Its logits are averaged with those of ${regression} on the sum scaled to length 1, which has a share of ${linearShare(options)} from 5 ratings on.` : ""}`;

function networks({ networks: count }: RatingsOptions): string {
  return count === 1
    ? "A hidden layer follows."
    : `${count} networks of a hidden layer follow, which learn apart, and whose logits are averaged.`;
}

export const ratingsExample: PredictExample<RatingsSpec> = {
  value: (_, name) => `${name}.csv`,
  isFile: true,
};
