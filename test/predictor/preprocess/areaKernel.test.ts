/** The compiled kernel is that of its source. */

import { test } from "node:test";
import { AREA_KERNEL } from "../../../predictor/preprocess/areaKernel.ts";
import { checkCompiled } from "../../compiledKernel.ts";

test("areaKernel.ts is areaKernel.wat, compiled", () =>
  checkCompiled({
    source: new URL("../../../predictor/preprocess/areaKernel.wat", import.meta.url),
    name: "AREA_KERNEL",
    module: AREA_KERNEL,
    test: "test/predictor/preprocess/areaKernel.test.ts",
  }));
