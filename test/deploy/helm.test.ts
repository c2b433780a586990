/**
 * The Helm chart. What it renders is in helm/NAME.yaml, and is looked into here without Helm. Where `helm` is on the PATH,
 * it lints and renders the chart, too. After a change of the server's settings, or with `helm` of the chart, this writes
 * what is out of date:
 *
 *     UPDATE_CHART=1 node --import tsx --test test/deploy/helm.test.ts && npm run format
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { glob } from "tinyglobby";
import { parse } from "yaml";
import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { parseSettings, settingsSchema } from "../../serve/settings.ts";
import { without } from "../needs/needs.ts";
import { type KubernetesObject, openChart, testRendered, UPDATE } from "./chart.ts";

const CHART = "deploy/helm/marquee";
const SCHEMA = join(CHART, "values.schema.json");

/** Releases as they are rendered, with or without values of their own. */
const RELEASES = { default: false, full: true };
type Release = keyof typeof RELEASES;

const chart = openChart({
  path: CHART,
  name: "marquee",
  rendered: "test/deploy/helm",
  releases: RELEASES,
});

async function objectsOf(release: Release): Promise<Record<string, KubernetesObject>> {
  return Object.fromEntries((await chart.objects(release)).map((object) => [object.kind, object]));
}

/** Options that the chart sets itself, or that belong into a Secret. */
const OF_CHART = ["host", "port", "apiKeys", "operatorKeys"];

/** The server's own options, but for those. */
function settingsOfServer() {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: "input" });
  const others = { ...properties };
  for (const name of OF_CHART) delete others[name];
  const required = ["drainSeconds", "shutdownSeconds"];
  return { type: "object", additionalProperties: false, required, properties: others };
}

if (UPDATE) {
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  schema.properties.settings = settingsOfServer();
  await writeFile(SCHEMA, `${JSON.stringify(schema, undefined, 2)}\n`);
  await chart.update();
}

test("the chart, the image and the docs have the package's version", async () => {
  const { version, appVersion } = parse(await readFile(join(CHART, "Chart.yaml"), "utf8"));
  assert.deepEqual([version, appVersion], [packageJson.version, packageJson.version]);
  let tags = 0;
  for (const path of ["Dockerfile", ...(await glob(["README.md", "docs/*.md", "deploy/**/*"]))]) {
    for (const [image, tag] of (await readFile(path, "utf8")).matchAll(/\bmarquee:(\d[\w.-]*)/g)) {
      assert.equal(tag, packageJson.version, `${path}: ${image}`);
      tags++;
    }
  }
  assert.ok(tags > 0);
});

test("the chart's schema has the server's settings, in their ranges", async () => {
  const { properties } = JSON.parse(await readFile(SCHEMA, "utf8"));
  // Kinds of numbers that JSON has no name for.
  const expected = JSON.parse(JSON.stringify(settingsOfServer()));
  assert.deepEqual(properties.settings, expected, "run this file with UPDATE_CHART=1");
});

testRendered(chart);

const REFUSED: [what: string, set: string, message: RegExp][] = [
  ["an option that the server does not have", "settings.maxQeue=1", /maxQeue/],
  ["a queue without places", "settings.maxQueue=0", /maxQueue/],
  ["a port, which is the chart's", "settings.port=80", /port/],
  ["a digest that is none", "image.digest=sha256:1", /digest/],
  ["a short API key", "apiKeys.values={short}", /values/],
  ["an autoscaler by nothing", "autoscaling.cpu=0", /cpu|autoscaling/],
];
test("helm refuses values that make no sense", { skip: without("helm") }, () => {
  for (const [what, set, message] of REFUSED) {
    const { status, stdout, stderr } = spawnSync("helm", ["lint", CHART, "--set", set]);
    const output = String(stdout) + String(stderr);
    assert.equal(status, 1, what);
    assert.match(output, message, what);
  }
});

