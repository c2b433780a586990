/** Towers of ratings. */

import { typeOf } from "../../../predictor/inputs/types.ts";
import type { EncodedRatings } from "../../../predictor/preprocess/ratings.ts";
import { snapRows } from "../../fit/grid.ts";
import { joined } from "../../model/parts.ts";
import {
  poolRatings,
  RATING_AMOUNTS,
  RATING_STATISTICS,
  ratingAmounts,
  trainedVector,
  vectorsName,
} from "../../model/ratings.ts";
import {
  hasLinear,
  linearWeights,
  type RatingsTower,
  ratingsTower,
} from "../../model/ratingsTower.ts";
import { graphInput, type TowerType, type TrainedTower } from "../../model/towerType.ts";
import type { RatingsInput } from "./fit.ts";
import { trainsVectors } from "./options.ts";

export const ratings: TowerType<RatingsInput> = {
  trained({ input, main: { options: config, userVectors } }, labels) {
    const presence = graphInput(`has_${input}`, [1]);
    const parts = { input, config, labels };
    if (trainsVectors(config)) {
      const { inputs, vector } = trainedVector(input, userVectors);
      return {
        inputs: [...inputs, presence],
        ...outputsOf(input, ratingsTower({ vector, presence }, parts)),
      };
    }
    const vector = graphInput(`${input}_vector`, [userVectors.dimensions + RATING_STATISTICS]);
    if (!hasLinear(config)) {
      return {
        inputs: [vector, presence],
        ...outputsOf(input, ratingsTower({ vector, presence }, parts)),
      };
    }
    const direction = graphInput(`${input}_direction`, [userVectors.dimensions]);
    const amounts = graphInput(`${input}_amounts`, [RATING_AMOUNTS]);
    return {
      inputs: [vector, presence, direction, amounts],
      ...outputsOf(input, ratingsTower({ vector, presence, direction, amounts }, parts)),
    };
  },
  inGraph({ input, main: { spec, options: config, userVectors } }, labels) {
    const [usersName, starsName] = typeOf(spec).tensorNames(input, spec);
    const users = graphInput(usersName!, [null], "int32");
    const stars = graphInput(starsName!, [null]);
    const pooled = poolRatings(users, stars, {
      input,
      fit: userVectors,
      fewest: spec.stars.min,
    });
    const tower = ratingsTower(pooled, { input, config, labels });
    const { amounts, initialWeights: weights } = pooled;
    return { inputs: [users, stars], tower, amounts, weights };
  },
  given: () => new Map(),
  initial: ({ input, main: { options: config, userVectors } }, labels) =>
    new Map([
      ...(trainsVectors(config) ? [[tableName(input), userVectors.table] as const] : []),
      ...(hasLinear(config)
        ? linearWeights({ input, config, labels }, userVectors.dimensions)
        : []),
    ]),
  learningRates: ({ input, main: { options: config } }) =>
    trainsVectors(config) ? new Map([[tableName(input), config.vectorLearningRate]]) : new Map(),
  round({ input, main: { options: config, userVectors } }, weights) {
    const table = weights.get(tableName(input));
    if (table) snapRows(table, userVectors.dimensions, config.bits);
  },
  graphInputs: ({ input, main: { spec } }) =>
    Object.fromEntries(
      typeOf(spec)
        .tensorNames(input, spec)
        .map((tensor) => [tensor, { shape: ["batch", input] }]),
    ),
  amounts: {
    scales: RATING_AMOUNTS,
    of: (features) => ratingAmounts((features as EncodedRatings).users.length),
  },
};

/** Name of the weight that is the user table. */
const tableName = (input: string) => `${vectorsName(input)}/embeddings`;

/** What the tower is trained by. */
function outputsOf(
  input: string,
  { logits, networks }: RatingsTower,
): Pick<TrainedTower, "logits" | "apart"> {
  if (networks.length === 1) return { logits };
  return { logits, apart: joined(`${input}_networks_apart`, networks) };
}
