/** `report.ts` for `--test-reporter`, which Node loads before what `--import` names. */

import { register } from "tsx/esm/api";

register();
const { default: report } = await import("./report.ts");
export default report;
