/** What a run says while it works: a progress bar on a terminal, plain lines everywhere else. */

import { SingleBar } from "cli-progress";

export interface Console {
  /** Announces a stage. */
  stage(name: string): void;
  line(text: string): void;
  warn(text: string): void;
  /** Starts a bar, which has to be stopped before the next one starts. */
  bar(name: string, total: number): Bar;
}

export interface Bar {
  /** @param detail Stands behind the bar. */
  update(done: number, detail?: string): void;
  /** A line that stays: above the bar on a terminal, plain elsewhere. */
  log(text: string): void;
  stop(): void;
}

/** Without a terminal, a bar says how far it is this often. */
const PLAIN_INTERVAL_MS = 15_000;

/** What ends a run from outside and can be caught. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Writes to standard error, so that standard output holds the results alone. */
export function createConsole(stream: NodeJS.WriteStream = process.stderr): Console {
  const started = performance.now();
  const line = (text: string) => void stream.write(`${text}\n`);
  return {
    line,
    stage: (name) => line(`[${seconds(started).toFixed(1).padStart(6)} s] ${name}`),
    warn: (text) => line(`warning: ${text}`),
    bar: (name, total) =>
      stream.isTTY ? terminalBar(stream, name, total) : plainBar(line, name, total),
  };
}

/** Says nothing. */
export const SILENT: Console = {
  stage() {},
  line() {},
  warn() {},
  bar: () => ({ update() {}, log() {}, stop() {} }),
};

function terminalBar(stream: NodeJS.WriteStream, name: string, total: number): Bar {
  const bar = new SingleBar({
    stream,
    format: `  ${name} {bar} {value}/{total}  {detail}  time left {eta_formatted}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    etaBuffer: 200,
    clearOnComplete: true,
  });
  bar.start(total, 0, { detail: "" });
  const release = onSignal(() => bar.stop());
  return {
    update: (done, detail) => bar.update(done, detail === undefined ? {} : { detail }),
    log(text) {
      // Erases the bar's line; the next update draws it again below.
      stream.write(`\r\u001b[2K${text}\n`);
    },
    stop() {
      release();
      bar.stop();
    },
  };
}

/**
 * Restores the terminal (cursor, line wrap) before a signal ends the process as it would have without us; the
 * bar's own handling of signals would swallow them.
 *
 * @returns Call it when there is nothing left to restore.
 */
export function onSignal(restore: () => void): () => void {
  const handle = (signal: NodeJS.Signals) => {
    // In this order: a second signal before the terminal is restored must find us listening.
    restore();
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return release;
}

function plainBar(line: (text: string) => void, name: string, total: number): Bar {
  const started = performance.now();
  let said = started;
  return {
    update(done, detail) {
      if (performance.now() - said < PLAIN_INTERVAL_MS) return;
      said = performance.now();
      const left = Math.ceil((seconds(started) / done) * (total - done));
      // Nothing done says nothing of how long the rest takes.
      const time = done > 0 ? `  time left ${left} s` : "";
      line(`  ${name} ${done}/${total}  ${detail ?? ""}${time}`);
    },
    log: line,
    stop() {},
  };
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}