for (const release of Object.keys(RELEASES) as Release[]) {
  test(`${release}: pods are of the restricted Pod Security Standard`, async () => {
    const { spec } = (await objectsOf(release)).Deployment.spec.template;
    assert.equal(spec.automountServiceAccountToken, false);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.ok(spec.securityContext.runAsUser > 0);
    assert.equal(spec.securityContext.seccompProfile.type, "RuntimeDefault");
    for (const field of ["hostNetwork", "hostPID", "hostIPC"]) assert.ok(!spec[field]);
    const [container, ...others] = spec.containers;
    assert.equal(others.length, 0);
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const kinds = spec.volumes.flatMap(({ name: _, ...volume }: object & { name: string }) =>
      Object.keys(volume),
    );
    const allowed = ["configMap", "emptyDir", "persistentVolumeClaim"];
    assert.deepEqual(
      kinds.filter((kind: string) => !allowed.includes(kind)),
      [],
    );
  });

  test(`${release}: the server accepts its settings, and has time to shut down`, async () => {
    const { ConfigMap, Deployment } = await objectsOf(release);
    const settings = parseSettings(JSON.parse(ConfigMap.data["server.json"]), "the ConfigMap");
    const { spec } = Deployment.spec.template;
    const [{ args, volumeMounts, env }] = spec.containers;
    const config = args[args.indexOf("--config") + 1];
    const mount = volumeMounts.find(({ name }: { name: string }) => name === "settings");
    assert.equal(config, `${mount.mountPath}/server.json`);
    assert.ok(
      spec.terminationGracePeriodSeconds > settings.drainSeconds + settings.shutdownSeconds,
    );
    // A Service of the pod's name would be variables of the server's names.
    assert.equal(spec.enableServiceLinks, false);
    const port = env.find(({ name }: { name: string }) => name === "MARQUEE_PORT").value;
    assert.equal(Number(port), spec.containers[0].ports[0].containerPort);
  });

  test(`${release}: every object selects the pods, and names ports that they have`, async () => {
    const objects = await objectsOf(release);
    const { Deployment, Service, NetworkPolicy, PodDisruptionBudget } = objects;
    const { labels } = Deployment.spec.template.metadata;
    for (const selector of [
      Deployment.spec.selector.matchLabels,
      Service.spec.selector,
      NetworkPolicy.spec.podSelector.matchLabels,
      PodDisruptionBudget.spec.selector.matchLabels,
      ...(objects.ServiceMonitor ? [objects.ServiceMonitor.spec.selector.matchLabels] : []),
    ]) {
      assert.ok(Object.keys(selector).length > 0);
      for (const [name, value] of Object.entries(selector)) assert.equal(labels[name], value);
    }
    const [container] = Deployment.spec.template.spec.containers;
    const ports = container.ports.map(({ name }: { name: string }) => name);
    for (const port of [
      ...Service.spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort),
      ...NetworkPolicy.spec.ingress[0].ports.map(({ port: name }: { port: string }) => name),
      ...["startupProbe", "readinessProbe", "livenessProbe"].map(
        (probe) => container[probe].httpGet.port,
      ),
    ]) {
      assert.ok(ports.includes(port), port);
    }
    const { scaleTargetRef } = objects.HorizontalPodAutoscaler.spec;
    assert.equal(scaleTargetRef.name, Deployment.metadata.name);
  });
}

test("full: gRPC has a port of its own wherever HTTP has one", async () => {
  const { Deployment, Service, NetworkPolicy, ConfigMap } = await objectsOf("full");
  const { grpcPort } = JSON.parse(ConfigMap.data["server.json"]);
  const [container] = Deployment.spec.template.spec.containers;
  assert.deepEqual(container.ports[1], { name: "grpc", containerPort: grpcPort });
  const { port, targetPort } = Service.spec.ports[1];
  assert.deepEqual([port, targetPort], [grpcPort, "grpc"]);
  assert.equal(NetworkPolicy.spec.ingress[0].ports[1].port, "grpc");
  assert.equal((await objectsOf("default")).Service.spec.ports.length, 1);
});

test("full: an image by its digest, keys from the Secret, a bundle from a volume, pods by the queue", async () => {
  const { Deployment, Secret, ConfigMap, HorizontalPodAutoscaler } = await objectsOf("full");
  const { spec } = Deployment.spec.template;
  const [{ image, env, volumeMounts }] = spec.containers;
  assert.match(image, /^registry\.example\/marquee@sha256:[0-9a-f]{64}$/);
  const keys = env.find(({ name }: { name: string }) => name === "MARQUEE_API_KEYS");
  assert.deepEqual(keys.valueFrom.secretKeyRef, { name: Secret.metadata.name, key: "keys" });
  assert.equal(Secret.stringData.keys, "first-key-0123456789,second-key-012345678");
  const { mountPath } = volumeMounts.find(({ name }: { name: string }) => name === "bundle");
  assert.equal(JSON.parse(ConfigMap.data["server.json"]).model, `${mountPath}/mine`);
  const [metric, ...others] = HorizontalPodAutoscaler.spec.metrics;
  assert.equal(others.length, 0);
  assert.equal(metric.pods.metric.name, "marquee_queue_depth");
});
