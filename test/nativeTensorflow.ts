/** TensorFlow as `npm run setup:tensorflow` has set it up here, for tests that need the real one. */

import { findNative } from "../node/native.ts";

export const NATIVE_TENSORFLOW = findNative("tensorflow");
