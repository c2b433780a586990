/** The table of views, and which of them a name asks for. */

import type { Manifest } from "../../../predictor/manifest.ts";
import { ModelNotFound } from "../../engine/modelErrors.ts";
import type { ModelRef, Models } from "../../engine/models.ts";
import { raw } from "./raw.ts";
import { tensors } from "./tensors.ts";
import type { Decoded, View } from "./view.ts";

/** Each bundle has one of each; the first is that of its own name. */
export const VIEWS: readonly View<unknown>[] = [tensors as View<unknown>, raw as View<unknown>];

export interface ViewRef {
  readonly view: View<unknown>;
  /** The bundle that it is a view of. */
  readonly ref: ModelRef;
}

/**
 * The view that a name asks for, and the bundle it is one of. A bundle's own name always means its tensors: `x_raw` is a view of
 * bundle `x` only where no bundle is named `x_raw`.
 *
 * @throws ModelNotFound if there is neither.
 */
export function viewOf(models: Pick<Models, "find">, ref: ModelRef): ViewRef {
  try {
    models.find(ref);
    return { view: VIEWS[0]!, ref };
  } catch (error) {
    if (!(error instanceof ModelNotFound)) throw error;
    const { name = "" } = ref;
    const view = VIEWS.find(({ suffix }) => suffix !== "" && name.endsWith(suffix));
    if (!view) throw error;
    const own = { ...ref, name: name.slice(0, -view.suffix.length) };
    models.find(own);
    return { view, ref: own };
  }
}

/** What was decoded in a thread, as it is handed over, and which of its buffers are moved. */
export function packed(
  { request, rows, work }: Decoded<unknown>,
  view: View<unknown>,
  manifest: Manifest,
): { result: Decoded<unknown>; views: readonly ArrayBufferView[] } {
  const { work: own, views } = view.pack(work, manifest);
  // The data are in the work.
  return { result: { request: { ...request, inputs: [] }, rows, work: own }, views };
}
