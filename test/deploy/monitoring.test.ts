/** The dashboard and the alerts ask for metrics and labels that a server has. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { parse } from "yaml";
import { addProfile } from "../serve/profile.ts";
import { createLab, type Lab, post } from "../serve/server.ts";
import { until } from "../until.ts";
import { readQuery } from "./promql.ts";

/** Labels that Prometheus itself adds to what it scrapes. */
const SCRAPED = ["instance", "job"];
/** Labels all of whose values the server has from its start, or after the requests below. */
const KNOWN_VALUES = ["stage", "reason", "outcome", "route", "kind", "source"];

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

let lab: Lab;
let series: Series[];
before(async () => {
  lab = await createLab();
  await addProfile(lab.model, [{ title: "war" }, { title: "cat", year: 1990 }]);
  const { url } = await lab.serve({ driftItems: 2 });
  const picture = sharp({ create: { width: 20, height: 30, channels: 3, background: "teal" } });
  const poster = (await picture.jpeg().toBuffer()).toString("base64");
  for (let i = 0; i < 2; i++) {
    assert.equal((await post(`${url}/v1/predict`, { title: "war", poster })).status, 200);
  }
  // Its metric is there once it has run.
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  let text = "";
  await until(async () => {
    text = await (await fetch(`${url}/metrics`)).text();
    return text.includes("nodejs_gc_duration_seconds_sum");
  });
  series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? /gm)].map(([, name, labels = ""]) => ({
    name: name!,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, value]) => [label, value]),
    ),
  }));
});
after(() => lab.close());

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

const read = (path: string) => readFile(new URL(`../../deploy/${path}`, import.meta.url), "utf8");

/** @param template Text with labels in it, as `{{label}}` or `{{ $labels.label }}`. */
function assertQuery(expression: string, where: string, template = ""): void {
  const { metrics, labels } = readQuery(expression);
  assert.ok(metrics.length > 0, where);
  const used = new Set<string>();
  for (const { name, matchers } of metrics) {
    const own = series.filter((each) => each.name === name);
    assert.ok(own.length > 0, `${where}: there is no metric ${name}`);
    for (const each of own) for (const label of Object.keys(each.labels)) used.add(label);
    for (const { label, operator, value } of matchers) {
      if (SCRAPED.includes(label)) continue;
      const values = own.map((each) => each.labels[label]);
      assert.ok(
        values.some((each) => each !== undefined),
        `${where}: ${name} has no ${label}`,
      );
      if (!KNOWN_VALUES.includes(label)) continue;
      // `(?:a|b)` matches if either does: each has to.
      const parts = operator.includes("~") ? value.split("|") : [value];
      for (const part of parts) {
        const pattern = operator.includes("~") ? new RegExp(`^(?:${part})$`) : undefined;
        const matches = values.some((each = "") => (pattern ? pattern.test(each) : each === part));
        assert.ok(matches, `${where}: ${name} has no ${label} "${part}"`);
      }
    }
  }
  const shown = [...template.matchAll(/\{\{\s*(?:\$labels\.)?([a-z_]\w*)[^}]*\}\}/g)];
  for (const label of [...labels, ...shown.map(([, label]) => label!)]) {
    assert.ok(used.has(label) || SCRAPED.includes(label), `${where}: there is no label ${label}`);
  }
}

test("every panel of the dashboard asks for metrics and labels that the server has", async () => {
  const { panels, templating } = JSON.parse(await read("grafana/marquee.json")) as Dashboard;
  assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  const targets = panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ title, ...target })),
  );
  assert.ok(targets.length > 20);
  for (const { title, expr, legendFormat } of targets) {
    const query = expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*");
    assert.ok(!query.includes("$"), `${title} has another variable`);
    assertQuery(query, title, legendFormat);
  }
  for (const { definition } of templating.list) {
    const [, metric] = /^label_values\((\w+), instance\)$/.exec(definition ?? "") ?? [];
    if (definition)
      assert.ok(
        series.some(({ name }) => name === metric),
        definition,
      );
  }
});

test("every alert asks for metrics and labels that the server has, and says what to do", async () => {
  const { groups } = parse(await read("prometheus/alerts.yaml")) as Alerts;
  const rules = groups.flatMap((group) => group.rules);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, expr, labels, annotations } of rules) {
    assertQuery(expr, alert, annotations.summary);
    assert.ok(["warning", "critical"].includes(labels.severity!), alert);
    assert.ok(annotations.description, alert);
  }
});

test("a metric, label or value that does not exist is found, and what is no PromQL", () => {
  for (const [expression, expected] of [
    ["sum(marquee_nothing)", /no metric marquee_nothing/],
    ['marquee_stage_seconds_sum{step="read"}', /marquee_stage_seconds_sum has no step/],
    ['marquee_stage_seconds_sum{stage="reed"}', /has no stage "reed"/],
    ['marquee_rejections_total{reason=~"timeout|tired"}', /has no reason "tired"/],
    ["sum by (stages) (marquee_stage_seconds_sum)", /no label stages/],
    ["sum by (stage (marquee_stage_seconds_sum)", /is wrong at/],
  ] as const) {
    assert.throws(() => assertQuery(expression, "it"), expected);
  }
  assert.throws(() => assertQuery("marquee_stage_seconds_sum", "it", "{{step}}"), /no label step/);
});
