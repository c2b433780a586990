/** A run's console output: progress bars on a terminal, plain lines everywhere else. */

import progress, { MultiBar, SingleBar } from "cli-progress";

export interface Console {
  /** Announces a stage. */
  stage(name: string): void;
  line(text: string): void;
  warn(text: string): void;
  /** Starts a progress bar over `total` items; stop it before starting the next one. */
  bar(name: string, total: number): Bar;
  /** The same with a table below it; without a terminal, its rows are printed every minute. */
  table(name: string, total: number): Table;
}

export interface Bar {
  /**
   * @param done Items finished, 0 to the bar's total.
   * @param detail Text shown after the bar.
   */
  update(done: number, detail?: string): void;
  /** Prints a permanent line: above the bar on a terminal, as is elsewhere. */
  log(text: string): void;
  stop(): void;
}

export interface Table extends Bar {
  /** Shows a row, changes it, or removes it where the text is undefined. */
  row(id: string, text: string | undefined): void;
}

/** Without a terminal, a bar prints its progress this often. */
const PLAIN_INTERVAL_MS = 15_000;

/** And a table its rows: what takes long must not look as if it hung. */
const PLAIN_TABLE_INTERVAL_MS = 60_000;

/** Signals that end a run from outside and can be caught. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** @param stream Default: standard error, so that standard output holds only results. */
export function createConsole(stream: NodeJS.WriteStream = process.stderr): Console {
  const started = performance.now();
  const line = (text: string) => void stream.write(`${text}\n`);
  return {
    line,
    stage: (name) => line(`[${seconds(started).toFixed(1).padStart(6)} s] ${name}`),
    warn: (text) => line(`warning: ${text}`),
    bar: (name, total) =>
      stream.isTTY ? terminalBar(stream, name, total) : plainBar(line, name, total),
    table: (name, total) =>
      stream.isTTY ? terminalTable(stream, name, total) : plainTable(line, name, total),
  };
}

/** A console that prints nothing. */
export const SILENT: Console = {
  stage() {},
  line() {},
  warn() {},
  bar: () => ({ update() {}, log() {}, stop() {} }),
  table: () => ({ update() {}, log() {}, stop() {}, row() {} }),
};

const LOOKS = {
  barCompleteChar: "█",
  barIncompleteChar: "░",
  barsize: 24,
  hideCursor: true,
  etaBuffer: 200,
  clearOnComplete: true,
  // Before the first item is done there is nothing to extrapolate from.
  formatTime: (...[seconds, options, roundTo]: Parameters<typeof progress.Format.TimeFormat>) =>
    Number.isFinite(seconds) && seconds > 0
      ? progress.Format.TimeFormat(seconds, options, roundTo)
      : "unknown",
};

function formatOf(name: string): string {
  return `  ${name} {bar} {value}/{total}  time left {eta_formatted}  {detail}`;
}

/** Columns of a bar's line before its detail, about. */
const BEFORE_DETAIL = 62;
/** Width of a terminal that does not tell its own. */
const COLUMNS = 80;

/** Cuts a text off: bars do not wrap, and terminals show the end of a longer one over its middle. */
function fit(text: string, { columns = COLUMNS }: NodeJS.WriteStream, before: number): string {
  const room = Math.max(0, columns - before - 1);
  return text.length <= room ? text : text.slice(0, room);
}

function terminalTable(stream: NodeJS.WriteStream, name: string, total: number): Table {
  const all = new MultiBar({ ...LOOKS, stream, format: formatOf(name) });
  const bar = all.create(total, 0, { detail: "" });
  const rows = new Map<string, SingleBar>();
  const indent = "    ";
  const release = onSignal(() => all.stop());
  return {
    update: (done, detail) =>
      bar.update(done, detail === undefined ? {} : { detail: fit(detail, stream, BEFORE_DETAIL) }),
    log(text) {
      all.log(`${text}\n`);
      // Otherwise it would be written with the next frame, which may not come.
      all.update();
    },
    row(id, whole) {
      const row = rows.get(id);
      if (whole !== undefined) {
        const text = fit(whole, stream, indent.length);
        if (row) row.update({ text });
        else rows.set(id, all.create(1, 0, { text }, { format: `${indent}{text}` }));
      } else if (row) {
        all.remove(row);
        rows.delete(id);
      }
    },
    stop() {
      release();
      all.stop();
    },
  };
}

function terminalBar(stream: NodeJS.WriteStream, name: string, total: number): Bar {
  const bar = new SingleBar({ ...LOOKS, stream, format: formatOf(name) });
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
 * Calls `restore` when SIGINT, SIGTERM or SIGHUP arrives, then lets the signal end the process as usual. Used to restore
 * the terminal (cursor, line wrap); cli-progress's own signal handling would swallow the signal.
 *
 * @returns Removes the handlers; call it when there is nothing left to restore.
 */
export function onSignal(restore: () => void): () => void {
  const handle = (signal: NodeJS.Signals) => {
    // Restore first: a second signal must not end the process before the terminal is restored.
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
  let printedAt = started;
  return {
    update(done, detail) {
      if (performance.now() - printedAt < PLAIN_INTERVAL_MS) return;
      printedAt = performance.now();
      const left = Math.ceil((seconds(started) / done) * (total - done));
      // Before the first item is done there is nothing to extrapolate from.
      const time = done > 0 ? `  time left ${left} s` : "";
      line(`  ${name} ${done}/${total}  ${detail ?? ""}${time}`);
    },
    log: line,
    stop() {},
  };
}

function plainTable(line: (text: string) => void, name: string, total: number): Table {
  const bar = plainBar(line, name, total);
  const started = performance.now();
  const rows = new Map<string, string>();
  let finished = 0;
  const timer = setInterval(() => {
    line(`  ${name} ${finished}/${total} after ${Math.round(seconds(started) / 60)} min`);
    for (const text of rows.values()) line(`    ${text}`);
  }, PLAIN_TABLE_INTERVAL_MS);
  // What it reports on keeps the process alive, not the reports.
  timer.unref();
  return {
    ...bar,
    update(done, detail) {
      finished = done;
      bar.update(done, detail);
    },
    row(id, text) {
      if (text === undefined) rows.delete(id);
      else rows.set(id, text);
    },
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}
