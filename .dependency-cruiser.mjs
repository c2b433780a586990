/**
 * The import arrows of the project, enforced: `pipeline -> node -> predictor`, and inside `pipeline/` a folder may import
 * the folders before it, never a later one. Every folder has its place: what is below the stages, the stages in the order
 * of the data, what runs whole trainings, and the commands.
 */
const FOLDERS = [
  "common",
  "regression",
  // One folder per type of target: what all stages ask of it.
  "targets",
  "config",
  "dataset",
  // The converter is a library that knows nothing of the project.
  "export",
  "fit",
  "model",
  "checkpoint",
  "train",
  "logging",
  "verify",
  "evaluate",
  "folds",
  "report",
  "publish",
  "jobs",
  "run",
  "sweep",
  "worker",
  "doctor",
  "pretrained",
];

/**
 * `pipeline/inputs/` has a folder for each type of input, whose files belong to the stages: `fit.ts` to `fit/`, for instance.
 * So do the tables of the types beside these folders.
 */
const FILES_OF_INPUTS = {
  config: ["options"],
  dataset: ["data", "npy"],
  fit: ["fit", "encoded"],
  model: ["tower", "columns", "column", "beside"],
  train: ["batches", "head", "heads"],
  report: ["report"],
};

/** What belongs to a stage: its folder, and its files in `pipeline/inputs/`. */
function pathsOf(folder) {
  const files = FILES_OF_INPUTS[folder]?.join("|");
  return [
    `^pipeline/${folder}/`,
    ...(files ? ["", "[^/]+/"].map((type) => `^pipeline/inputs/${type}(${files})\\.ts$`) : []),
  ];
}

/** One rule per folder: it must not reach a folder that comes after it. */
const folderRules = FOLDERS.slice(0, -1).map((folder, i) => ({
  name: `${folder}-imports-no-later-folder`,
  comment: `Data flows ${FOLDERS.join(" -> ")}; imports follow the same arrows.`,
  severity: "error",
  from: { path: pathsOf(folder) },
  to: { path: [...FOLDERS.slice(i + 1).flatMap(pathsOf), "^pipeline/[^/]+$"] },
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
      to: { pathNot: ["^predictor/", "^node_modules/(zod|@huggingface/tokenizers)/"] },
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
        "The converter is a package of its own, for Node and browsers: it needs the protobuf runtime alone.",
      severity: "error",
      from: { path: "^pipeline/export/", pathNot: "^pipeline/export/(cli|verify)/" },
      to: { pathNot: ["^pipeline/export/", "^(node_modules/)?@bufbuild/protobuf/"] },
    },
    {
      name: "export-command-stands-alone",
      comment:
        "The command may use Node, and load tfjs to run the original, but nothing of the project.",
      severity: "error",
      from: { path: "^pipeline/export/(cli|verify)/" },
      to: { path: ["^(node|predictor|serve|web|test)/", "^pipeline/(?!export/)"] },
    },
    {
      name: "every-folder-has-its-place",
      comment:
        "A new folder of pipeline/ gets its place in FOLDERS above; its root holds main.ts alone.",
      severity: "error",
      from: {},
      to: { path: "^pipeline/", pathNot: ["^pipeline/main\\.ts$", ...FOLDERS.flatMap(pathsOf)] },
    },
    {
      name: "serve-protocols-stand-apart",
      comment: "/v1 and /v2 do not know each other; what they share is in serve/core.",
      severity: "error",
      from: { path: "^serve/(http|oip)/" },
      to: { path: "^serve/", pathNot: ["^serve/($1|core|engine)/", "^serve/settings\\.ts$"] },
    },
    {
      name: "grpc-is-the-protocol-of-v2",
      comment: "gRPC carries /v2's requests and answers, and shares their checks.",
      severity: "error",
      from: { path: "^serve/grpc/" },
      to: { path: "^serve/", pathNot: ["^serve/(grpc|oip|core|engine)/", "^serve/settings\\.ts$"] },
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
    ...folderRules,
  ],
  options: {
    // TypeScript 7 has no compiler API for dependency-cruiser to call; swc parses the same syntax.
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(web|pipeline/export)/dist/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".json"] },
  },
};
