/** Firefox and WebKit, where they are installed: started with the address of a page that asks for jobs. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { type NeedName, reasonWithout } from "../../needs/needs.ts";
import { findFirefox, findWebKit } from "./installed.ts";
import { createJobQueue, type JobQueue } from "./jobQueue.ts";
import { PULL } from "./pulled.ts";

export interface OtherBrowser {
  readonly name: string;
  readonly need: NeedName;
  /** The program and its arguments; undefined if it is not installed. */
  find(): readonly string[] | undefined;
  /** Firefox's settings. */
  readonly preferences?: Readonly<Record<string, boolean | number | string>>;
}

/** Milliseconds; a browser that has not asked for a job by then does not start here. */
const START = 60_000;
const QUIET = {
  "browser.shell.checkDefaultBrowser": false,
  "browser.aboutwelcome.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.policy.firstRunURL": "",
  "app.update.disabledForTesting": true,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
};

export const OTHER_BROWSERS: readonly OtherBrowser[] = [
  { name: "Firefox", need: "firefox", find: findFirefox, preferences: QUIET },
  {
    name: "Firefox that resists fingerprinting",
    need: "firefox",
    find: findFirefox,
    preferences: { ...QUIET, "privacy.resistFingerprinting": true },
  },
  { name: "WebKitGTK", need: "webkit", find: findWebKit },
];

/**
 * Opens an address with a new profile.
 *
 * @returns What ends the browser; or a sentence: why there is no such browser here.
 */
export async function startBrowser(
  browser: OtherBrowser,
  url: string,
): Promise<{ close(): Promise<void> } | string> {
  const command = browser.find();
  if (command === undefined) return reasonWithout(browser.need);
  const profile = await mkdtemp(join(tmpdir(), "marquee-profile-"));
  const settings = Object.entries(browser.preferences ?? {}).map(
    ([key, value]) => `user_pref(${JSON.stringify(key)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, "user.js"), settings.join(""));
  const [program, ...args] = command.map((part) => part.replace("{profile}", profile));
  // A group of its own, whose processes end together.
  const child = spawn(program!, [...args, url], {
    detached: true,
    stdio: "ignore",
    env: {
      ...process.env,
      HOME: profile,
      // WebKit's sandbox and compositor need what containers lack.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    },
  });
  return {
    async close() {
      await end(child);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export interface Driven extends Pick<JobQueue, "run"> {
  /** As the browser names itself. */
  readonly agent: string;
  close(): Promise<void>;
}

/**
 * Opens a folder's page, which calls `takeJobs`.
 *
 * @returns Or a sentence: why there is no such browser here.
 */
export async function drive(browser: OtherBrowser, folder: string): Promise<Driven | string> {
  const queue = createJobQueue(browser.name);
  const app = express().use(queue.routes, express.static(folder, { cacheControl: false }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const page = await driveAt(browser, queue, `http://127.0.0.1:${port}/`);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  if (typeof page === "string") {
    close();
    return page;
  }
  return {
    ...page,
    async close() {
      await page.close();
      close();
    },
  };
}

/**
 * Opens a page that calls `takeJobs`.
 *
 * @param queue Whose routes are beside the page.
 * @returns Or a sentence: why there is no such browser here.
 */
export async function driveAt(
  browser: OtherBrowser,
  queue: JobQueue,
  url: string,
): Promise<Driven | string> {
  const started = await startBrowser(browser, url + PULL);
  if (typeof started === "string") return started;
  const agent = await queue.asked(START);
  if (agent === undefined) {
    await started.close();
    return `${browser.name} does not start here`;
  }
  return { agent, run: queue.run, close: started.close };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  // The whole group: browsers start processes of their own.
  process.kill(-child.pid, "SIGKILL");
  await exited;
}
