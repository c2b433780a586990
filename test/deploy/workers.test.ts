/**
 * The Helm chart of workers. What it renders is in workers/NAME.yaml, and is looked into here without Helm; where `helm` is
 * on the PATH, it lints and renders the chart, too. With `helm`, this writes what is out of date:
 *
 *     UPDATE_CHART=1 node --import tsx --test test/deploy/workers.test.ts
 */

import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { parse } from "yaml";
import * as z from "zod";
import { PREFIX } from "../../node/jobs/queue/queue.ts";
import packageJson from "../../package.json" with { type: "json" };
import { QUEUE as TRAININGS } from "../../pipeline/jobs/queue/runner.ts";
import { startOf } from "../builtProgram.ts";
import { without } from "../needs/needs.ts";
import { type KubernetesObject, RENDER, testRendered, UPDATE } from "./chart.ts";
import {
  CHART,
  chart,
  containerOf,
  nameOf,
  type Objects,
  ofKind,
  queueOf,
  RELEASES,
  type Release,
  selects,
} from "./workers/objects.ts";

const NAMES = Object.keys(RELEASES) as Release[];

const kept = {} as Record<Release, Objects>;
before(async () => {
  if (UPDATE) await chart.update();
  for (const release of NAMES) kept[release] = await chart.objects(release);
});

/** Objects with pods. */
const withPods = (objects: Objects) => ofKind(objects, "Deployment", "StatefulSet", "Job");
/** Those with pods that run the program. */
const withProgram = (objects: Objects) => ofKind(objects, "Deployment", "Job");
const variable = (object: KubernetesObject, name: string) =>
  containerOf(object).env.find((entry: { name: string }) => entry.name === name);

test("chart and image have the package's version", async () => {
  const { version, appVersion } = parse(await readFile(join(CHART, "Chart.yaml"), "utf8"));
  assert.deepEqual([version, appVersion], [packageJson.version, packageJson.version]);
  const docker = await readFile("Dockerfile", "utf8");
  const [, tag] = /--target training -t marquee-training:(\S+)/.exec(docker) ?? [];
  assert.equal(tag, packageJson.version);
  assert.equal(containerOf(ofKind(kept.default, "Deployment")[0]).image, `marquee-training:${tag}`);
});

test("the values are of their schema", async () => {
  const schema = z.fromJSONSchema(
    JSON.parse(await readFile(`${CHART}/values.schema.json`, "utf8")),
  );
  const values = ["test/deploy/workers/full.values.yaml", `${CHART}/values.yaml`];
  for (const path of values) schema.parse(parse(await readFile(path, "utf8")));
  assert.throws(() => schema.parse({ workers: [{ name: "a", kind: "batch", slots: 0 }] }), /slots/);
});

testRendered(chart);

test("helm renders the example of the docs", { skip: without("helm") }, async () => {
  const docs = await readFile("docs/many-machines.md", "utf8");
  const [, input] = /## On Kubernetes.*?```yaml\n(.*?)```/s.exec(docs) ?? [];
  assert.ok(input);
  const output = execFileSync("helm", [...RENDER, "train", CHART, "-f", "-"], { input });
  for (const { name } of parse(input).workers) {
    assert.match(String(output), new RegExp(`\\bname: train-marquee-workers-${name}\\n`));
  }
});

const REFUSED: [what: string, values: object, message: RegExp][] = [
  ["a value that the chart does not have", { worker: [] }, /worker\b/],
  ["a password in the address", { redis: { url: "redis://:secret@host:6379" } }, /url/],
  ["a user of the chart's Valkey", { redis: { username: "me" } }, /username/],
  ["a kind of worker that there is not", { workers: [{ name: "a", kind: "gpu" }] }, /kind/],
  [
    "workers that are both counted and scaled",
    {
      workers: [{ name: "a", kind: "batch", slots: 1, replicas: 1, scale: { min: 0, max: 1 } }],
    },
    /workers/,
  ],
  [
    "a bundle of workers that train",
    { workers: [{ name: "a", kind: "training", slots: 1, threads: 1, replicas: 1, model: "m" }] },
    /model/,
  ],
  [
    "another queue of a run",
    { runs: [{ name: "a", command: "sweep", args: ["--queue=redis://other:1"] }] },
    /runs, args/,
  ],
  ["metrics without a key", { podMonitor: { enabled: true } }, /admin\.existingSecret/],
];
test("helm refuses values that make no sense", { skip: without("helm") }, () => {
  for (const [what, values, message] of REFUSED) {
    const input = JSON.stringify(values);
    const command = [...RENDER, "train", CHART, "-f", "-"];
    const { status, stdout, stderr } = spawnSync("helm", command, { input });
    assert.equal(status, 1, what);
    assert.match(String(stdout) + String(stderr), message, what);
  }
});

