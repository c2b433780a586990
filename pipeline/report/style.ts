/** The report's style sheet for light mode, dark mode and print; it uses system fonts and fetches nothing. */

/** Colours of lines that are about training items, and about others. */
export const TRAINING = "var(--series-2)";
export const HELD_OUT = "var(--series-1)";

const LIGHT = `
  --paper: #ffffff; --panel: #f6f7f9; --ink: #1b1f24; --muted: #646d78; --line: #e1e4e8;
  --series-1: #2f6fde; --series-2: #c2571a; --series-muted: #a4adb8;
  --warn-ink: #6b4400; --warn-paper: #fff4d9; --warn-line: #e9b949;`;

const DARK = `
  --paper: #12151a; --panel: #1a1f26; --ink: #e4e8ed; --muted: #98a2ae; --line: #2c333c;
  --series-1: #6ba1ff; --series-2: #f0965b; --series-muted: #5d6875;
  --warn-ink: #ffdf9e; --warn-paper: #372a0c; --warn-line: #8f6a13;`;

export const PAGE_CSS = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 21px; margin: 56px 0 12px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 16px; margin: 32px 0 8px; }
h4 { font-size: 14px; margin: 24px 0 4px; }
p { margin: 8px 0; max-width: 72ch; }
a { color: var(--series-1); }
.lead, figcaption, footer, small { color: var(--muted); }
.warning { border: 1px solid var(--warn-line); background: var(--warn-paper);
  color: var(--warn-ink); border-radius: 8px; padding: 10px 14px; margin: 16px 0; max-width: none; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 20px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px;
  margin: 24px 0 0; }
.tile { background: var(--panel); border-radius: 8px; padding: 12px 14px; }
.tile b { display: block; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: 13px; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; font-size: 13.5px; width: 100%; }
th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; color: var(--muted); border-bottom-color: var(--muted); white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.n { color: var(--ink); }
td:first-child:not(.n) { min-width: 9em; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 0 32px;
  margin: 12px 0; font-size: 14px; }
dl div { display: flex; justify-content: space-between; gap: 16px; padding: 5px 0;
  border-bottom: 1px solid var(--line); }
dt { color: var(--muted); }
dd { margin: 0; text-align: right; overflow-wrap: break-word; min-width: 7em; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--panel); border-radius: 8px; padding: 12px 14px; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 16px 0; }
figcaption { font-size: 13px; margin-top: 4px; max-width: 80ch; }
.reading { font-size: 13px; max-width: 80ch; }
details { margin: 12px 0; }
summary { cursor: pointer; color: var(--muted); }
.key { display: inline-block; width: 14px; height: 4px; vertical-align: middle; border-radius: 2px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 24px; }
svg { display: block; max-width: 100%; height: auto; color: var(--ink); }
.chart text, .chart tspan { white-space: pre; }
footer { padding-top: 40px; padding-bottom: 40px; font-size: 13px; }
@media print {
  body { font-size: 10.5pt; }
  header, main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  h2, h3 { break-after: avoid; }
  figure, tr, .tile { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

/** Beside the former, for pages of slides. */
export const SLIDES_CSS = `
html { scroll-snap-type: y proximity; }
section { min-height: 100vh; padding: 32px 0 16px; display: flex; flex-direction: column; scroll-snap-align: start; }
h2 { font-size: 30px; border: 0; margin: 0 0 8px; padding: 0; }
p, li { font-size: 17px; max-width: none; }
.figure { font-size: 28px; }
.figure b { font-size: 72px; line-height: 1.1; }
svg.network { max-height: 70vh; }
section footer { margin: auto 0 0; padding: 16px 0 0; }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  section { min-height: auto; break-after: page; }
  svg.network { max-height: 140mm; }
}
`;
