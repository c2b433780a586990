/** Child process that trains towers on one tfjs backend, by the commands of trainer.ts. */

import { createRandom } from "../../pipeline/common/random.ts";
import type { Backend, Config } from "../../pipeline/config/schema.ts";
import { buildTower } from "../../pipeline/model/build.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import { forward } from "../../pipeline/train/step.ts";
import { setWasmThreads } from "../../pipeline/train/wasmThreads.ts";
import type { InputName } from "../../predictor/movie.ts";
import { inventBatches, partsOf, TARGET } from "./data.ts";
import { createStepper } from "./steps.ts";
import type { BuiltTower, Command, Rate } from "./trainer.ts";

interface TowerTraining {
  /** Trains on the next batch; returns its size. */
  step(): Promise<number>;
  dispose(): void;
}

let config: Config;
let tower: TowerTraining | undefined;

process.on("disconnect", () => process.exit());
process.on("message", (command: Command) => {
  void execute(command).then(
    (answer) => process.send!(answer),
    (error: Error) => process.send!({ error: error.message }),
  );
});

async function execute(command: Command): Promise<object> {
  if (command.do === "start") {
    config = command.config;
    setWasmThreads(config.threads);
    return startBackend(command.backend as Backend);
  }
  if (command.do === "build") return build(command.tower);
  return train(command.seconds);
}

async function build(input: InputName): Promise<BuiltTower> {
  tower?.dispose();
  const random = createRandom(config.seed).fork(input);
  const batches = inventBatches(input, config, random);
  const model = buildTower(input, partsOf(config), random.fork("weights"));
  const logits = await forward(model, batches[0]!.inputs);
  const stepper = createStepper({
    model,
    tower: input,
    config,
    target: TARGET,
    random: random.fork("dropout"),
  });
  let at = 0;
  tower = {
    async step() {
      const { inputs, targets } = batches[at++ % batches.length]!;
      await stepper.step(inputs, targets);
      return targets.length / TARGET.outputs.length;
    },
    dispose: stepper.dispose,
  };
  // The first step compiles shaders and grows heaps.
  await tower.step();
  const parameters = model.trainableWeights.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((product, dim) => product * dim!, 1),
    0,
  );
  return { parameters, logits: [...logits] };
}

async function train(seconds: number): Promise<Rate> {
  const started = performance.now();
  let samples = 0;
  do samples += await tower!.step();
  while (performance.now() - started < 1000 * seconds);
  return { samples, seconds: (performance.now() - started) / 1000 };
}