for (const release of NAMES) {
  test(`${release}: pods are of the restricted Pod Security Standard`, () => {
    for (const object of withPods(kept[release])) {
      const { spec } = object.spec.template;
      assert.equal(spec.automountServiceAccountToken, false);
      assert.equal(spec.enableServiceLinks, false);
      assert.equal(spec.securityContext.runAsNonRoot, true);
      assert.ok(spec.securityContext.runAsUser > 0);
      assert.equal(spec.securityContext.seccompProfile.type, "RuntimeDefault");
      for (const field of ["hostNetwork", "hostPID", "hostIPC"]) assert.ok(!spec[field]);
      assert.equal(spec.containers.length, 1);
      assert.deepEqual(containerOf(object).securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      const allowed = ["name", "configMap", "emptyDir", "persistentVolumeClaim", "secret"];
      const fields = (spec.volumes ?? []).flatMap((volume: object) => Object.keys(volume));
      assert.deepEqual(
        fields.filter((field: string) => !allowed.includes(field)),
        [],
      );
    }
  });

  test(`${release}: what is mounted is there, and paths are of what is mounted`, () => {
    const claims = ofKind(kept[release], "PersistentVolumeClaim").map((o) => o.metadata.name);
    for (const object of withPods(kept[release])) {
      const { volumes = [] } = object.spec.template.spec;
      const names = [...volumes, ...(object.spec.volumeClaimTemplates ?? [])].map(nameOf);
      const { volumeMounts, args, workingDir } = containerOf(object);
      assert.deepEqual(names.sort(), volumeMounts.map(nameOf).sort());
      const shared = volumes.find(({ name }: { name: string }) => name === "shared");
      if (shared) assert.ok(claims.includes(shared.persistentVolumeClaim.claimName));
      if (object.kind === "StatefulSet") continue;
      const roots = volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
      const paths = args
        .map((arg: string) => arg.replace(/^--[a-z-]+=/, ""))
        .filter((arg: string) => arg.startsWith("/") && !arg.startsWith("/app/"));
      for (const path of [...paths, ...(workingDir ? [workingDir] : [])]) {
        assert.ok(
          roots.some((root: string) => path === root || path.startsWith(`${root}/`)),
          `${object.metadata.name}: ${path}`,
        );
      }
    }
  });

  test(`${release}: only workers, runs and KEDA reach Valkey, and they reach it`, () => {
    const objects = kept[release];
    const [policy, valkeyPolicy] = ofKind(objects, "NetworkPolicy");
    const [valkey] = ofKind(objects, "StatefulSet");
    const [service] = ofKind(objects, "Service");
    const labelsOf = (object: KubernetesObject) => object.spec.template.metadata.labels;
    assert.ok(selects({ matchLabels: service.spec.selector }, labelsOf(valkey)));
    assert.ok(selects(valkeyPolicy.spec.podSelector, labelsOf(valkey)));
    assert.ok(!selects(policy.spec.podSelector, labelsOf(valkey)));
    const [rule, ...others] = valkeyPolicy.spec.ingress;
    assert.equal(others.length, 0);
    const [pods, ...namespaces] = rule.from;
    assert.equal(namespaces.length, ofKind(objects, "ScaledObject").length > 0 ? 1 : 0);
    const toValkey = policy.spec.egress.find(({ to }: KubernetesObject) => to);
    assert.ok(selects(toValkey.to[0].podSelector, labelsOf(valkey)));
    const { host, protocol } = new URL(queueOf(withProgram(objects)[0]));
    assert.equal(host, `${service.metadata.name}.films.svc:${service.spec.ports[0].port}`);
    assert.equal(protocol === "rediss:", Boolean(variable(withProgram(objects)[0], "REDIS_CA")));
    for (const object of withProgram(objects)) {
      assert.ok(selects(policy.spec.podSelector, labelsOf(object)));
      assert.ok(selects(pods.podSelector, labelsOf(object)));
      assert.ok(!selects(valkeyPolicy.spec.podSelector, labelsOf(object)));
      assert.equal(new URL(queueOf(object)).host, host);
      const { secretKeyRef } = variable(object, "REDIS_PASSWORD").valueFrom;
      assert.deepEqual(secretKeyRef, variable(valkey, "REDIS_PASSWORD").valueFrom.secretKeyRef);
    }
  });
}

test("commands are the package's, and have the options they are given", async () => {
  const scripts = Object.values(packageJson.scripts).flatMap((script) => {
    const [, file] = /^exec node --import tsx (\S+)\.ts$/.exec(script) ?? [];
    return file === undefined ? [] : [`${file}.js`];
  });
  const given = new Map<string, Set<string>>();
  for (const object of NAMES.flatMap((release) => withProgram(kept[release]))) {
    const [node, script, ...args] = containerOf(object).args as string[];
    assert.equal(node, "node");
    const file = script!.replace(/^\/app\//, "");
    assert.ok(scripts.includes(file), file);
    const flags = given.get(file) ?? new Set();
    for (const arg of args) if (arg.startsWith("--")) flags.add(arg.split("=", 1)[0]!);
    given.set(file, flags);
  }
  for (const [file, flags] of given) {
    const command = [...startOf(file.replace(/\.js$/, ".ts")), "--help"];
    const { stdout } = await promisify(execFile)(process.execPath, command);
    for (const flag of flags) assert.match(stdout, new RegExp(`${flag}\\b`), `${file} ${flag}`);
  }
});

test("full: KEDA counts what waits and is worked on, in BullMQ's lists of that kind", () => {
  const deployments = new Map(ofKind(kept.full, "Deployment").map((o) => [o.metadata.name, o]));
  const [service] = ofKind(kept.full, "Service");
  const [authentication] = ofKind(kept.full, "TriggerAuthentication");
  const scaled = ofKind(kept.full, "ScaledObject");
  assert.equal(scaled.length, 2);
  for (const { spec } of scaled) {
    const deployment = deployments.get(spec.scaleTargetRef.name);
    assert.equal(deployment.spec.replicas, undefined);
    assert.ok(containerOf(deployment).args.includes("pipeline/worker/main.js"));
    const lists = spec.triggers.map(({ metadata }: KubernetesObject) => metadata.listName);
    assert.deepEqual(lists, [`${PREFIX}:${TRAININGS}:active`, `${PREFIX}:${TRAININGS}:wait`]);
    const names = spec.advanced.scalingModifiers.formula.split(" + ").sort();
    assert.deepEqual(spec.triggers.map(nameOf), names);
    for (const { metadata, authenticationRef } of spec.triggers) {
      assert.equal(metadata.address, `${service.metadata.name}.films.svc:6379`);
      assert.equal(metadata.enableTLS, "true");
      assert.equal(authenticationRef.name, authentication.metadata.name);
    }
  }
  const targets = scaled.map(({ spec }) => spec.advanced.scalingModifiers.target);
  assert.deepEqual(targets, ["2", "3"]);
});

test("full: batch workers have a bundle, and all workers the admin port that Prometheus reads", () => {
  const [monitor] = ofKind(kept.full, "PodMonitor");
  const [endpoint] = monitor.spec.podMetricsEndpoints;
  const [policy] = ofKind(kept.full, "NetworkPolicy");
  assert.equal(policy.spec.ingress[0].ports[0].port, endpoint.port);
  for (const deployment of ofKind(kept.full, "Deployment")) {
    const { args, ports } = containerOf(deployment);
    const training = args.includes("pipeline/worker/main.js");
    assert.ok(args.includes(training ? "--data=/data/ml1m" : "--model=/bundle/mine"));
    assert.ok(selects(monitor.spec.selector, deployment.spec.template.metadata.labels));
    const key = variable(deployment, "MARQUEE_ADMIN_KEY")?.valueFrom.secretKeyRef;
    assert.deepEqual(key, endpoint.authorization.credentials);
    assert.deepEqual(ports, [{ name: "admin", containerPort: 9100 }]);
    assert.ok(args.includes("--admin-port=9100"));
  }
});

test("full: GPU workers are on nodes of that label, with an image of their own", () => {
  const gpu = ofKind(kept.full, "Deployment").find(({ metadata }) => /-gpu$/.test(metadata.name));
  const { nodeSelector, tolerations, runtimeClassName } = gpu.spec.template.spec;
  assert.deepEqual(nodeSelector, { "nvidia.com/gpu.present": "true" });
  assert.equal(tolerations[0].key, "nvidia.com/gpu");
  assert.equal(runtimeClassName, "nvidia");
  const { image, resources } = containerOf(gpu);
  assert.equal(image, "registry.example/marquee-training-gpu:1");
  assert.equal(resources.limits["nvidia.com/gpu"], 1);
});

test("full: a run's files are in its ConfigMap, and its results outlive the chart", () => {
  const jobs = ofKind(kept.full, "Job");
  assert.equal(new Set(jobs.map(({ metadata }) => metadata.name)).size, 3);
  const [map] = ofKind(kept.full, "ConfigMap");
  const sweep = jobs.find(({ metadata }) => metadata.name === map.metadata.name);
  assert.ok(containerOf(sweep).args.includes(`/config/${Object.keys(map.data)[0]}`));
  assert.deepEqual(JSON.parse(map.data["rates.json"]).base, { data: "/data/ml1m", folds: 2 });
  const [claim] = ofKind(kept.full, "PersistentVolumeClaim");
  assert.equal(claim.metadata.annotations["helm.sh/resource-policy"], "keep");
  const [pipeline] = jobs.map(containerOf);
  assert.ok(pipeline.args.includes("--resume"));
});
