/** The package, the component and the page in a frame, in pages of another origin: the server's own answers. */

import { after, before } from "node:test";
import { testComponent } from "./embed/component.ts";
import { testFrame } from "./embed/frame.ts";
import { testInstalled } from "./embed/installed.ts";
import { testOthers } from "./embed/others.ts";
import { testPackage } from "./embed/package.ts";
import { type Sites, startSites } from "./embed/sites.ts";

let sites: Sites;
before(async () => {
  sites = await startSites();
});
after(() => sites?.close());

testPackage(() => sites);
testComponent(() => sites);
testFrame(() => sites);
testInstalled(() => sites);
testOthers(() => sites);
