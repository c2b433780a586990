/** To be imported before anything that makes a schema: zod would try to compile its checks, which the page's policy forbids. */

import { config } from "zod";

config({ jitless: true });
