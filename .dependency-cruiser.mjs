/**
 * The import arrows of the project, enforced: `pipeline -> node -> predictor`, and inside `pipeline/`
 * a stage may import earlier stages, never a later one.
 */
const STAGES = [
  "config",
  "dataset",
  "fit",
  "model",
  "checkpoint",
  "train",
  "watch",
  "export",
  "verify",
  "evaluate",
  "report",
  "publish",
];

/** One rule per stage: it must not reach a stage that comes after it. */
const stageRules = STAGES.slice(0, -1).map((stage, i) => ({
  name: `${stage}-imports-no-later-stage`,
  comment: `Data flows ${STAGES.join(" -> ")}; imports follow the same arrows.`,
  severity: "error",
  from: { path: `^pipeline/${stage}/` },
  to: { path: `^pipeline/(${STAGES.slice(i + 1).join("|")})/` },
}));

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "predictor-knows-no-runtime",
      comment: "predictor/ runs in Node and in the browser: its host hands the runtime in.",
      severity: "error",
      from: { path: "^predictor/" },
      to: { pathNot: ["^predictor/", "^node_modules/zod/"] },
    },
    {
      name: "node-imports-only-predictor",
      severity: "error",
      from: { path: "^node/" },
      to: { path: "^(pipeline|serve|web|test)/" },
    },
    {
      name: "ends-hand-over-through-files",
      comment:
        "pipeline, serve and web meet in models/ only; the converter page alone may import pipeline/export.",
      severity: "error",
      from: { path: "^(pipeline|serve|web|node|predictor)/" },
      to: { path: "^(pipeline|serve|web)/", pathNot: ["^$1/", "^pipeline/export/"] },
    },
    {
      name: "only-the-page-borrows-the-converter",
      severity: "error",
      from: { path: "^(serve|node|predictor)/" },
      to: { path: "^pipeline/export/" },
    },
    {
      name: "page-imports-only-predictor",
      comment:
        "The pages run in browsers: predictor/ is theirs, and node/ their build's; only the converter page converts.",
      severity: "error",
      from: { path: "^web/", pathNot: "^web/build/" },
      to: { path: ["^(node|serve|test|bench|web/build)/", "^pipeline/(?!export/)"] },
    },
    {
      name: "only-the-converter-page-converts",
      severity: "error",
      from: { path: "^web/", pathNot: "^web/convert/" },
      to: { path: "^(pipeline/export/|web/convert/)" },
    },
    {
      name: "export-stands-alone",
      comment:
        "The converter knows nothing of movies and is publishable by itself; tfjs is not needed to run it.",
      severity: "error",
      from: { path: "^pipeline/export/", pathNot: "^pipeline/export/(cli|verify)/" },
      to: { path: ["^(node|predictor|serve|web|test)/", "^pipeline/(?!export/)", "@tensorflow/"] },
    },
    {
      name: "export-command-stands-alone",
      comment: "A verification may load tfjs to run the original, but nothing of the project.",
      severity: "error",
      from: { path: "^pipeline/export/(cli|verify)/" },
      to: { path: ["^(node|predictor|serve|web|test)/", "^pipeline/(?!export/)"] },
    },
    {
      name: "nothing-needs-the-sweep",
      comment: "A sweep runs whole trainings; nothing that a training consists of may know of it.",
      severity: "error",
      from: { pathNot: "^(pipeline/sweep|test|bench)/" },
      to: { path: "^pipeline/sweep/" },
    },
    {
      name: "serve-protocols-stand-apart",
      comment: "/v1 and /v2 do not know each other; what they share is in serve/core.",
      severity: "error",
      from: { path: "^serve/(http|oip)/" },
      to: { path: "^serve/", pathNot: ["^serve/($1|core|engine)/", "^serve/settings\\.ts$"] },
    },
    {
      name: "serve-core-knows-no-protocol",
      severity: "error",
      from: { path: "^serve/core/" },
      to: { path: "^serve/", pathNot: ["^serve/(core|engine)/", "^serve/settings\\.ts$"] },
    },
    {
      name: "serve-engine-knows-no-http",
      comment: "Threads, batches and models would serve any protocol.",
      severity: "error",
      from: { path: "^serve/engine/" },
      to: { path: ["^serve/(?!engine/)", "^node_modules/express/"] },
    },
    {
      name: "batch-needs-no-server",
      severity: "error",
      from: { path: "^serve/batch/" },
      to: { path: "^serve/(http|oip)/" },
    },
    {
      name: "product-imports-no-tests",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^(test|bench)/" },
    },
    ...stageRules,
  ],
  options: {
    // TypeScript 7 has no compiler API for dependency-cruiser to call; swc parses the same syntax.
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^web/dist/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".json"] },
  },
};
