/** TensorFlow as `npm run setup:tensorflow` has set it up here, for tests that need the real one. */

import { findNative } from "../node/native.ts";

export const NATIVE_TENSORFLOW = findNative("tensorflow");

/** Why such a test is skipped; false where it runs. */
export const WITHOUT_TENSORFLOW: string | false =
  NATIVE_TENSORFLOW === undefined && "TensorFlow is not set up here: npm run setup:tensorflow";
