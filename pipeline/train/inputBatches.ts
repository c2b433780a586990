/** What training batches have to know of a kind of tower: a row of this form in `pipeline/inputs/TYPE/batches.ts`. */

import { typeOf } from "../../predictor/inputs/types.ts";
import type { ItemFeatures } from "../../predictor/item.ts";
import type { Random } from "../common/random.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import type { ModelInput, ModelInputs, TowerInput } from "../model/modelInputs.ts";
import type { GroupOf } from "../model/towerType.ts";
import type { BackboneFeatures } from "./backboneFeatures.ts";

/** One array per input of the tower's model, row-major, for n movies each. */
export type TowerInputs = (Int32Array | Float32Array)[];

export interface BatchSource {
  readonly inputs: ModelInputs;
  readonly posters: PosterStore;
  /** Features of frozen backbones by input; those of images are used instead of the images. */
  readonly features?: Readonly<Record<string, BackboneFeatures>>;
  /** The same as the backbones give them, before they are standardised. */
  readonly raw?: Readonly<Record<string, BackboneFeatures>>;
}

export type MakeInputs<Main extends TowerInput> = (
  group: GroupOf<Main>,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  random: Random | undefined,
) => TowerInputs;

/** An input's tensors as the predictor makes them, in the order of the graph's inputs. */
export function collated(
  name: string,
  { spec }: Pick<ModelInput, "spec">,
  movies: readonly EncodedMovie[],
): TowerInputs {
  const type = typeOf(spec);
  const rows = movies.map(({ features }) => (features as ItemFeatures)[name]);
  const tensors = type.collate(name, spec, rows);
  return type.tensorNames(name, spec).map((tensor) => tensors[tensor]!.data as Float32Array);
}
