/** Firefox and WebKit, where they are installed: started with the address of a page that asks for jobs. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import express from "express";
import { PULL } from "./pulled.ts";

export interface OtherBrowser {
  readonly name: string;
  /** The program and its arguments, or why it is not to be had. */
  find(): Promise<readonly string[] | string>;
  /** Firefox's settings. */
  readonly preferences?: Readonly<Record<string, boolean | number | string>>;
}

/** Milliseconds; a browser that has not asked for a job by then does not start here. */
const START = 60_000;
/** Milliseconds for a job, the wait for the page that asks for it included. */
const JOB = 100_000;
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

const inPath = (...names: string[]) =>
  names
    .flatMap((name) =>
      (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)),
    )
    .find((path) => existsSync(path));

async function findFirefox() {
  const path = process.env.FIREFOX ?? inPath("firefox-esr", "firefox");
  return path === undefined
    ? "there is no Firefox: install firefox-esr, or name it in FIREFOX"
    : [path, "--headless", "--no-remote", "--profile", "{profile}"];
}

async function findWebKit() {
  const display = process.env.DISPLAY ? [] : [inPath("xvfb-run"), "-a"];
  if (display[0] === undefined && display.length > 0) {
    return "there is no display for WebKitGTK: install xvfb";
  }
  for (const root of ["/usr/lib", "/usr/libexec"]) {
    for (const at of await readdir(root).catch(() => [])) {
      for (const folder of [at, join(at, "webkit2gtk-4.1"), join(at, "webkitgtk-6.0")]) {
        const path = join(root, folder, "MiniBrowser");
        if (existsSync(path)) return [...(display as string[]), path];
      }
    }
  }
  return "there is no WebKitGTK: install webkit2gtk-driver";
}

export const OTHER_BROWSERS: readonly OtherBrowser[] = [
  { name: "Firefox", find: findFirefox, preferences: QUIET },
  {
    name: "Firefox that resists fingerprinting",
    find: findFirefox,
    preferences: { ...QUIET, "privacy.resistFingerprinting": true },
  },
  { name: "WebKitGTK", find: findWebKit },
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
  const command = await browser.find();
  if (typeof command === "string") return command;
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

export interface Driven {
  /** As the browser names itself. */
  readonly agent: string;
  /** Gives the page a job. @throws Error of the page. */
  run(job: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Opens a folder's page, which calls `takeJobs`.
 *
 * @returns Or a sentence: why there is no such browser here.
 */
export async function drive(browser: OtherBrowser, folder: string): Promise<Driven | string> {
  let agent = "";
  let asking: ((response: ServerResponse) => void) | undefined;
  let asked: Promise<ServerResponse>;
  const next = () => {
    asked = new Promise((resolve) => {
      asking = resolve;
    });
  };
  next();
  /** Each job has a request of its own, also where the one before is never answered. */
  let taken: Promise<unknown> = Promise.resolve();
  const take = () => {
    const response = taken.then(() => asked);
    taken = response.then(next);
    return response;
  };
  let answer: (text: string) => void = () => {};
  const app = express();
  app.get("/job", (request, response) => {
    agent = request.get("user-agent") ?? "";
    asking?.(response);
  });
  app.post("/result", express.text({ type: () => true, limit: "50mb" }), (request, response) => {
    answer(request.body as string);
    response.end();
  });
  app.use(express.static(folder, { cacheControl: false }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${PULL}`;
  const started = await startBrowser(browser, url);
  if (typeof started === "string") {
    server.close();
    return started;
  }
  const close = async () => {
    await started.close();
    server.closeAllConnections();
    server.close();
  };
  if (!(await withTimeout(asked!, START))) {
    await close();
    return `${browser.name} does not start here`;
  }
  return {
    agent,
    close,
    async run(job) {
      const work = (async () => {
        const response = await take();
        const answered = new Promise<string>((resolve) => {
          answer = resolve;
        });
        response.setHeader("cache-control", "no-store");
        response.end(JSON.stringify({ job }));
        return answered;
      })();
      const text = await withTimeout(work, JOB);
      if (text === undefined)
        throw new Error(`${browser.name}: no result of ${JSON.stringify(job)}`);
      const result = JSON.parse(text) as { result: unknown } | { failure: string };
      if ("failure" in result) throw new Error(result.failure);
      return result.result;
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  // The whole group: browsers start processes of their own.
  process.kill(-child.pid, "SIGKILL");
  await exited;
}

async function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    // It does not keep a process alive that has closed its browser.
    timer = setTimeout(resolve, milliseconds, undefined).unref();
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}
